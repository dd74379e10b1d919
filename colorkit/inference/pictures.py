"""Pictures in memory: checks of arrays, and the results of the steps of colouring."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.color.constants import AB_SCALE
from colorkit.inference.tiles import Tiles

if TYPE_CHECKING:
    from colorkit.inference.control.keeping import KeptPixels
    from colorkit.inference.hints import Hint

ROUNDING = 0.002
"""How far outside of [0, 1] floats may lie and are clipped. Resizing with antialiasing leaves 2e-7,
denoising by wavelets 7e-4."""


def check_picture(image: ArrayLike) -> NDArray[Any]:
    """Checks that an array is one picture.

    Args:
        image: Array or array-like.

    Returns:
        NumPy array of shape `(H, W)`, `(H, W, 1)` or `(H, W, 3)`: uint8, uint16, or float in
        [0, 1]. Floats up to `ROUNDING` outside are clipped.

    Raises:
        ValueError: If it is anything else; the message says how to convert it.
    """
    given, image = image, np.asarray(image)
    if image.ndim == 0:
        raise ValueError(
            f"A picture is given by its pixels, such as `colorkit.read_photo(path).pixels`. "
            f"Received: {given!r:.80}"
        )
    _check_shape(image.shape)
    if image.dtype.newbyteorder("=") not in (np.uint8, np.uint16) and image.dtype.kind != "f":
        raise ValueError(
            f"A picture must be uint8, uint16, or float in [0, 1]; convert it, such as with "
            f"`image.astype('uint8')`. Received: dtype {image.dtype}"
        )
    if image.dtype.kind == "f":
        low, high = float(image.min()), float(image.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(
                "A float picture must be finite; replace NaN and infinity, such as with "
                f"`np.nan_to_num`. Received: values from {low} to {high}"
            )
        if low < -ROUNDING or high > 1 + ROUNDING:
            raise ValueError(
                f"A float picture must lie in [0, 1]; divide it by its full range (such as 255), "
                f"or clip it. Received: values from {low:.7g} to {high:.7g}"
            )
        if low < 0 or high > 1:
            image = image.clip(0, 1)
    return image


def check_pictures(images: Iterable[ArrayLike]) -> list[NDArray[Any]]:
    """Checks several pictures, each as `check_picture` does.

    Args:
        images: Iterable of pictures, or one array of shape `(B, H, W, 1)` or `(B, H, W, 3)`.

    Returns:
        List of NumPy arrays.

    Raises:
        ValueError: If one is not a picture, or `images` is a single picture.
    """
    if isinstance(images, np.ndarray) and images.ndim < 4:
        raise ValueError(
            f"Several pictures must come as a list, or as one array of shape (B, H, W, 1) or "
            f"(B, H, W, 3); give a single picture to `colorize`. Received: shape {images.shape}"
        )
    return [check_picture(image) for image in images]


def finite_ab(output: ArrayLike, name: str) -> NDArray[np.float32]:
    """Converts a model's output to CIE a and b.

    Args:
        output: float array of shape `(B, h, w, 2)`: ab / 128.
        name: The model's name.

    Returns:
        float32 array of the same shape: CIE a and b.

    Raises:
        ValueError: If it holds NaN or infinity.
    """
    ab = np.clip(np.asarray(output, "float32"), -1.0, 1.0) * AB_SCALE
    if not np.isfinite(ab).all():
        raise ValueError(
            f"The model {name!r} answers with NaN or infinity, so its weights are broken. Load "
            f"them again, or take another model."
        )
    return ab


@dataclasses.dataclass(frozen=True, eq=False)
class PreparedPicture:
    """A picture prepared for the model.

    Attributes:
        lightness: float32 array of shape `(H, W)` in [0, 100]: its CIE L.
        dtype: NumPy dtype of its pixels, before and after.
        content: Slices over rows and columns: the photograph within its border.
        view: float32 array of shape `(h, w)`: the content as the model sees it, padded.
        tiles: `colorkit.inference.tiles.Tiles` of the view, which are the model's input.
        input_size: `(h, w)` of the content within the view; the rest is reflection padding.
        hints: Tuple of the `colorkit.Hint`s given for it.
        drawn_hints: float32 array of shape `(h, w, 3)`: the hints within the view. `None` where
            there are none.
        kept: What of its own pixels stays, or `None`.
    """

    lightness: NDArray[np.float32]
    dtype: np.dtype[Any]
    content: tuple[slice, slice]
    view: NDArray[np.float32]
    tiles: Tiles
    input_size: tuple[int, ...]
    hints: tuple[Hint, ...] = ()
    drawn_hints: NDArray[np.float32] | None = None
    kept: KeptPixels | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """`(h, w)` of the model's input: pictures of one shape are batched."""
        return self.tiles.shape


@dataclasses.dataclass(frozen=True, eq=False)
class PredictedColor:
    """A model's prediction for a picture.

    Attributes:
        ab: float32 array of shape `(h, w, 2)`: CIE a and b of a small copy, before saturation.
        input_size: `(h, w)` of the picture in the model's input.
    """

    ab: NDArray[np.float32]
    input_size: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class ColorizedPicture:
    """A coloured picture and details of it.

    Attributes:
        pixels: RGB array of shape `(H, W, 3)`, of the dtype of the picture given.
        input_size: `(h, w)` at which the model saw the picture.
        out_of_gamut: Number of pixels whose predicted colour sRGB cannot show at their lightness,
            and whose chroma was lowered for that.
    """

    pixels: NDArray[Any]
    input_size: tuple[int, ...]
    out_of_gamut: int


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) == 4:
        raise ValueError(
            f"`colorize` takes one picture; give several to `colorize_batch`. "
            f"Received: shape {shape}"
        )
    if len(shape) == 3 and shape[2] in (2, 4):
        kept = 0 if shape[2] == 2 else ":3"
        raise ValueError(
            f"A picture must come without its alpha channel: give `image[..., {kept}]` and keep "
            f"`image[..., {shape[2] - 1}]` beside it. Received: shape {shape}"
        )
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3)):
        raise ValueError(
            f"A picture must have shape (H, W), (H, W, 1) or (H, W, 3). Received: shape {shape}"
        )
    if 0 in shape:
        raise ValueError(f"A picture must have at least one pixel. Received: shape {shape}")

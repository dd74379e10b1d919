"""Colours a picture of any size and keeps its lightness."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.choices import MAX_SATURATION
from colorkit.inference.borders import enlarge_within, find_content
from colorkit.inference.chroma_upsampling import ChromaEnlarger, resample
from colorkit.inference.hinted_runtime import HintedRuntime
from colorkit.inference.hints import Hint, HintLike, check_hints
from colorkit.inference.letterbox import DEFAULT_SIZE
from colorkit.inference.lightness import ColoredPixels, lightness_of, row_strips
from colorkit.inference.pickling import model_bytes, rebuild
from colorkit.inference.pictures import (
    ColorizedPicture,
    PredictedColor,
    PreparedPicture,
    check_picture,
    check_pictures,
)
from colorkit.inference.predictor import Predictor
from colorkit.inference.runtimes import open_runtime
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import keras


class Colorizer:
    """Colours pictures of any size with one model.

    The model's input is a small copy of each picture. Its a and b are upsampled along the edges
    of the full-size lightness (`inference.chroma_upsampling`), and the picture's own CIE L is kept,
    up to the rounding of the pixels: chroma is reduced where sRGB cannot hold both
    (`inference.lightness`). A colour picture is coloured from its lightness alone. Of a scan, the
    model's input is the photograph without its border, which stays gray (`inference.borders`).
    Pictures longer than 4 : 1 are shown in overlapping tiles (`inference.tiles`).

    Pictures with hints, colours that a user gives at some points, are coloured by a model that
    takes them: for the default model its companion colorkit_hints, loaded with the first hints.

    Args:
        model: `"colorkit_base"`; the path of a `.keras` file, of the folder of a training run, or
            of a `.onnx` or `.tflite` file that `colorkit.export_model` wrote; `"hf://owner/name"`
            for a model on the Hugging Face Hub; or a `keras.Model` that meets
            `colorkit.models.contract`.
        size: Int, pixels of the picture's shorter side as the model sees it (beyond 256 : 1,
            fewer). `None` means 192. Models of one input size take no other.
        saturation: Float from 0 (gray) to 10, by which a and b are multiplied.
        style: `"faithful"` (nearest to the truth on average, pale), `"vivid"` (as colourful as
            photographs are, and daring) or `"balanced"` (between them), for models that classify
            colour, as the default one does. `None` means the model's own, which for the default
            one is balanced.
        precision: `"float32"`, `"mixed_bfloat16"`, or `"auto"`: the faster of the two on this
            machine. Exported models have their own.
        runtime: `"keras"`, `"onnx"` or `"litert"`: what runs the model. `None` goes by the
            suffix of the path. With `"onnx"`, `"colorkit_base"` and the path of a `.keras` file
            stand for the `.onnx` file beside it; with `"litert"`, for the `.tflite` one. Only
            Keras needs TensorFlow or another backend.

    Attributes:
        model: The `keras.Model`: L of shape `(B, H, W, 1)` in [0, 100] to ab / 128 or RGB.
            `None` where another runtime runs it.
        styles: Tuple of the names of the styles that the model can colour in; empty for one that
            has only its own.

    Raises:
        ValueError: If an argument is not one of these.
        ImportError: If the runtime is not installed.

    It can be pickled and deep-copied: by its arguments, so that the copy loads the model anew.

    Example:
        >>> colorizer = Colorizer()
        >>> rgb = colorizer.colorize(gray)  # (H, W) uint8 -> (H, W, 3) uint8
    """

    def __init__(
        self,
        model: keras.Model | StrPath = "colorkit_base",
        *,
        size: int | None = None,
        saturation: float = 1.0,
        style: str | None = None,
        precision: str = "auto",
        runtime: str | None = None,
    ) -> None:
        self._runtime = open_runtime(model, precision, runtime, style)
        self._opened = model, precision, runtime
        self._given_size, self._style = size, style
        self._hinted = HintedRuntime(self._runtime, model, precision, style)
        self._predictor = Predictor(self._runtime, self._hinted)
        self.model = self._runtime.model
        self.styles = self._runtime.styles
        self._size = self._check_size(size)
        self._saturation = _check_saturation(saturation)

    @classmethod
    def from_preset(cls, preset: StrPath, **options: Any) -> Colorizer:
        """Makes a colorizer of a trained model by its name, as KerasHub does.

        Args:
            preset: `"colorkit_base"`, a path, or `"hf://owner/name"`, as `Colorizer` takes them.
            **options: Its further arguments.

        Returns:
            A `Colorizer`.

        Raises:
            ValueError: If there is no such model.

        Example:
            >>> colorizer = colorkit.Colorizer.from_preset("colorkit_base", style="vivid")
        """
        if not isinstance(preset, (str, os.PathLike)):
            raise ValueError(
                "`preset` must be a name, a path or 'hf://owner/name'; `Colorizer(model)` takes a "
                f"keras.Model. Received: {type(preset).__name__}"
            )
        return cls(preset, **options)

    def __copy__(self) -> Colorizer:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles the arguments; a `keras.Model` as the bytes of its file."""
        model, precision, runtime = self._opened
        options = {
            "size": self._given_size,
            "saturation": self._saturation,
            "style": self._style,
            "precision": precision,
            "runtime": runtime,
        }
        if not isinstance(model, (str, os.PathLike)):
            model = model_bytes(model)
        return rebuild, (type(self), model, options)

    def with_saturation(self, saturation: float) -> Colorizer:
        """Returns a colorizer with another saturation that shares this one's model.

        Args:
            saturation: Float from 0 (gray) to 10.

        Returns:
            A `Colorizer`; nothing is loaded.

        Raises:
            ValueError: If `saturation` is no such number.
        """
        other = copy.copy(self)
        other._saturation = _check_saturation(saturation)
        return other

    def with_style(self, style: str | None) -> Colorizer:
        """Returns a colorizer with another style; under Keras it shares this one's model.

        Args:
            style: As for `Colorizer`.

        Returns:
            A `Colorizer`.

        Raises:
            ValueError: If the model has no such style.
        """
        model, precision, runtime = self._opened
        other = copy.copy(self)
        other._style = style
        other._runtime = open_runtime(
            model if self.model is None else self.model, precision, runtime, style
        )
        other._hinted = self._hinted.with_style(other._runtime, model, precision, style)
        other._predictor = Predictor(other._runtime, other._hinted)
        return other

    def colorize(self, image: ArrayLike, hints: Iterable[HintLike] | None = None) -> NDArray[Any]:
        """Colours one picture.

        Args:
            image: Array of shape `(H, W)`, `(H, W, 1)` or `(H, W, 3)` in sRGB: uint8, uint16, or
                float in [0, 1].
            hints: Sequence of `colorkit.Hint`s, or of triples `(x, y, "#rrggbb")`: colours at
                points of the picture, of which hue and chroma count (the lightness is the
                picture's own). `None` for none.

        Returns:
            RGB array of shape `(H, W, 3)` and the dtype of `image`.

        Raises:
            ValueError: If `image` is not such an array, a hint lies outside of it, or the model
                takes no hints.
            MemoryError: If memory does not suffice even for the smallest view of the picture.

        Example:
            >>> colorizer = colorkit.Colorizer()
            >>> rgb = colorizer.colorize(gray, [(40, 30, "#c02020")])
        """
        prepared = self.prepare(image, hints)
        return self.finish(prepared, self.predict([prepared])[0]).pixels

    def colorize_batch(self, images: Iterable[ArrayLike]) -> list[NDArray[Any]]:
        """Colours several pictures of any sizes, batching those of one input shape.

        Args:
            images: Iterable of pictures as `colorize` takes them, or one array of shape
                `(B, H, W, 1)` or `(B, H, W, 3)`.

        Returns:
            List of RGB arrays, in the order of `images`.

        Raises:
            ValueError: If one of `images` is not such an array.
        """
        return [picture.pixels for picture in self.colorize_in_detail(images)]

    def colorize_in_detail(self, images: Iterable[ArrayLike]) -> list[ColorizedPicture]:
        """Colours several pictures and returns details of each.

        Args:
            images: Iterable of pictures as `colorize` takes them.

        Returns:
            List of `ColorizedPicture`, in the order of `images`.

        Raises:
            ValueError: If one of `images` is not such an array.
        """
        prepared = [self.prepare(image) for image in check_pictures(images)]
        colors = self.predict(prepared)
        return [self.finish(*both) for both in zip(prepared, colors, strict=True)]

    def prepare(
        self, image: ArrayLike, hints: Iterable[HintLike] | None = None, *, find_border: bool = True
    ) -> PreparedPicture:
        """Prepares a picture for the model: the first of the three steps of colouring.

        The first and the last step may run on other threads than `predict`, at the same time.

        Args:
            image: A picture as `colorize` takes it.
            hints: Hints as `colorize` takes them.
            find_border: Whether to leave a border gray, as `colorize` does. Otherwise, and with a
                hint on the border, all of the picture is coloured.

        Returns:
            A `PreparedPicture`.

        Raises:
            ValueError: If `image` is not such an array, a hint lies outside of it, or the model
                takes no hints.
        """
        image = check_picture(image)
        hints = check_hints(hints, image.shape[:2])
        if hints:
            self._hinted.check()
        lightness = lightness_of(image)
        content = slice(0, image.shape[0]), slice(0, image.shape[1])
        if find_border:
            found = find_content(lightness)
            if all(_holds(found, hint) for hint in hints):
                content = found
        return self._predictor.prepare(lightness, image.dtype, content, self._size, hints)

    def predict(self, prepared: Sequence[PreparedPicture]) -> list[PredictedColor]:
        """Runs the model: the second of the three steps of colouring.

        Args:
            prepared: List of what `prepare` returned. Those of one `input_shape` are run
                together.

        Returns:
            List of `PredictedColor`, in the order of `prepared`.

        Raises:
            MemoryError: If memory does not suffice even for the smallest view of a picture.
        """
        return self._predictor.predict(prepared, self._size)

    def finish(self, prepared: PreparedPicture, color: PredictedColor) -> ColorizedPicture:
        """Upsamples the colour to a picture's own size: the last of the three steps of colouring.

        Args:
            prepared: What `prepare` returned.
            color: The `PredictedColor` of it.

        Returns:
            A `ColorizedPicture`.
        """
        lightness, ab = prepared.lightness, color.ab
        content = lightness[prepared.content]
        small_lightness = resample(content, ab.shape[:2])
        enlarger = ChromaEnlarger(ab * self._saturation, small_lightness, content.shape)
        picture = ColoredPixels(lightness.shape, prepared.dtype.newbyteorder("="))
        for rows in row_strips(*lightness.shape):
            a, b = enlarge_within(prepared.content, enlarger, rows, lightness[rows])
            picture.fill_rows(rows, lightness[rows], a, b)
        pixels, out_of_gamut = picture.finish()
        return ColorizedPicture(pixels, color.input_size, out_of_gamut)

    def _check_size(self, size: int | None) -> int:
        fixed = self._runtime.spec.image_size
        if fixed is not None and size is not None:
            raise ValueError(
                f"The model {self._runtime.name!r} takes pictures of {fixed[0]} x {fixed[1]} "
                f"pixels only: leave `size` out. Received: size={size!r}"
            )
        if size is None:
            return DEFAULT_SIZE
        if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
            raise ValueError(
                f"`size` must be a positive int, the pixels of the shorter side that the model "
                f"sees, or None for {DEFAULT_SIZE}. Received: size={size!r}"
            )
        return int(size)


def _holds(content: tuple[slice, slice], hint: Hint) -> bool:
    rows, columns = content
    return rows.start <= hint.y < rows.stop and columns.start <= hint.x < columns.stop


def _check_saturation(saturation: float) -> float:
    is_number = isinstance(saturation, (int, float, np.number)) and not isinstance(saturation, bool)
    if not is_number or not 0 <= saturation <= MAX_SATURATION:
        raise ValueError(
            f"`saturation` must be from 0 (gray) to {MAX_SATURATION:g}; 1 leaves the model's "
            f"colours as they are. Received: saturation={saturation!r}"
        )
    return float(saturation)

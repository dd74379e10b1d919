"""What guides a colouring beside hints, checked together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorkit.inference.control.insight import has_insight
from colorkit.inference.control.keeping import check_mask
from colorkit.inference.control.looks import Look
from colorkit.inference.control.palettes import Palette, PaletteLike, make_palette
from colorkit.inference.pictures import check_picture

if TYPE_CHECKING:
    from colorkit.inference.colorizer import Colorizer


@dataclasses.dataclass(frozen=True, eq=False)
class Controls:
    """What guides the colouring of one picture or of many.

    Attributes:
        references: Tuple of RGB arrays of shape `(H, W, 3)`.
        palette: `Palette`, or `None`.
        look: `Look`, or `None`.
        mask: float32 array of the pictures' shape `(H, W)` in [0, 1], 1 where they stay as they
            are; or `None`.
        keep_color: Whether colour that a picture has already stays.
    """

    references: tuple[NDArray[Any], ...] = ()
    palette: Palette | None = None
    look: Look | None = None
    mask: NDArray[np.float32] | None = None
    keep_color: bool = False


def check_controls(
    colorizer: Colorizer,
    picture_size: tuple[int, ...],
    *,
    reference: ArrayLike | Sequence[ArrayLike] | None = None,
    palette: PaletteLike | Palette | None = None,
    look: str | Look | None = None,
    mask: ArrayLike | None = None,
    keep_color: bool = False,
) -> Controls:
    """Checks what guides a colouring.

    Args:
        colorizer: The `Colorizer` that takes it.
        picture_size: `(H, W)` of the picture, which a mask must have.
        reference: Colour picture, or a sequence of such, as `Colorizer.colorize` takes them.
        palette: `Palette`, or what `make_palette` takes.
        look: `Look`, or the name of one.
        mask: As `check_mask` takes it.
        keep_color: Whether colour that a picture has already stays.

    Returns:
        `Controls`.

    Raises:
        ValueError: If one of them is wrong, or the model does not take it. Where several are, the
            message has all of it.
    """
    faults: list[str] = []

    def checked(check: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return check()
        except ValueError as error:
            faults.append(str(error))
            return otherwise

    made = Controls(
        tuple(checked(lambda: list(_check_references(reference)), ())),
        checked(lambda: _check_palette(palette), None),
        checked(lambda: Look(look) if isinstance(look, str) else look, None),
        None if mask is None else checked(lambda: check_mask(mask, picture_size), None),
        bool(keep_color),
    )
    faults.extend(_find_missing(colorizer, made))
    if len(faults) == 1:
        raise ValueError(faults[0])
    if faults:
        listed = "\n".join(f"{n}. {fault}" for n, fault in enumerate(faults, start=1))
        raise ValueError(f"{len(faults)} of the controls are wrong:\n{listed}")
    return made


def _check_references(reference: Any) -> Iterator[NDArray[Any]]:
    if reference is None:
        return
    is_list = isinstance(reference, (list, tuple))
    several = is_list and all(isinstance(each, np.ndarray) for each in reference)
    for each in reference if several else (reference,):
        pixels = check_picture(each)
        if pixels.ndim == 2 or pixels.shape[-1] == 1:
            raise ValueError(
                f"A reference must be a colour picture of shape (H, W, 3). Received: shape "
                f"{pixels.shape}"
            )
        yield pixels


def _check_palette(palette: PaletteLike | Palette | None) -> Palette | None:
    return palette if palette is None or isinstance(palette, Palette) else make_palette(palette)


def _find_missing(colorizer: Colorizer, controls: Controls) -> Iterator[str]:
    """Yields a sentence for each control that the model does not take."""
    if controls.references and not (has_insight(colorizer.model) and colorizer.takes_hints):
        yield (
            "References are taken by the default model, run by Keras: leave `reference` out, or "
            "take that model."
        )
    if controls.palette is not None and not colorizer.takes_palettes:
        yield (
            "Palettes are taken by models that classify colour, such as the default one, run by "
            "Keras: leave `palette` out, or take such a model."
        )

"""What a visitor gives to guide the colours, and the colouring that follows it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from colorkit.batch.hint_files import list_hints
from colorkit.choices import LOOKS
from colorkit.classics.levin import colorize_by_optimization
from colorkit.inference.control.looks import Look
from colorkit.inference.control.palettes import STRENGTH, Palette, make_palette
from colorkit.inference.hints import Hint
from colorkit.io.photo import Pixels

if TYPE_CHECKING:
    from colorkit.demo.decoder import UploadDecoder
    from colorkit.inference.colorizer import Colorizer

MAX_HINTS = 500
"""Maximum number of hints of one photograph."""

BY_MODEL, EXACTLY = SPREADS = ("by the model", "exactly")
"""How hints spread: over what is one thing to the model, or over what is alike in brightness."""

NO_LOOK = "none"
LOOK_CHOICES = (NO_LOOK, *LOOKS)

VARIANTS = 4
"""Number of pictures to choose from."""


@dataclasses.dataclass(frozen=True, eq=False)
class Guidance:
    """What guides the colours of one photograph.

    Attributes:
        hints: Tuple of `colorkit.Hint`s.
        spread: One of `SPREADS`. Hints that spread exactly are all that counts.
        reference: RGB pixels of a photograph of the same things, or `None`.
        palette: `Palette`, or `None`.
        look: `Look`, or `None`.
        variant: Int from 0, the usual result, to `VARIANTS` - 1.
    """

    hints: tuple[Hint, ...] = ()
    spread: str = BY_MODEL
    reference: Pixels | None = None
    palette: Palette | None = None
    look: Look | None = None
    variant: int = 0

    @property
    def controls(self) -> dict[str, Any]:
        """The keywords of `Colorizer.colorize` besides the hints."""
        named = {"reference": self.reference, "palette": self.palette, "look": self.look}
        return {name: control for name, control in named.items() if control is not None}


NO_GUIDANCE = Guidance()


def read_guidance(
    decoder: UploadDecoder,
    hints: list[dict[str, Any]] | None = None,
    spread: str = BY_MODEL,
    reference: str | None = None,
    reference_guides: bool = True,
    palette: str | None = None,
    palette_strength: float = STRENGTH,
    look: str = NO_LOOK,
    look_strength: float = 1.0,
    variant: int = 0,
) -> Guidance:
    """Reads what a visitor gave on the page.

    Args:
        decoder: `UploadDecoder` of the reference.
        hints: List of dicts with `x`, `y` and `color`, as `colorkit.Hint` takes them, or `None`.
        spread: One of `SPREADS`.
        reference: Path of an upload, or `None`.
        reference_guides: Whether the reference counts; it may be there for its colours alone.
        palette: Colours `"#aabbcc,#ddeeff"`; blank or `None` for none.
        palette_strength: Float in [0, 1].
        look: One of `LOOK_CHOICES`.
        look_strength: Float in [0, 1].
        variant: Int from 0 to `VARIANTS` - 1.

    Returns:
        A `Guidance`.

    Raises:
        PhotoError: If the reference is no photograph.
        ValueError: If a hint is none, there are more than `MAX_HINTS`, or the palette is none.
    """
    listed = list_hints(hints or [], "the hints")
    if len(listed) > MAX_HINTS:
        raise ValueError(f"Expected at most {MAX_HINTS} hints. Received: {len(listed)}")
    return Guidance(
        tuple(listed),
        spread,
        decoder.decode(Path(reference)).pixels if reference and reference_guides else None,
        make_palette(palette, palette_strength) if palette and palette.strip() else None,
        Look(look, look_strength) if look != NO_LOOK else None,
        variant,
    )


def color_guided(colorizer: Colorizer, pixels: Pixels, guidance: Guidance) -> NDArray[Any]:
    """Colours a picture as a visitor guides it.

    Args:
        colorizer: `Colorizer`.
        pixels: Array of shape `(H, W)` or `(H, W, 3)`.
        guidance: `Guidance`.

    Returns:
        RGB array of shape `(H, W, 3)`. Where hints shall spread exactly and there are none yet,
        it is gray.

    Raises:
        ValueError: If the model does not take what guides, or a hint lies outside.
        MemoryError: If memory does not suffice.
    """
    if guidance.spread == EXACTLY:
        if not guidance.hints:
            return colorizer.with_saturation(0.0).colorize(pixels)
        return colorize_by_optimization(pixels, hints=guidance.hints)
    if guidance.variant:
        return color_variant(colorizer, pixels, guidance)
    return colorizer.colorize(pixels, guidance.hints, **guidance.controls)


def color_variant(colorizer: Colorizer, pixels: Pixels, guidance: Guidance) -> NDArray[Any]:
    """Colours a picture in the variant that `guidance` names. As `color_guided` otherwise."""
    from colorkit.inference.control.variant_colorizer import VariantColorizer  # imports Keras

    guided = colorizer.with_controls(**guidance.controls)
    varied = VariantColorizer(colorizer, VARIANTS, guided)
    prepared = varied.prepare(pixels, guidance.hints, variant=guidance.variant)
    return varied.finish(prepared, varied.predict([prepared])[0]).pixels


def list_variants(guidance: Guidance) -> Iterator[Guidance]:
    """Yields the same guidance with each variant."""
    for number in range(VARIANTS):
        yield dataclasses.replace(guidance, variant=number, spread=BY_MODEL)

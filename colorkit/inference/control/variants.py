"""Variants: different pictures that the model deems plausible, each coherent in itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from colorkit.color.ab_bins import AB_BINS
from colorkit.color.constants import AB_SCALE
from colorkit.inference.chroma_upsampling import resample
from colorkit.inference.control.cell_hints import draw_cells
from colorkit.inference.control.insight import CELL, LOGITS_STRIDE, read_logits
from colorkit.inference.control.modes import find_modes, probabilities_of
from colorkit.inference.control.regions import find_regions, mean_by_region
from colorkit.inference.control.small_color import cell_means
from colorkit.models.layers.annealed_mean import STYLES, AnnealedMean

if TYPE_CHECKING:
    from colorkit.inference.control.insight import InsightRuntime
    from colorkit.inference.pictures import PreparedPicture

MOST = 8
"""Largest number of variants: of more, some are nearly alike."""

MODE_SPREAD = 20.0
"""Standard deviation, in Lab units, of the Gaussian about a chosen mode, by which a region's
distribution is multiplied: 12 gives patches of one colour, and lower PSNR."""


class VariantMaker:
    """Chooses a mode of the predicted distribution for each region, and tells it by hints.

    Variants are ordered: in the first, every region takes the bluest of its modes, in the last the
    yellowest, since photographs differ most in that, and as a whole.

    Args:
        insight: `InsightRuntime` of the default model.
    """

    def __init__(self, insight: InsightRuntime) -> None:
        self._insight = insight

    def vary(self, picture: PreparedPicture, number: int) -> list[PreparedPicture]:
        """Makes variants of a prepared picture.

        Args:
            picture: `PreparedPicture`.
            number: Int of 1 or more.

        Returns:
            List of `number` `PreparedPicture`s with hints that lead to one variant each. Hints
            that `picture` has are kept.
        """
        logits = read_logits(self._insight, picture)
        probabilities = probabilities_of(logits)
        lightness = resample(
            picture.view[: picture.input_size[0], : picture.input_size[1]], logits.shape[:2]
        )
        regions = find_regions(lightness, decode(logits), probabilities)
        modes = [find_modes(each, number)[0] for each in mean_by_region(probabilities, regions)]
        return [
            self._tell(picture, logits, regions, np.stack([each[n] for each in modes]))
            for n in range(number)
        ]

    def _tell(
        self,
        picture: PreparedPicture,
        logits: NDArray[np.float32],
        regions: NDArray[np.intp],
        modes: NDArray[np.float64],
    ) -> PreparedPicture:
        """Draws hints of the colours that the regions get with one mode each."""
        squared = ((AB_BINS - modes[:, None]) ** 2).sum(-1) / (2 * MODE_SPREAD**2)
        ab = decode(logits - squared.astype("float32")[regions])
        step = CELL // LOGITS_STRIDE
        numbers = regions[..., None].astype("float32")
        inner = cell_means(numbers**2, step) - cell_means(numbers, step) ** 2 < 1e-3
        drawn = np.zeros((*picture.view.shape, 3), "float32")
        if picture.drawn_hints is not None:
            drawn[:] = picture.drawn_hints
        draw_cells(drawn, cell_means(ab, step), inner[..., 0].astype("float32"))
        return dataclasses.replace(picture, drawn_hints=drawn if drawn[..., 2].any() else None)


def check_number(number: Any) -> int:
    """Checks a number of variants.

    Raises:
        ValueError: If it is no int from 2 to `MOST`.
    """
    is_int = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
    if not is_int or not 2 <= number <= MOST:
        raise ValueError(
            f"The number of variants must be from 2 to {MOST}, the first of which is the automatic "
            f"picture. Received: {number!r}"
        )
    return int(number)


def decode(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Decodes logits as the default model does: `(..., 313)` to CIE a and b, `(..., 2)`."""
    decoder = AnnealedMean(**dataclasses.asdict(STYLES["balanced"]))
    return AB_SCALE * ops.convert_to_numpy(decoder(logits))

"""The three steps of colouring, of one variant of each picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from colorkit.inference.control.variants import VariantMaker, check_number

if TYPE_CHECKING:
    from colorkit.inference.colorizer import Colorizer
    from colorkit.inference.control.guided_colorizer import GuidedColorizer
    from colorkit.inference.hints import HintLike
    from colorkit.inference.pictures import ColorizedPicture, PredictedColor, PreparedPicture


class VariantColorizer:
    """Colours as a `Colorizer` does, in the variant that `prepare` is told.

    Args:
        colorizer: `Colorizer` of the default model, run by Keras.
        number: Int from 2 to 8: variants of each picture.
        guided: What colours them: `colorizer`, or what its `with_controls` returned.

    Raises:
        ValueError: If it is another model, or `number` lies outside its range.
    """

    def __init__(
        self, colorizer: Colorizer, number: int, guided: Colorizer | GuidedColorizer | None = None
    ) -> None:
        self._number = check_number(number)
        self._maker = VariantMaker(colorizer.insight)
        self._guided = colorizer if guided is None else guided

    def prepare(
        self,
        image: ArrayLike,
        hints: Iterable[HintLike] | None = None,
        *,
        find_border: bool = True,
        variant: int = 0,
    ) -> PreparedPicture:
        """Prepares a picture as `Colorizer.prepare` does; variant 0 is the automatic one."""
        prepared = self._guided.prepare(image, hints, find_border=find_border)
        if variant == 0:
            return prepared
        return self._maker.vary(prepared, self._number - 1)[variant - 1]

    def predict(self, prepared: Sequence[PreparedPicture]) -> list[PredictedColor]:
        """Runs the model, as `Colorizer.predict` does."""
        return self._guided.predict(prepared)

    def finish(self, prepared: PreparedPicture, color: PredictedColor) -> ColorizedPicture:
        """Enlarges the colour, as `Colorizer.finish` does."""
        return self._guided.finish(prepared, color)

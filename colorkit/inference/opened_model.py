"""A model, opened to colour pictures, and copies of it with another look."""

from __future__ import annotations

import copy
import functools
import os
from typing import TYPE_CHECKING, Any, TypeVar

from colorkit.inference.arguments import check_saturation, check_size
from colorkit.inference.hinted_runtime import HintedRuntime
from colorkit.inference.pickling import model_bytes, rebuild
from colorkit.inference.predictor import Predictor
from colorkit.inference.runtimes import open_runtime
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import keras

    from colorkit.inference.control.insight import InsightRuntime
    from colorkit.inference.control.palettes import Palette

T = TypeVar("T", bound="OpenedModel")


class OpenedModel:
    """A model with the settings of a `Colorizer`, whose arguments it takes.

    It can be pickled and deep-copied: by its arguments, so that the copy loads the model anew.
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
        self._palette: Palette | None = None
        self._hinted = HintedRuntime(self._runtime, model, precision, style)
        self._predictor = Predictor(self._runtime, self._hinted)
        self.model = self._runtime.model
        self.styles = self._runtime.styles
        self._size = check_size(size, self._runtime)
        self._saturation = check_saturation(saturation)

    @classmethod
    def from_preset(cls: type[T], preset: StrPath, **options: Any) -> T:
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

    def __copy__(self: T) -> T:
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
        return rebuild, (type(self), model, options, self._palette)

    def with_saturation(self: T, saturation: float) -> T:
        """Returns a colorizer with another saturation that shares this one's model.

        Args:
            saturation: Float from 0 (gray) to 10.

        Returns:
            A `Colorizer`; nothing is loaded.

        Raises:
            ValueError: If `saturation` is no such number.
        """
        other = copy.copy(self)
        other._saturation = check_saturation(saturation)
        return other

    def with_style(self: T, style: str | None) -> T:
        """Returns a colorizer with another style; under Keras it shares this one's model.

        Args:
            style: As for `Colorizer`.

        Returns:
            A `Colorizer`.

        Raises:
            ValueError: If the model has no such style.
        """
        return self._with_look(style, self._palette)

    def with_palette(self: T, palette: Palette | None) -> T:
        """Returns a colorizer whose pictures tend to a palette, which shares this one's model.

        Args:
            palette: `Palette`, as `make_palette` makes it; `None` for none.

        Returns:
            A `Colorizer`.

        Raises:
            ValueError: If the model does not classify colour, or Keras does not run it.
        """
        if palette is self._palette:
            return self
        if palette is not None and not self.takes_palettes:
            raise ValueError(
                "Palettes are taken by models that classify colour, such as the default one, run "
                f"by Keras: leave the palette out, or take such a model. Received: "
                f"{self._runtime.name!r}"
            )
        return self._with_look(self._style, palette)

    @property
    def takes_palettes(self) -> bool:
        """Whether pictures can tend to a palette: of models that classify colour, run by Keras."""
        return self.model is not None and bool(self.styles)

    @functools.cached_property
    def insight(self) -> InsightRuntime:
        """What reads features and distributions out of the model.

        Raises:
            ValueError: If the model has not the layers of the default one, or Keras does not run
                it.
        """
        from colorkit.inference.control.insight import InsightRuntime

        return InsightRuntime(self.model)

    @property
    def takes_hints(self) -> bool:
        """Whether pictures can have hints."""
        return self._hinted.takes_hints

    def _with_look(self: T, style: str | None, palette: Palette | None) -> T:
        model, precision, runtime = self._opened
        other = copy.copy(self)
        other._style, other._palette = style, palette
        other._runtime = open_runtime(
            model if self.model is None else self.model, precision, runtime, style, palette
        )
        other._hinted = self._hinted.with_look(other._runtime, model, precision, style, palette)
        other._predictor = Predictor(other._runtime, other._hinted)
        return other

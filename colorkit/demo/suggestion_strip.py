"""Colours that the model deems likely at the last hint's place, to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from colorkit.demo.events import AT_ONCE

if TYPE_CHECKING:
    from colorkit.inference.control.suggestions import SuggestedColor

_SIDE = 48  # pixels of a swatch


class SuggestionStrip:
    """Swatches with names, hidden where there are none.

    Attributes:
        gallery: `gr.Gallery` whose `select` tells which was chosen.
        colors: `gr.State`: list of their colours.
    """

    def __init__(self) -> None:
        self.colors = gr.State([])
        self._text = gr.Markdown(
            "To the model these are likely at the last point; choose one for it:", visible=False
        )
        self.gallery = gr.Gallery(
            show_label=False,
            columns=6,
            fit_columns=False,
            height=140,
            object_fit="cover",
            allow_preview=False,
            interactive=False,
            buttons=[],
            visible=False,
        )

    @property
    def outputs(self) -> list[Any]:
        """The components that `show_suggestions` gives values for."""
        return [self._text, self.gallery, self.colors]

    def hide_after(self, event: Any) -> None:
        """Hides the strip after an event."""
        event.then(lambda: show_suggestions([]), None, self.outputs, **AT_ONCE)


def show_suggestions(suggested: Sequence[SuggestedColor]) -> tuple[Any, Any, list[str]]:
    """Returns the values of a strip's `outputs`."""
    swatches = [(_swatch(each.color), f"{each.name}, {each.share:.0%}") for each in suggested]
    gallery = gr.Gallery(value=swatches, visible=bool(swatches), selected_index=None)
    return gr.Markdown(visible=bool(swatches)), gallery, [each.color for each in suggested]


def _swatch(color: str) -> NDArray[np.uint8]:
    rgb = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
    return np.full((_SIDE, _SIDE, 3), rgb, "uint8")

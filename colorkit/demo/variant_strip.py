"""Variants of a photograph, in a strip to choose from."""

from collections.abc import Sequence
from typing import Any

import gradio as gr
from numpy.typing import NDArray

from colorkit.demo.events import AT_ONCE
from colorkit.demo.guidance import VARIANTS


class VariantStrip:
    """A button that asks for variants, and the pictures.

    Attributes:
        ask: `gr.Button`.
        gallery: `gr.Gallery` of the pictures.
        chosen: `gr.State`: int, the variant that is shown; 0 is the usual result.
    """

    def __init__(self) -> None:
        self.chosen = gr.State(0)
        with gr.Accordion("Other plausible colours", open=False):
            self.ask = gr.Button(f"Show {VARIANTS} to choose from", size="sm")
            self.gallery = gr.Gallery(
                show_label=False,
                columns=VARIANTS,
                height=220,
                object_fit="contain",
                allow_preview=False,
                interactive=False,
                buttons=[],
                visible=False,
            )

    def choose(self) -> Any:
        """Returns the event by which visitors choose a variant."""
        return self.gallery.select(number_of, None, self.chosen, **AT_ONCE)

    def clear_after(self, event: Any) -> Any:
        """Forgets all variants after an event, for another photograph. Returns the next event."""
        hidden = gr.Gallery(value=[], visible=False)
        return event.then(lambda: (0, hidden), None, [self.chosen, self.gallery], **AT_ONCE)


def show_variants(pictures: Sequence[NDArray[Any]]) -> Any:
    """Returns the strip's gallery with pictures, uint8 arrays of shape `(h, w, 3)`."""
    names = ["usual", *(f"{number}" for number in range(2, len(pictures) + 1))]
    captioned = list(zip(pictures, names, strict=True))
    return gr.Gallery(value=captioned, visible=True, selected_index=None)


def number_of(click: gr.SelectData) -> int:
    """Returns the variant that was clicked."""
    return int(click.index)

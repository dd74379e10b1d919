"""What guides a whole picture on the page: a reference, a palette, a look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from colorkit.demo.events import AT_ONCE
from colorkit.demo.guidance import LOOK_CHOICES, NO_LOOK
from colorkit.demo.previews import shrink
from colorkit.demo.worded_errors import errors_in_words
from colorkit.demo.work_folder import work_folder
from colorkit.inference.control.palettes import STRENGTH
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.signatures import SUFFIXES_READ
from colorkit.io.write import write_photo

if TYPE_CHECKING:
    from colorkit.demo.decoder import UploadDecoder

_SIDE = 600  # pixels of the reference's preview
_REACH = 2  # pixels about a click whose mean is taken


class GuidePanel:
    """A reference with an eyedropper, a palette and a look, in an accordion.

    Args:
        decoder: `UploadDecoder` of the reference.

    Attributes:
        inputs: List of the components whose values `read_guidance` takes, in its order: the
            reference, whether it guides, the palette, its strength, the look and its strength.
    """

    def __init__(self, decoder: UploadDecoder) -> None:
        self._decoder = decoder
        self._preview_path = gr.State()
        with gr.Accordion("Guide the colours", open=False):
            with gr.Tab("Reference"):
                self._reference = gr.File(
                    label="Colour photograph of the same things",
                    file_types=list(SUFFIXES_READ),
                    height=110,
                )
                self._guides = gr.Checkbox(True, label="The same things take its colours")
                self._preview = gr.Image(
                    label="Click to pick a colour for the next point",
                    interactive=False,
                    buttons=[],
                    height=220,
                    format="jpeg",
                    visible=False,
                )
            with gr.Tab("Palette"):
                self._palette = gr.Textbox(
                    label="Colours to tend to, then Enter",
                    placeholder="#30507a, #c8b090",
                    max_lines=1,
                    max_length=200,
                )
                self._palette_strength = gr.Slider(
                    0, 1, value=STRENGTH, step=0.05, label="Strength of the palette"
                )
            with gr.Tab("Look"):
                self._look = gr.Dropdown(
                    list(LOOK_CHOICES), value=NO_LOOK, label="Look of an old process"
                )
                self._look_strength = gr.Slider(
                    0, 1, value=1, step=0.05, label="Strength of the look"
                )
        self.inputs = [
            *(self._reference, self._guides),
            *(self._palette, self._palette_strength),
            *(self._look, self._look_strength),
        ]

    def changes(self) -> list[Any]:
        """Returns the triggers after which the photograph is to be coloured anew."""
        uploaded = self._reference.upload(
            self._show, self._reference, [self._preview, self._preview_path], **AT_ONCE
        )
        cleared = self._reference.clear(
            lambda: (gr.Image(value=None, visible=False), None),
            None,
            [self._preview, self._preview_path],
            **AT_ONCE,
        )
        return [
            uploaded.success,
            cleared.then,
            self._guides.input,
            self._palette.submit,
            self._palette_strength.release,
            self._look.input,
            self._look_strength.release,
        ]

    def pick_into(self, picker: gr.ColorPicker) -> None:
        """Lets clicks on the reference choose a colour."""
        self._preview.select(pick_color, [self._preview_path, picker], picker, **AT_ONCE)

    def _show(self, path: str) -> tuple[Any, str]:
        with errors_in_words():
            shown = shrink(self._decoder.decode(Path(path)), _SIDE)
            preview = work_folder().make_job_folder() / "reference.png"
            write_photo(preview, Photo(shown))
        return gr.Image(value=str(preview), visible=True), str(preview)


def pick_color(path: str | None, color: str, click: gr.SelectData) -> str:
    """Returns the colour of a preview where it was clicked; `color` if it is no longer there."""
    if path is None or not Path(path).exists():
        return color
    pixels = read_photo(path).pixels
    x, y = map(int, click.index)
    near = pixels[max(0, y - _REACH) : y + _REACH + 1, max(0, x - _REACH) : x + _REACH + 1]
    levels = near.reshape(-1, pixels.shape[-1] if pixels.ndim == 3 else 1).mean(0).round()
    rgb = [int(level) for level in levels] * (3 // len(levels))
    return "#{:02x}{:02x}{:02x}".format(*rgb)

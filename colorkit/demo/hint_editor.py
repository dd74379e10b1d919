"""The hint editor of the page: a click on the picture places a hint."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from colorkit.demo.previews import mark_points
from colorkit.demo.work_folder import work_folder
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

FIRST_COLOR = "#b03030"
"""Initial colour of the colour picker."""

_PRIVATE = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


class HintEditor:
    """A picture to click on, a colour picker, the list of hints, and buttons that remove them.

    Attributes:
        hints: `gr.JSON`, not visible: list of dicts with `x`, `y` (in pixels of the photograph) and
            `color`.
        shown: `gr.State`: `None`, or a dict of the coloured preview's `path` and the photograph's
            `size`, `(height, width)`.
    """

    def __init__(self) -> None:
        self.hints = gr.JSON(value=[], label="Hints", visible=False)
        self.shown = gr.State()
        with gr.Accordion("Give places a colour", open=False):
            gr.Markdown(
                "Choose a colour, then click where it belongs. Its hue and strength count; how "
                "light a place is, the photograph says."
            )
            with gr.Row():
                self._picker = gr.ColorPicker(FIRST_COLOR, label="Colour", min_width=100)
                self._undo = gr.Button("Undo", min_width=80)
                self._clear = gr.Button("Clear", min_width=80)
            self._editor = gr.Image(
                label="Click here", interactive=False, buttons=[], height=480, format="jpeg"
            )
            self._listed = gr.Markdown()

    def changes(self) -> list[Any]:
        """Returns the events by which visitors change the hints."""
        return [
            self._editor.select(
                add_hint, [self.hints, self._picker, self.shown], self.hints, **_PRIVATE
            ),
            self._undo.click(lambda hints: hints[:-1], self.hints, self.hints, **_PRIVATE),
            self._clear.click(lambda: [], None, self.hints, **_PRIVATE),
        ]

    def clear_after(self, event: Any) -> Any:
        """Clears the hints after an event, for another photograph. Returns the next event."""
        return event.then(lambda: [], None, self.hints, **_PRIVATE)

    def draw_after(self, *events: Any) -> None:
        """Redraws picture and hints after each of the events."""
        for event in events:
            event.then(_draw, [self.shown, self.hints], [self._editor, self._listed], **_PRIVATE)


def add_hint(
    hints: list[dict[str, Any]], color: str, shown: dict[str, Any] | None, click: gr.SelectData
) -> list[dict[str, Any]]:
    """Adds a hint of the picker's colour where the preview was clicked. Returns all hints."""
    if shown is None or not _is_there(shown):
        return hints
    place = _scaled(click.index, _preview_size(shown), shown["size"])
    return [*hints, {"x": place[0], "y": place[1], "color": hex_color(color)}]


def hex_color(text: str) -> str:
    """Writes a colour as `#rrggbb`; Gradio's picker may say `rgba(r, g, b, a)`."""
    match = re.fullmatch(r"rgba?\(([^)]*)\)", text.strip())
    if match is None:
        return text.strip()
    levels = [min(255, max(0, round(float(part)))) for part in match[1].split(",")[:3]]
    return "#{:02x}{:02x}{:02x}".format(*levels)


def _draw(shown: dict[str, Any] | None, hints: list[dict[str, Any]]) -> tuple[str | None, str]:
    if shown is None or not _is_there(shown):
        return None, ""
    picture = read_photo(shown["path"])
    size = picture.height, picture.width
    places = [_scaled((hint["x"], hint["y"]), shown["size"], size) for hint in hints]
    marked = mark_points(picture, places, [hint["color"] for hint in hints])
    path = work_folder().make_job_folder() / "hints.jpg"
    write_photo(path, Photo(marked.pixels))
    listed = [
        f"{number}. {hint['color']} at ({hint['x']}, {hint['y']})"
        for number, hint in enumerate(hints, start=1)
    ]
    return str(path), "\n".join(listed)


def _is_there(shown: dict[str, Any]) -> bool:
    """Tells whether a preview has not been deleted for its age."""
    return Path(shown["path"]).exists()


def _preview_size(shown: dict[str, Any]) -> tuple[int, int]:
    picture = read_photo(shown["path"])
    return picture.height, picture.width


def _scaled(place: Iterable[float], size: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """Scales the pixel `(x, y)` of a picture to that of its copy of another size."""
    return tuple(
        (2 * int(at) + 1) * copy // (2 * whole)
        for at, whole, copy in zip(place, reversed(size), reversed(other), strict=True)
    )

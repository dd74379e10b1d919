"""The hint editor of the page: a click on the picture places a hint."""

from pathlib import Path
from typing import Any

import gradio as gr

from colorkit.demo.events import AT_ONCE
from colorkit.demo.guidance import BY_MODEL, SPREADS
from colorkit.demo.hint_list import (
    HintDicts,
    describe_hints,
    hex_color,
    read_hint_list,
    scale_place,
    write_hint_list,
)
from colorkit.demo.previews import mark_points
from colorkit.demo.suggestion_strip import SuggestionStrip
from colorkit.demo.worded_errors import errors_in_words
from colorkit.demo.work_folder import work_folder
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

FIRST_COLOR = "#b03030"
"""Initial colour of the colour picker."""

_UNDONE = 100  # changes that can be taken back


class HintEditor:
    """A picture to click on, a colour picker, the list of hints, and what changes it.

    Attributes:
        hints: `gr.JSON`, not visible: list of dicts with `x`, `y` (in pixels of the photograph) and
            `color`.
        shown: `gr.State`: `None`, or a dict of the coloured preview's `path`, and the photograph's
            `name` and `size`, `(height, width)`.
        picker: `gr.ColorPicker`: the colour of the next hint.
        spread: `gr.Radio`: how hints spread, one of `SPREADS`.
        suggestions: `SuggestionStrip` of the last hint's place.
    """

    def __init__(self) -> None:
        self.hints = gr.JSON(value=[], label="Hints", visible=False)
        self.shown = gr.State()
        self._earlier = gr.State([])
        with gr.Accordion("Give places a colour", open=False):
            gr.Markdown(
                "Choose a colour, then click where it belongs. Its hue and strength count; how "
                "light a place is, the photograph says."
            )
            with gr.Row():
                self.picker = gr.ColorPicker(FIRST_COLOR, label="Colour", min_width=100, scale=1)
                self.spread = gr.Radio(
                    list(SPREADS), value=BY_MODEL, label="Spread", min_width=280, scale=2
                )
                self._undo = gr.Button("Undo", min_width=80, scale=1)
                self._clear = gr.Button("Clear", min_width=80, scale=1)
            self._editor = gr.Image(
                label="Click here", interactive=False, buttons=[], height=480, format="jpeg"
            )
            self.suggestions = SuggestionStrip()
            self._listed = gr.Markdown()
            with gr.Row():
                self._save = gr.DownloadButton("Save hints", size="sm", interactive=False)
                self._load = gr.UploadButton("Load hints", size="sm", file_types=[".json"])
        lists = [self.hints, self._earlier]
        self.placed = self._editor.select(
            add_hint, [*lists, self.picker, self.shown], lists, **AT_ONCE
        )
        recolored = self.suggestions.gallery.select(
            recolor_last, [*lists, self.suggestions.colors], lists, **AT_ONCE
        )
        others = [
            self._undo.click(undo, lists, lists, **AT_ONCE),
            self._clear.click(clear, lists, lists, **AT_ONCE),
            self._load.upload(load, [*lists, self._load, self.shown], lists, **AT_ONCE),
        ]
        for event in others:
            self.suggestions.hide_after(event)
        self._changes = [self.placed, recolored, *others]

    def changes(self) -> list[Any]:
        """Returns the events by which visitors change the hints."""
        return self._changes

    def clear_after(self, event: Any) -> Any:
        """Clears the hints after an event, for another photograph. Returns the next event."""
        lists = [self.hints, self._earlier]
        cleared = event.then(lambda: ([], []), None, lists, **AT_ONCE)
        self.suggestions.hide_after(cleared)
        return cleared

    def draw_after(self, *events: Any) -> None:
        """Redraws picture and hints after each of the events."""
        for event in events:
            outputs = [self._editor, self._listed, self._save]
            event.then(_draw, [self.shown, self.hints], outputs, **AT_ONCE)


def add_hint(
    hints: HintDicts,
    earlier: list[HintDicts],
    color: str,
    shown: dict[str, Any] | None,
    click: gr.SelectData,
) -> tuple[HintDicts, list[HintDicts]]:
    """Adds a hint of the picker's colour where the preview was clicked.

    Returns:
        Tuple of all hints, and the lists that they were before, as the other changes do.
    """
    if shown is None or not _is_there(shown):
        return hints, earlier
    place = scale_place(click.index, _preview_size(shown), shown["size"])
    hint = {"x": place[0], "y": place[1], "color": hex_color(color)}
    return _changed(hints, earlier, [*hints, hint])


def recolor_last(
    hints: HintDicts, earlier: list[HintDicts], colors: list[str], click: gr.SelectData
) -> tuple[HintDicts, list[HintDicts]]:
    """Gives the last hint a suggested colour."""
    if not hints or click.index >= len(colors):
        return hints, earlier
    recolored = {**hints[-1], "color": colors[click.index]}
    return _changed(hints, earlier, [*hints[:-1], recolored])


def undo(hints: HintDicts, earlier: list[HintDicts]) -> tuple[HintDicts, list[HintDicts]]:
    """Takes the last change back."""
    return (earlier[-1], earlier[:-1]) if earlier else (hints, earlier)


def clear(hints: HintDicts, earlier: list[HintDicts]) -> tuple[HintDicts, list[HintDicts]]:
    """Removes all hints."""
    return _changed(hints, earlier, [])


def load(
    hints: HintDicts, earlier: list[HintDicts], path: str, shown: dict[str, Any] | None
) -> tuple[HintDicts, list[HintDicts]]:
    """Takes the hints of a file in place of those that are there."""
    if shown is None:
        return hints, earlier
    with errors_in_words():
        return _changed(hints, earlier, read_hint_list(path, shown))


def _changed(
    hints: HintDicts, earlier: list[HintDicts], wanted: HintDicts
) -> tuple[HintDicts, list[HintDicts]]:
    return wanted, [*earlier, hints][-_UNDONE:]


def _draw(shown: dict[str, Any] | None, hints: HintDicts) -> tuple[str | None, str, Any]:
    if shown is None or not _is_there(shown):
        return None, "", gr.DownloadButton(value=None, interactive=False)
    picture = read_photo(shown["path"])
    size = picture.height, picture.width
    places = [scale_place((hint["x"], hint["y"]), shown["size"], size) for hint in hints]
    marked = mark_points(picture, places, [hint["color"] for hint in hints])
    folder = work_folder().make_job_folder()
    path, saved = folder / "hints.jpg", folder / f"{Path(shown['name']).stem}_hints.json"
    write_photo(path, Photo(marked.pixels))
    write_hint_list(saved, hints)
    button = gr.DownloadButton(value=str(saved), interactive=bool(hints))
    return str(path), describe_hints(hints), button


def _is_there(shown: dict[str, Any]) -> bool:
    """Tells whether a preview has not been deleted for its age."""
    return Path(shown["path"]).exists()


def _preview_size(shown: dict[str, Any]) -> tuple[int, int]:
    picture = read_photo(shown["path"])
    return picture.height, picture.width

"""The page in the browser: its layout, and the jobs that events start."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.context import LocalContext

from colorkit.demo.hint_editor import HintEditor
from colorkit.demo.jobs import ColorSettings, color_upload, color_uploads
from colorkit.demo.model_pool import OWN_STYLE, ModelPool
from colorkit.demo.worded_errors import WordedBlocks, errors_in_words
from colorkit.demo.work_folder import work_folder
from colorkit.io.signatures import SUFFIXES_READ

if TYPE_CHECKING:
    from colorkit.demo.decoder import UploadDecoder
    from colorkit.demo.limits import Limits

TITLE = "colorkit"

LARGEST_SATURATION = 2.0
"""Maximum of the slider: beyond, most colours are outside sRGB."""

SECONDS_TO_LISTEN = 20
"""Seconds after which a job is stopped, or not begun, if no browser reads its messages."""

# Fonts and styles are local.
THEME = gr.themes.Soft(
    primary_hue="teal",
    neutral_hue="slate",
    font=("system-ui", "sans-serif"),
    font_mono=("ui-monospace", "monospace"),
)

_SUFFIXES = list(SUFFIXES_READ)
_PROGRESS = gr.Progress()
_PRIVATE = {"api_visibility": "private"}


def build_page(
    pool: ModelPool, decoder: UploadDecoder, limits: Limits, samples: Sequence[Path]
) -> gr.Blocks:
    """Builds the page.

    Args:
        pool: `colorkit.demo.model_pool.ModelPool`.
        decoder: `colorkit.demo.decoder.UploadDecoder`.
        limits: `colorkit.demo.limits.Limits`.
        samples: List of paths of photographs to try, outside of `work_folder()`.

    Returns:
        `gr.Blocks` with its queue, not launched.
    """
    with WordedBlocks(title=TITLE, analytics_enabled=False) as page:
        gr.Markdown(f"# {TITLE}\nColour for black-and-white photographs, in their full size.")
        with gr.Tab("One photograph"):
            _add_single(pool, decoder, limits, samples)
        with gr.Tab("Many photographs"):
            _add_batch(pool, decoder, limits)
        gr.Markdown("Colours are plausible, not true: do not take them for evidence.")
    return page.queue(max_size=limits.waiting, default_concurrency_limit=1)


def _add_single(
    pool: ModelPool, decoder: UploadDecoder, limits: Limits, samples: Sequence[Path]
) -> None:
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            upload = gr.File(label="Photograph", file_types=_SUFFIXES, height=150)
            gr.Markdown(_describe(limits))
            settings = _add_settings(pool)
            examples = gr.Dataset(
                label="Or try one of these",
                components=[gr.Image(visible=False)],
                samples=[[str(path)] for path in samples],
                type="index",
            )
        with gr.Column(scale=2):
            slider = gr.ImageSlider(
                label="Before and after", buttons=["fullscreen"], max_height=560, interactive=False
            )
            summary = gr.Markdown()
            result = gr.DownloadButton(
                "Download in full size (PNG)", variant="primary", interactive=False
            )
            editor = HintEditor()
    outputs = [slider, result, summary, editor.shown]

    def color(
        photo: str | None,
        model: str,
        style: str,
        saturation: float,
        hints: list[dict[str, Any]] | None,
    ) -> tuple[Any, ...]:
        if photo is None:
            return _no_result()
        settings = ColorSettings(model, style, saturation)
        with errors_in_words():
            folder = work_folder().make_job_folder()
            steps = color_upload(pool, decoder, photo, settings, folder, hints)
            made = next(step for step in steps if step is not None or _visitor_left())
        if made is None:
            return _no_result()
        button = gr.DownloadButton(value=str(made.result), interactive=True)
        shown = {"path": str(made.after), "size": made.size}
        return (str(made.before), str(made.after)), button, made.summary, shown

    job = {"fn": color, "inputs": [upload, *settings, editor.hints], "outputs": outputs}
    hide = {"fn": _no_result, "outputs": outputs, "queue": False, **_PRIVATE}
    editor.draw_after(
        editor.clear_after(upload.upload(**hide)).then(**job, api_name="colorize"),
        editor.clear_after(
            examples.click(
                lambda n: str(samples[n]), examples, upload, queue=False, **_PRIVATE
            ).then(**hide)
        ).then(**job, **_PRIVATE),
        editor.clear_after(upload.clear(**hide)),
        gr.on(
            [each.input for each in settings],
            **job,
            trigger_mode="always_last",
            show_progress="minimal",
            **_PRIVATE,
        ),
        *(change.then(**job, show_progress="minimal", **_PRIVATE) for change in editor.changes()),
    )


def _add_batch(pool: ModelPool, decoder: UploadDecoder, limits: Limits) -> None:
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            uploads = gr.File(
                label="Photographs", file_types=_SUFFIXES, file_count="multiple", height=240
            )
            gr.Markdown(
                f"Up to {limits.files} of them, {limits.request_megabytes} MB together. "
                f"{_describe(limits)}"
            )
            settings = _add_settings(pool)
            with gr.Row():
                start = gr.Button("Colour all", variant="primary", min_width=100)
                stop = gr.Button("Stop", min_width=100)
        with gr.Column(scale=2):
            table = gr.Dataframe(
                headers=["Photograph", "Outcome"],
                datatype="str",
                column_widths=["35%", "65%"],
                wrap=True,
                interactive=False,
                label="Outcomes",
            )
            result = gr.DownloadButton("Download all (zip)", variant="primary", interactive=False)

    def color(
        photos: list[str] | None,
        model: str,
        style: str,
        saturation: float,
        progress: gr.Progress = _PROGRESS,
    ) -> Iterator[tuple[Any, ...]]:
        yield [], gr.DownloadButton(value=None, interactive=False)
        settings = ColorSettings(model, style, saturation)
        with errors_in_words():
            folder = work_folder().make_job_folder()
            for state in color_uploads(pool, decoder, photos or [], settings, folder, limits):
                if _visitor_left():
                    return
                progress((len(state.outcomes), state.total), unit="photographs")
                archive = state.archive and str(state.archive)
                button = gr.DownloadButton(value=archive, interactive=archive is not None)
                yield [list(outcome) for outcome in state.outcomes], button

    job = start.click(color, [uploads, *settings], [table, result], api_name="colorize_batch")
    stop.click(None, cancels=[job])


def _add_settings(pool: ModelPool) -> tuple[gr.Dropdown, gr.Radio, gr.Slider]:
    """Adds the choice of model, style and saturation."""
    first = pool.names[0]
    styles = dict.fromkeys(style for name in pool.names for style in pool.styles_of(name))
    style = gr.Radio(
        [OWN_STYLE, *styles],
        label="Style",
        value=OWN_STYLE,
        visible=bool(pool.styles_of(first)),
    )
    saturation = gr.Slider(0, LARGEST_SATURATION, value=1, step=0.05, label="Saturation")
    model = gr.Dropdown(list(pool.names), value=first, label="Model", visible=len(pool.names) > 1)
    model.input(lambda name: gr.Radio(visible=bool(pool.styles_of(name))), model, style, **_PRIVATE)
    return model, style, saturation


def _describe(limits: Limits) -> str:
    return (
        f"JPEG, PNG, TIFF, WebP, HEIC and others, up to {limits.megabytes} MB and "
        f"{limits.megapixels:g} megapixels."
    )


def _no_result() -> tuple[Any, ...]:
    return None, gr.DownloadButton(value=None, interactive=False), "", None


def _visitor_left() -> bool:
    """Tells whether the visitor whose job runs in this thread has left.

    Gradio knows of those who closed the page, but not of those who sent a job and never asked for
    its messages.
    """
    queue = LocalContext.blocks.get()._queue
    event = queue.event_ids_to_events.get(LocalContext.event_id.get())
    if event is None:
        return False
    is_late = time.monotonic() - event.enqueue_time > SECONDS_TO_LISTEN
    messages = queue.pending_messages_per_session.get(event.session_hash)
    return not event.alive or (is_late and messages is not None and _is_unread(messages))


def _is_unread(messages: asyncio.Queue[Any]) -> bool:
    """Tells whether none of the messages to a visitor has been read.

    Their number alone does not show it: some may be about to be read.
    """
    put = messages._unfinished_tasks  # type: ignore[attr-defined]  # Gradio finishes none.
    return 0 < messages.qsize() == put

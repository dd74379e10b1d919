"""The tab that colours many photographs into a zip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from colorkit.demo.jobs import ColorSettings, color_uploads
from colorkit.demo.settings_panel import add_settings, describe_limits
from colorkit.demo.visitors import visitor_left
from colorkit.demo.worded_errors import errors_in_words
from colorkit.demo.work_folder import work_folder
from colorkit.io.signatures import SUFFIXES_READ

if TYPE_CHECKING:
    from colorkit.demo.decoder import UploadDecoder
    from colorkit.demo.limits import Limits
    from colorkit.demo.model_pool import ModelPool

_PROGRESS = gr.Progress()


def add_batch_tab(pool: ModelPool, decoder: UploadDecoder, limits: Limits) -> None:
    """Adds what the tab holds. Arguments are those of `colorkit.demo.page.build_page`."""
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            uploads = gr.File(
                label="Photographs",
                file_types=list(SUFFIXES_READ),
                file_count="multiple",
                height=240,
            )
            gr.Markdown(
                f"Up to {limits.files} of them, {limits.request_megabytes} MB together. "
                f"{describe_limits(limits)}"
            )
            settings = add_settings(pool)
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
                if visitor_left():
                    return
                progress((len(state.outcomes), state.total), unit="photographs")
                archive = state.archive and str(state.archive)
                button = gr.DownloadButton(value=archive, interactive=archive is not None)
                yield [list(outcome) for outcome in state.outcomes], button

    job = start.click(color, [uploads, *settings], [table, result], api_name="colorize_batch")
    stop.click(None, cancels=[job])

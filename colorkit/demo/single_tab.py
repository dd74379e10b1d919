"""The tab that colours one photograph, guided by its visitor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from colorkit.demo.guidance import BY_MODEL, NO_LOOK, read_guidance
from colorkit.demo.guide_panel import GuidePanel
from colorkit.demo.hint_editor import HintEditor
from colorkit.demo.jobs import ColorSettings, color_upload, vary_upload
from colorkit.demo.settings_panel import add_settings, describe_limits
from colorkit.demo.suggestion_strip import show_suggestions
from colorkit.demo.variant_strip import VariantStrip, show_variants
from colorkit.demo.visitors import visitor_left
from colorkit.demo.worded_errors import errors_in_words
from colorkit.demo.work_folder import work_folder
from colorkit.inference.control.palettes import STRENGTH
from colorkit.io.signatures import SUFFIXES_READ

if TYPE_CHECKING:
    from colorkit.demo.decoder import UploadDecoder
    from colorkit.demo.limits import Limits
    from colorkit.demo.model_pool import ModelPool

_PRIVATE = {"api_visibility": "private"}


def add_single_tab(
    pool: ModelPool, decoder: UploadDecoder, limits: Limits, samples: Sequence[Path]
) -> None:
    """Adds what the tab holds. Arguments are those of `colorkit.demo.page.build_page`."""
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            upload = gr.File(label="Photograph", file_types=list(SUFFIXES_READ), height=150)
            gr.Markdown(describe_limits(limits))
            settings = add_settings(pool)
            guide = GuidePanel(decoder)
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
            variants = VariantStrip()
    jobs = _Jobs(pool, decoder)
    outputs = [slider, result, summary, editor.shown]
    inputs = [upload, *settings, editor.hints, editor.spread, *guide.inputs, variants.chosen]
    job = {"fn": jobs.color, "inputs": inputs, "outputs": outputs}
    hide = {"fn": _no_result, "outputs": outputs, "queue": False, **_PRIVATE}

    def forget(event: Any) -> Any:
        return variants.clear_after(editor.clear_after(event))

    def pick_sample(number: int) -> str:
        return str(samples[number])

    chosen = examples.click(pick_sample, examples, upload, queue=False, **_PRIVATE)
    editor.draw_after(
        forget(upload.upload(**hide)).then(**job, api_name="colorize"),
        forget(chosen.then(**hide)).then(**job, **_PRIVATE),
        forget(upload.clear(**hide)),
        gr.on(
            [each.input for each in (*settings, editor.spread)],
            **job,
            trigger_mode="always_last",
            show_progress="minimal",
            **_PRIVATE,
        ),
        *(change(**job, show_progress="minimal", **_PRIVATE) for change in guide.changes()),
        *(
            change.then(**job, show_progress="minimal", **_PRIVATE)
            for change in (*editor.changes(), variants.choose())
        ),
    )
    guide.pick_into(editor.picker)
    place = [upload, settings[0], editor.hints]
    strip = editor.suggestions.outputs
    editor.placed.then(jobs.suggest, place, strip, show_progress="hidden", **_PRIVATE)
    variants.ask.click(jobs.vary, inputs, variants.gallery, **_PRIVATE)


class _Jobs:
    """The jobs that events start: functions of the components' values."""

    def __init__(self, pool: ModelPool, decoder: UploadDecoder) -> None:
        self._pool = pool
        self._decoder = decoder

    def color(
        self,
        photo: str | None,
        model: str,
        style: str,
        saturation: float,
        hints: list[dict[str, Any]] | None,
        spread: str = BY_MODEL,
        reference: str | None = None,
        reference_guides: bool = True,
        palette: str | None = None,
        palette_strength: float = STRENGTH,
        look: str = NO_LOOK,
        look_strength: float = 1.0,
        variant: int = 0,
    ) -> tuple[Any, ...]:
        """Colours the photograph. Returns slider, download, summary and the editor's state."""
        if photo is None:
            return _no_result()
        given = (
            *(hints, spread, reference, reference_guides),
            *(palette, palette_strength, look, look_strength, variant),
        )
        settings = ColorSettings(model, style, saturation)
        with errors_in_words():
            guidance = read_guidance(self._decoder, *given)
            folder = work_folder().make_job_folder()
            steps = color_upload(self._pool, self._decoder, photo, settings, folder, guidance)
            made = next(step for step in steps if step is not None or visitor_left())
        if made is None:
            return _no_result()
        button = gr.DownloadButton(value=str(made.result), interactive=True)
        shown = {"path": str(made.after), "size": made.size, "name": Path(photo).name}
        return (str(made.before), str(made.after)), button, made.summary, shown

    def vary(
        self, photo: str | None, model: str, style: str, saturation: float, *given: Any
    ) -> Any:
        """Makes the strip of variants."""
        if photo is None:
            return gr.Gallery(visible=False)
        settings = ColorSettings(model, style, saturation)
        pictures = []
        with errors_in_words():
            guidance = read_guidance(self._decoder, *given)
            for picture in vary_upload(self._pool, self._decoder, photo, settings, guidance):
                if visitor_left():
                    return gr.Gallery(visible=False)
                pictures.append(picture)
        return show_variants(pictures)

    def suggest(
        self, photo: str | None, model: str, hints: list[dict[str, Any]]
    ) -> tuple[Any, ...]:
        """Suggests colours for the last hint's place."""
        if photo is None or not hints:
            return show_suggestions([])
        with errors_in_words():
            pixels = self._decoder.decode(Path(photo))
            place = hints[-1]
            return show_suggestions(self._pool.suggest(pixels, model, place["x"], place["y"]))


def _no_result() -> tuple[Any, ...]:
    return None, gr.DownloadButton(value=None, interactive=False), "", None

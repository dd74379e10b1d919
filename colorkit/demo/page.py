"""The page in the browser: what stands where, and which job an event starts."""

import contextlib

import gradio as gr

from colorkit.demo.hint_editor import HintBoard
from colorkit.demo.jobs import Look, color_upload, color_uploads
from colorkit.demo.model_pool import OWN_STYLE
from colorkit.demo.work_folder import KEPT_SECONDS, job_folder
from colorkit.io.photo import FORMAT_OF_SUFFIX

TITLE = "colorkit"

LARGEST_SATURATION = 2.0
"""Where the slider ends: beyond, sRGB lacks most of the colours."""

# No font or style comes from another machine.
THEME = gr.themes.Soft(
    primary_hue="teal",
    neutral_hue="slate",
    font=("system-ui", "sans-serif"),
    font_mono=("ui-monospace", "monospace"),
)

_SUFFIXES = list(FORMAT_OF_SUFFIX)
_PROGRESS = gr.Progress()
_PRIVATE = {"api_visibility": "private"}


def build_page(studio, limits, samples):
    """Builds the page.

    Args:
        studio: `colorkit.demo.model_pool.ModelPool`.
        limits: `colorkit.demo.limits.Limits`.
        samples: List of paths of photographs to try, outside of `gradio_folder()`.

    Returns:
        `gr.Blocks` with its queue, not launched.
    """
    with gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        delete_cache=(KEPT_SECONDS // 4, KEPT_SECONDS),
    ) as page:
        gr.Markdown(f"# {TITLE}\nColour for black-and-white photographs, in their full size.")
        with gr.Tab("One photograph"):
            _add_single(studio, limits, samples)
        with gr.Tab("Many photographs"):
            _add_batch(studio, limits)
        gr.Markdown("Colours are plausible, not true: do not take them for evidence.")
    return page.queue(max_size=limits.waiting, default_concurrency_limit=1)


def _add_single(studio, limits, samples):
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            upload = gr.File(label="Photograph", file_types=_SUFFIXES, height=150)
            gr.Markdown(_describe(limits))
            look = _add_look(studio)
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
            board = HintBoard()
    outputs = [slider, result, summary, board.shown]

    def color(photo, network, style, saturation, hints):
        if photo is None:
            return _no_result()
        look = Look(network, style, saturation)
        with _told_in_the_browser():
            made = color_upload(studio, photo, look, job_folder(), limits, hints or [])
        button = gr.DownloadButton(value=str(made.result), interactive=True)
        shown = {"path": str(made.after), "size": made.size}
        return (str(made.before), str(made.after)), button, made.summary, shown

    job = {"fn": color, "inputs": [upload, *look, board.hints], "outputs": outputs}
    hide = {"fn": _no_result, "outputs": outputs, "queue": False, **_PRIVATE}
    board.draw_after(
        board.clear_after(upload.upload(**hide)).then(**job, api_name="colorize"),
        board.clear_after(
            examples.click(
                lambda n: str(samples[n]), examples, upload, queue=False, **_PRIVATE
            ).then(**hide)
        ).then(**job, **_PRIVATE),
        board.clear_after(upload.clear(**hide)),
        gr.on(
            [each.input for each in look],
            **job,
            trigger_mode="always_last",
            show_progress="minimal",
            **_PRIVATE,
        ),
        *(change.then(**job, show_progress="minimal", **_PRIVATE) for change in board.changes()),
    )


def _add_batch(studio, limits):
    with gr.Row():
        with gr.Column(scale=1, min_width=320):
            uploads = gr.File(
                label="Photographs", file_types=_SUFFIXES, file_count="multiple", height=240
            )
            gr.Markdown(f"Up to {limits.files} of them. {_describe(limits)}")
            look = _add_look(studio)
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

    def color(photos, network, style, saturation, progress=_PROGRESS):
        yield [], gr.DownloadButton(value=None, interactive=False)
        look = Look(network, style, saturation)
        with _told_in_the_browser():
            for state in color_uploads(studio, photos or [], look, job_folder(), limits):
                progress((len(state.outcomes), state.total), unit="photographs")
                archive = state.archive and str(state.archive)
                button = gr.DownloadButton(value=archive, interactive=archive is not None)
                yield [list(outcome) for outcome in state.outcomes], button

    job = start.click(color, [uploads, *look], [table, result], api_name="colorize_batch")
    stop.click(None, cancels=[job])


def _add_look(studio):
    """Adds the choice of network, style and saturation."""
    first = studio.names[0]
    styles = dict.fromkeys(style for name in studio.names for style in studio.styles_of(name))
    style = gr.Radio(
        [OWN_STYLE, *styles],
        label="Style",
        value=OWN_STYLE,
        visible=bool(studio.styles_of(first)),
    )
    saturation = gr.Slider(0, LARGEST_SATURATION, value=1, step=0.05, label="Saturation")
    network = gr.Dropdown(
        list(studio.names), value=first, label="Network", visible=len(studio.names) > 1
    )
    network.input(
        lambda name: gr.Radio(visible=bool(studio.styles_of(name))), network, style, **_PRIVATE
    )
    return network, style, saturation


def _describe(limits):
    return (
        f"JPEG, PNG, TIFF, WebP or BMP, up to {limits.megabytes} MB and "
        f"{limits.megapixels:g} megapixels."
    )


def _no_result():
    return None, gr.DownloadButton(value=None, interactive=False), "", None


@contextlib.contextmanager
def _told_in_the_browser():
    """Shows why a photograph cannot be coloured to whoever uploaded it."""
    try:
        yield
    except (ValueError, MemoryError) as error:
        raise gr.Error(str(error), duration=30, print_exception=False) from error

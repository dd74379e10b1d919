"""The page in the browser: its tabs and its theme."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from colorkit.demo.batch_tab import add_batch_tab
from colorkit.demo.single_tab import add_single_tab
from colorkit.demo.worded_errors import WordedBlocks

if TYPE_CHECKING:
    from colorkit.demo.decoder import UploadDecoder
    from colorkit.demo.limits import Limits
    from colorkit.demo.model_pool import ModelPool

TITLE = "colorkit"

# Fonts and styles are local.
THEME = gr.themes.Soft(
    primary_hue="teal",
    neutral_hue="slate",
    font=("system-ui", "sans-serif"),
    font_mono=("ui-monospace", "monospace"),
)


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
            add_single_tab(pool, decoder, limits, samples)
        with gr.Tab("Many photographs"):
            add_batch_tab(pool, decoder, limits)
        gr.Markdown("Colours are plausible, not true: do not take them for evidence.")
    return page.queue(max_size=limits.waiting, default_concurrency_limit=1)

"""The choice of model, style and saturation, and what may be uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from colorkit.demo.model_pool import OWN_STYLE, ModelPool

if TYPE_CHECKING:
    from colorkit.demo.limits import Limits

LARGEST_SATURATION = 2.0
"""Maximum of the slider: beyond, most colours are outside sRGB."""


def add_settings(pool: ModelPool) -> tuple[gr.Dropdown, gr.Radio, gr.Slider]:
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
    model.input(
        lambda name: gr.Radio(visible=bool(pool.styles_of(name))),
        model,
        style,
        api_visibility="private",
    )
    return model, style, saturation


def describe_limits(limits: Limits) -> str:
    return (
        f"JPEG, PNG, TIFF, WebP, HEIC and others, up to {limits.megabytes} MB and "
        f"{limits.megapixels:g} megapixels."
    )

"""Stands for `Colorizer`: its colours tell the style and the saturation."""

import copy

import numpy as np


class StubColorizer:
    """Gives red a tenth of the saturation, and green less in the style "vivid"."""

    styles = ("faithful", "vivid")
    opened = []

    def __init__(self, model="colorkit_base", *, style=None):
        if str(model).startswith("nonsense"):
            raise ValueError(f"Expected a model. Received: {model!r}")
        self.model = model
        self.style, self.saturation, self.seen = style, 1.0, []
        self.opened.append((model, style))

    def with_style(self, style):
        return type(self)(self.model, style=style)

    def with_saturation(self, saturation):
        other = copy.copy(self)
        other.saturation = saturation
        return other

    def colorize(self, pixels, hints=None):
        self.seen.append(pixels.shape)
        colored = self.color(pixels, self.style, self.saturation)
        for hint in hints or ():
            colored[int(hint.y), int(hint.x)] = 255
        return colored

    @staticmethod
    def color(pixels, style, saturation):
        gray = pixels if pixels.ndim == 2 else pixels[..., 0]
        red = np.uint8(10 * saturation)
        return np.dstack([gray + red, gray - (30 if style == "vivid" else 0), gray])

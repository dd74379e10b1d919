from .colorizer import Colorizer as Colorizer
from .control.looks import Look as Look
from .control.palettes import Palette as Palette, make_palette as make_palette
from .control.suggestions import (
    SuggestedColor as SuggestedColor,
    suggest_colors as suggest_colors,
)
from .hints import Hint as Hint

from .colorizer import Colorizer as Colorizer
from .control.palettes import Palette as Palette, make_palette as make_palette
from .hints import Hint as Hint

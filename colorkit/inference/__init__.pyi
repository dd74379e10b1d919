from .colorizer import Colorizer as Colorizer
from .hints import Hint as Hint

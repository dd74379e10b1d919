from .levin import colorize_by_optimization as colorize_by_optimization
from .reinhard import transfer_statistics as transfer_statistics
from .welsh import transfer_by_luminance as transfer_by_luminance

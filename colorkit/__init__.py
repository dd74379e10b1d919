"""Colours black-and-white photographs with Keras, and trains models that do."""

import lazy_loader

from colorkit.saved_classes import announce_classes

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

announce_classes()

"""Colour spaces and the bins in which colour is classified, in `keras.ops`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Colouring pictures of any size: the colorizer, its steps, and the runtimes of its model."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

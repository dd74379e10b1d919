"""Videos: reading, steady colour, encoding, resuming where a run was stopped."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

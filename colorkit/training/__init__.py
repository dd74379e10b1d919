"""Training by a recipe, in a folder from which a stopped run resumes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Metrics of colourisations, in `keras.ops`, one per module.

The functions measure each picture of a batch on its own; the `keras.metrics.Metric` classes
average them in `compile(metrics=...)`, and take what `inputs` describes.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Histograms of hue and of chroma (Larsson, Maire, Shakhnarovich 2016, sections 3.1 to 3.3).

Hue is the angle of (a, b) as a share of the circle, chroma its length as a share of 100 Lab units;
each is divided into 32 equal bins. The paper takes hue and chroma of a bicone around the gray axis,
whose lightness is the mean of R, G and B; the polar form of Lab has the two properties that the
paper needs, stable colours at black and white and a separate lightness.
"""

import math

from keras import ops

from colorkit.typing import Tensor

BINS = 32
"""Bins of hue, and bins of chroma (section 3.2)."""

CHROMA_RANGE = 100.0
"""Upper edge of the last chroma bin, in Lab units.

Stronger colours, 1 in 100 by `ab_bins.load_prior`, count as its last bin. By that prior the mean
chroma is 0.21 of it, so that the paper's weight of hue, 5, is about the mean's inverse here too.
"""

FADING = 0.03
"""Strength of the mean hue below which chroma fades (eta, section 3.3)."""


def hue_and_chroma(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Converts a and b to hue and chroma.

    Args:
        a, b: Float tensors of one shape, in Lab units.

    Returns:
        Tuple of hue and chroma, float32 of that shape, both in [0, 1]. The hue of gray is 0.
    """
    chroma = ops.sqrt(ops.square(a) + ops.square(b)) / CHROMA_RANGE
    # Where chroma is 0, TensorFlow's arctan2 can be NaN.
    hue = ops.where(chroma > 0.0, ops.arctan2(b, a) / (2.0 * math.pi), 0.0)
    return ops.where(hue < 0.0, hue + 1.0, hue), ops.minimum(chroma, 1.0)


def window_histograms(values: Tensor, rows: Tensor, columns: Tensor, window: int) -> Tensor:
    """Counts the values around pixels in bins (section 3.2).

    Args:
        values: Tensor of shape `(batch, height, width)` in [0, 1].
        rows, columns: int32 tensors of shape `(batch, pixels)`.
        window: Odd integer, side of the square around each pixel. What lies outside the picture
            does not count.

    Returns:
        float32 tensor of shape `(batch, pixels, 32)`: shares, with sum 1.
    """
    rows, columns = ops.convert_to_tensor(rows), ops.convert_to_tensor(columns)
    height, width = values.shape[1:3]
    bins = ops.minimum(ops.cast(values * BINS, "int32"), BINS - 1)
    steps = [step - window // 2 for step in range(window)]
    rows = rows[..., None] + ops.convert_to_tensor([s for s in steps for _ in steps], "int32")
    columns = columns[..., None] + ops.convert_to_tensor(steps * window, "int32")
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    places = ops.clip(rows, 0, height - 1) * width + ops.clip(columns, 0, width - 1)
    found = ops.take_along_axis(
        ops.reshape(bins, (-1, height * width)),
        ops.reshape(places, (-1, places.shape[1] * window**2)),
        axis=1,
    )
    inside = ops.cast(inside, "float32")[..., None]
    counted = ops.one_hot(ops.reshape(found, ops.shape(places)), BINS) * inside
    return ops.sum(counted, axis=-2) / ops.sum(inside, axis=-2)


def median(probabilities: Tensor) -> Tensor:
    """Returns the median of histograms over [0, 1], linear within a bin (section 3.3).

    Args:
        probabilities: Tensor of shape `(..., bins)`, with sum 1.

    Returns:
        Tensor of shape `(...)` in [0, 1].
    """
    before = ops.cumsum(probabilities, axis=-1) - probabilities
    # All of the bins below the median, and of its own bin the share that lies below it.
    return ops.mean(ops.clip((0.5 - before) / (probabilities + 1e-9), 0.0, 1.0), axis=-1)


def faded_direction(probabilities: Tensor) -> Tensor:
    """Returns the direction of the mean hue, shortened where hue is uncertain (section 3.3).

    The complex expectation z = sum_k p_k exp(i theta_k) / K over the bins' middles theta_k has the
    mean hue as its angle; chromatic fading multiplies chroma by |z| / eta, at most 1.

    Args:
        probabilities: Tensor of shape `(..., bins)`, of hue, with sum 1.

    Returns:
        Tensor of shape `(..., 2)`: cosine and sine of the mean hue, times the fading in [0, 1].
    """
    bins = probabilities.shape[-1]
    angles = [2.0 * math.pi * (k + 0.5) / bins for k in range(bins)]
    circle = ops.convert_to_tensor([[math.cos(a), math.sin(a)] for a in angles], "float32")
    mean = ops.matmul(probabilities, circle)
    length = ops.sqrt(ops.sum(ops.square(mean), axis=-1, keepdims=True))
    return mean / ops.maximum(length, FADING * bins)

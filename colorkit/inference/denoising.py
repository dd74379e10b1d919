"""Takes the grain out of what a model sees, so that it recognises old photographs.

Grain makes a network take a face for a wall. It is averaged out where a scan is large and the
model's view small; what is left there is removed by a guided filter of the view by itself (He, Sun
& Tang 2013, "Guided Image Filtering", section 3.1), which keeps edges. Only the view is changed:
the result keeps the picture's own lightness, with its grain.

The strength follows from the noise that the view has. Photographs without grain, whose noise is
below `FREE_NOISE`, are seen as they are. `benchmarks/old_photographs.py` shows what it brings.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

FREE_NOISE = 1.0
"""L units: noise that is not removed. 99 of 100 photographs of today have less."""

RADIUS = 3  # pixels of the filter's window
STRENGTH = 8.0  # variance of texture, in those of the noise, of which half is kept
CLIPPINGS = 3  # rounds in which large details are told from noise
CLIPPED = 3.0  # times the mean: details above it are edges
NOISE_PER_MEAN = np.sqrt(np.pi / 2)  # standard deviation of a Gaussian by its mean absolute value


def estimate_noise(lightness: NDArray[np.float32]) -> float:
    """Estimates the standard deviation of a picture's noise.

    From the diagonal details of a Haar wavelet, in which edges are rare (Donoho & Johnstone 1994,
    "Ideal spatial adaptation by wavelet shrinkage"), by their mean absolute value after large ones
    were clipped away, in place of their median.

    Args:
        lightness: float32 array of shape `(H, W)` in [0, 100].

    Returns:
        Standard deviation in L units; 0 for less than 2 x 2 pixels.
    """
    height, width = (side // 2 * 2 for side in lightness.shape)
    if not height or not width:
        return 0.0
    even, odd = lightness[:height:2, :width], lightness[1:height:2, :width]
    detail = np.abs((even[:, ::2] - even[:, 1::2]) - (odd[:, ::2] - odd[:, 1::2])) / 2
    mean = detail.mean()
    for _ in range(CLIPPINGS):
        mean = detail[detail <= CLIPPED * mean].mean()
    return float(NOISE_PER_MEAN * mean)


def denoise(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Removes noise beyond `FREE_NOISE` from a model's view, and keeps its edges.

    Args:
        lightness: float32 array of shape `(H, W)` in [0, 100].

    Returns:
        float32 array of the shape of `lightness`, in its range; itself where it has no such noise.
    """
    damping = STRENGTH * (estimate_noise(lightness) ** 2 - FREE_NOISE**2)
    if damping <= 0:
        return lightness
    mean = _mean(lightness)
    variance = np.maximum(_mean(lightness * lightness) - mean * mean, 0)
    slope = variance / (variance + np.float32(damping))
    smooth = _mean(slope) * lightness + _mean(mean - slope * mean)
    return np.clip(smooth, lightness.min(), lightness.max())


def _mean(plane: NDArray[np.floating]) -> NDArray[np.float32]:
    window = (2 * RADIUS + 1,) * 2
    return cv2.blur(plane, window, borderType=cv2.BORDER_REPLICATE)

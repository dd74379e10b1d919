"""The colour space l-alpha-beta of Ruderman, Cronin and Chiao 1998, by Reinhard et al. 2001.

Its three axes, brightness, yellow against blue and red against green, are nearly independent in
natural pictures, so that each can be changed alone. Matrices and logarithm are those of Reinhard,
Ashikhmin, Gooch, Shirley ("Color Transfer between Images"), equations 4 to 9, for RGB as it is
stored.
"""

import numpy as np
from numpy.typing import NDArray

_LMS_FROM_RGB = np.array(
    [[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]]
)
_RGB_FROM_LMS = np.linalg.inv(_LMS_FROM_RGB)  # exactly; the paper's digits, (9), to 0.02
_AXES_FROM_LOG_LMS = np.diag(1 / np.sqrt([3.0, 6.0, 2.0])) @ [[1, 1, 1], [1, 1, -2], [1, -1, 0]]
_LOG_LMS_FROM_AXES = np.linalg.inv(_AXES_FROM_LOG_LMS)
_DARKEST = 1 / 1024  # of LMS: black has no logarithm, and 8 bits know nothing below 1 / 255


def to_decorrelated(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Converts RGB in [0, 1], of shape `(..., 3)`, to l, alpha and beta."""
    lms = rgb @ _LMS_FROM_RGB.T
    return np.log10(np.maximum(lms, _DARKEST)) @ _AXES_FROM_LOG_LMS.T


def from_decorrelated(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Converts l, alpha and beta, of shape `(..., 3)`, to RGB, which may leave [0, 1]."""
    return 10.0 ** (axes @ _LOG_LMS_FROM_AXES.T) @ _RGB_FROM_LMS.T

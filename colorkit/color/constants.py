"""Constants of sRGB and CIE Lab: D65, 2 degree observer.

They are not in `colorkit.color.lab`, which imports Keras, because exported models run without
Keras.
"""

import numpy as np

L_MAX = 100.0
"""The L of white; L runs from 0 to `L_MAX`."""

AB_SCALE = 128.0
"""Models predict a and b divided by this, so that both lie in [-1, 1]."""

# IEC 61966-2-1 (sRGB): linear RGB to CIE XYZ, with the digits that scikit-image uses.
XYZ_FROM_RGB = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
RGB_FROM_XYZ = np.linalg.inv(XYZ_FROM_RGB)
D65_WHITE = np.array([0.95047, 1.0, 1.08883])  # XYZ of the white point, 2 degree observer

"""Brings the colour that a network predicts to the hints where they are."""

import cv2
import numpy as np

from colorkit.color.constants import AB_SCALE

SIGMA = 1.5
"""Standard deviation, in cells of the network's answer, over which a correction fades."""

_KERNEL = 2 * int(4 * SIGMA) + 1


def snap_hints(ab, hints):
    """Moves colour to the hints in their cells, and less and less around them.

    A network that hears of hints may still answer with a paler colour, above all where the hint is
    one that it would not expect. In each hinted cell the answer is moved by what it lacks; around,
    by the mean of that, weighted by a Gaussian of the distance.

    Args:
        ab: float32 array of shape `(B, h, w, 2)`: CIE a and b.
        hints: float32 array of shape `(B, h * stride, w * stride, 3)`: a / 128, b / 128, and 1
            where a hint is, else 0.

    Returns:
        float32 array of the shape of `ab`.
    """
    batch, height, width, _ = ab.shape
    stride = hints.shape[1] // height
    cells = hints.reshape(batch, height, stride, width, stride, 3)
    total = np.concatenate([cells[..., :2] * cells[..., 2:], cells[..., 2:]], -1).sum((2, 4))
    given = total[..., 2:] > 0
    wanted = AB_SCALE * total[..., :2] / np.maximum(total[..., 2:], 1.0)
    lacks = np.concatenate([np.where(given, wanted - ab, 0.0), given], -1).astype("float32")
    peak = cv2.getGaussianKernel(_KERNEL, SIGMA).max() ** 2
    spread = np.stack([cv2.GaussianBlur(each, (_KERNEL, _KERNEL), SIGMA) for each in lacks])
    spread /= np.float32(peak)
    return ab + spread[..., :2] / np.maximum(spread[..., 2:], 1.0)

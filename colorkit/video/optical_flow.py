"""Optical flow between two frames, and where it is reliable."""

import cv2
import numpy as np
from numpy.typing import NDArray

# Sundaram, Brox & Keutzer, "Dense point trajectories by GPU-accelerated large displacement optical
# flow", ECCV 2010, equation 5: a point is occluded if forward and backward flow miss each other.
_RELATIVE_MISS, _ABSOLUTE_MISS = 0.01, 0.5

_CUBIC = cv2.INTER_CUBIC


class Motion:
    """Dense optical flow from the current frame back to the one before it.

    Computed by OpenCV's DIS (Kroeger, Timofte, Dai & Van Gool, "Fast optical flow using dense
    inverse search", ECCV 2016).

    Args:
        before: uint8 array of shape `(h, w)`: the frame before.
        now: uint8 array like it: the current frame.

    Attributes:
        flow: float32 array of shape `(h, w, 2)`: pixels to the right and down from a point in
            `now` to the corresponding point in `before`.
        is_reliable: bool array of shape `(h, w)`: whether forward and backward flow are
            consistent, and the point was inside the picture.
    """

    def __init__(self, before: NDArray[np.uint8], now: NDArray[np.uint8]) -> None:
        dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self.flow = dis.calc(now, before, None)
        forth = dis.calc(before, now, None)
        met = warp(forth, self.flow, cv2.INTER_LINEAR)
        miss = np.sum((self.flow + met) ** 2, axis=-1)
        allowed = _RELATIVE_MISS * (np.sum(self.flow**2, -1) + np.sum(met**2, -1)) + _ABSOLUTE_MISS
        self.is_reliable = (miss <= allowed) & is_inside(self.flow)


def is_inside(flow: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Returns which pixels were inside the picture in the previous frame.

    Args:
        flow: float32 array of shape `(h, w, 2)`, as `Motion.flow`.

    Returns:
        bool array of shape `(h, w)`.
    """
    height, width = flow.shape[:2]
    x, y = _places(flow)
    return (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)


def warp(
    planes: NDArray[np.float32], flow: NDArray[np.float32], interpolation: int = _CUBIC
) -> NDArray[np.float32]:
    """Warps planes of the previous frame to the current one.

    Args:
        planes: float32 array of shape `(h, w)` or `(h, w, channels)`: of the frame before.
        flow: float32 array of shape `(h, w, 2)`, as `Motion.flow`.
        interpolation: OpenCV's constant.

    Returns:
        float32 array of the shape of `planes`; edge pixels are repeated outside.
    """
    x, y = _places(flow)
    return cv2.remap(planes, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE)


def resize_flow(flow: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Resizes a flow, scaling its vectors.

    Args:
        flow: float32 array of shape `(H, W, 2)`.
        size: `(h, w)` wanted.

    Returns:
        float32 array of shape `(h, w, 2)`.
    """
    scale = np.array([size[1] / flow.shape[1], size[0] / flow.shape[0]], "float32")
    return cv2.resize(flow, size[::-1], interpolation=cv2.INTER_AREA) * scale


def _places(flow: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    height, width = flow.shape[:2]
    x = flow[..., 0] + np.arange(width, dtype="float32")
    y = flow[..., 1] + np.arange(height, dtype="float32")[:, None]
    return x, y

"""Measures the flicker of a coloured video."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.video.optical_flow import Motion, is_inside, warp


def chroma_flicker(
    frames: Iterable[NDArray[np.uint8]], flows: Iterable[NDArray[np.float32]] | None = None
) -> float:
    """Computes the mean change of chroma between frames that are aligned by motion.

    Each frame's CIE a and b are compared with those of the previous frame, warped by the flow;
    pixels that were occluded or outside the picture do not count.

    Args:
        frames: Iterable of uint8 RGB arrays of shape `(H, W, 3)`, at least two.
        flows: Iterable of float32 arrays of shape `(H, W, 2)`, one from each frame but the first
            back to the one before it, in pixels to the right and down, where the motion is known.
            `None` finds it from the frames' lightness.

    Returns:
        Float, in units of a and b: the mean length of the change of (a, b).

    Raises:
        ValueError: If there are fewer than two frames.

    Example:
        >>> chroma_flicker([photo, photo])
        0.0
    """
    flows = None if flows is None else iter(flows)
    total = count = 0
    before = None
    for frame in frames:
        lab = cv2.cvtColor(frame.astype("float32") / 255, cv2.COLOR_RGB2Lab)
        if before is not None:
            flow, counts = _motion(before, lab) if flows is None else _known_motion(next(flows))
            change = lab[..., 1:] - warp(before[..., 1:], flow)
            length = np.sqrt(np.sum(change**2, axis=-1))
            total += length[counts].sum(dtype="float64")
            count += int(counts.sum())
        before = lab
    if not count:
        raise ValueError(
            "Expected at least two frames that show the same things, as uint8 RGB arrays. "
            "Received: fewer"
        )
    return float(total / count)


def _motion(
    before: NDArray[np.float32], now: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    views = (cv2.convertScaleAbs(lab[..., 0], alpha=2.55) for lab in (before, now))
    motion = Motion(*views)
    return motion.flow, motion.is_reliable


def _known_motion(flow: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    flow = np.asarray(flow, "float32")
    return flow, is_inside(flow)

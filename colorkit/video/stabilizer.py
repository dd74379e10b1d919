"""Stabilises the colour of a video: blends each frame's ab map with the previous one, warped.

Coloured frame by frame, a video flickers, since a model's output changes with noise, exposure
and the alignment of objects to its pixel grid. So the previous frame's ab map is warped by the
optical flow of lightness, and the new one is blended with it:

    steady = new + MEMORY * trust * (moved(steady before) - new)

Trust, in [0, 1], is the share of pixels under one of the map whose flow forward and backward agree
(no occlusion, no edge of the picture) and whose lightness is unchanged up to exposure. At a scene
cut it is 0 everywhere. All this is done at the resolution of the model's output, a quarter of
its input's side for the default one, so that it costs little compared with the model.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorkit.inference.chroma_upsampling import resample
from colorkit.video.optical_flow import Motion, resize_flow, warp

MEMORY = 0.9
"""Weight of the previous frame's colour, where the flow is trusted."""

FLOW_SIZE = 192  # pixels of the shorter side at which flow is found
_LONGEST = 4  # times that: the longer side of a panorama
_SMALLEST = 32  # pixels: minimum side for DIS
_LIGHTNESS_TOLERANCE = 8.0  # of 255: tolerance of lightness along the flow
_CUT_SHARE = 0.4  # of the picture: with less of it trusted, the scene has changed
_CUT_DISTANCE = 0.5  # Bhattacharyya distance of two histograms of lightness
_HISTOGRAM_BINS = 32


class ChromaStabilizer:
    """Stabilises ab maps in sequence.

    Args:
        memory: Float in [0, 1): see `MEMORY`. 0 leaves every map as it is.

    Attributes:
        state: Dict of arrays, the state for the next frame. Set it to resume.
        cuts: Int, number of scene cuts so far.
    """

    def __init__(self, memory: float = MEMORY) -> None:
        self._memory = memory
        self.state: dict[str, NDArray[Any]] = {}
        self.cuts = 0

    def stabilize(
        self, lightness: NDArray[np.float32], ab: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Stabilises the next frame's ab map. A frame of another size starts anew.

        Args:
            lightness: float32 array of shape `(H, W)` in [0, 100]: the frame's CIE L.
            ab: float32 array of shape `(h, w, 2)`: CIE a and b of a small copy of the frame.

        Returns:
            float32 array of shape `(h, w, 2)`.
        """
        view = _view(lightness)
        before = self.state
        if before and before["view"].shape == view.shape and before["ab"].shape == ab.shape:
            followed = _trust(before["view"], view)
            if followed is None:
                self.cuts += 1
            else:
                trust, flow = followed
                moved = warp(before["ab"], resize_flow(flow, ab.shape[:2]))
                trust = resample(trust, ab.shape[:2])[..., None]
                ab = ab + np.float32(self._memory) * trust * (moved - ab)
        self.state = {"view": view, "ab": ab}
        return ab


def _view(lightness: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A small uint8 copy of a frame, for flow."""
    scale = min(FLOW_SIZE / min(lightness.shape), _LONGEST * FLOW_SIZE / max(lightness.shape))
    size = tuple(max(_SMALLEST, round(side * scale)) for side in lightness.shape)
    return cv2.convertScaleAbs(resample(lightness, size), alpha=2.55)


def _trust(
    before: NDArray[np.uint8], now: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """Returns the trust in the flow from `before` to `now`, and the flow; `None` at a cut."""
    motion = Motion(before, now)
    if _histogram_distance(before, now) > _CUT_DISTANCE:
        return None
    change = now - warp(before.astype("float32"), motion.flow, cv2.INTER_LINEAR)
    change -= np.median(change[motion.is_reliable]) if motion.is_reliable.any() else 0
    trust = motion.is_reliable * np.exp(-((change / _LIGHTNESS_TOLERANCE) ** 2) / 2)
    if trust.mean() < _CUT_SHARE:
        return None
    return trust.astype("float32"), motion.flow


def _histogram_distance(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> float:
    histograms = [
        cv2.calcHist([view], [0], None, [_HISTOGRAM_BINS], [0, 256]) for view in (before, now)
    ]
    return cv2.compareHist(*histograms, cv2.HISTCMP_BHATTACHARYYA)

"""Turns frames upright, as the display matrix of a file asks players to."""

import numpy as np


class Orientation:
    """What has to be done to frames so that they stand upright.

    Args:
        matrix: The 9 numbers of a display matrix (ISO 14496-12, 8.3.2), row by row: a point (x, y)
            of the stored frame is shown at (a x + c y, b x + d y). `None` for upright frames.
            Angles between the four right ones count as the nearest of these.

    Attributes:
        swaps_sides: Whether width and height change places.
    """

    def __init__(self, matrix=None):
        a, b, _, c, d = (1, 0, 0, 0, 1) if matrix is None else matrix[:5]
        self.swaps_sides = abs(b) > abs(a)
        self._mirrors = (c < 0, b < 0) if self.swaps_sides else (a < 0, d < 0)

    def apply(self, pixels):
        """Turns one frame upright.

        Args:
            pixels: Array of shape `(H, W)` or `(H, W, 3)`.

        Returns:
            Contiguous array of the same pixels, of shape `(W, H, ...)` where sides are swapped.
        """
        if self.swaps_sides:
            pixels = np.swapaxes(pixels, 0, 1)
        across, down = self._mirrors
        if across:
            pixels = pixels[:, ::-1]
        if down:
            pixels = pixels[::-1]
        return np.ascontiguousarray(pixels)


def orientation_of(frame):
    """Reads how a frame wants to be shown.

    Args:
        frame: `av.VideoFrame`.

    Returns:
        Its `Orientation`.
    """
    side_data = frame.side_data.get("DISPLAYMATRIX")
    return Orientation(None if side_data is None else np.frombuffer(side_data, np.int32))

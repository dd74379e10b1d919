"""Rotates frames by the file's display matrix, and deinterlaces them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from colorkit.video.formats import load_av

if TYPE_CHECKING:
    import av

_FILTER = ("bwdif", "mode=send_frame:deint=interlaced")


class Orientation:
    """The rotation and flip that make frames upright.

    Args:
        matrix: The 9 numbers of a display matrix (ISO 14496-12, 8.3.2), row by row: a point (x, y)
            of the stored frame is shown at (a x + c y, b x + d y). `None` for upright frames.
            Other angles than multiples of 90 degrees are rounded to these.

    Attributes:
        swaps_sides: Whether width and height are swapped.
    """

    def __init__(self, matrix: Sequence[int] | NDArray[np.int32] | None = None) -> None:
        a, b, _, c, d = (1, 0, 0, 0, 1) if matrix is None else matrix[:5]
        self.swaps_sides = abs(b) > abs(a)
        self._mirrors = (c < 0, b < 0) if self.swaps_sides else (a < 0, d < 0)

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
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


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """Reads a frame's display matrix.

    Args:
        frame: `av.VideoFrame`.

    Returns:
        Its `Orientation`.
    """
    side_data = frame.side_data.get("DISPLAYMATRIX")
    return Orientation(None if side_data is None else np.frombuffer(side_data, np.int32))


class Deinterlacer:
    """Passes progressive frames through and deinterlaces the others with FFmpeg's bwdif.

    The filter starts at the first interlaced frame, so that progressive clips bypass it. It needs
    the next frame: from then on the output lags by one, and `finish` flushes the last. Timestamps
    are not changed.
    """

    def __init__(self) -> None:
        self._graph: av.filter.Graph | None = None

    def push(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Feeds one `av.VideoFrame` and yields finished ones."""
        if self._graph is None:
            if not frame.interlaced_frame:
                yield frame
                return
            self._graph, self._time_base = _build_graph(frame), frame.time_base
        self._graph.vpush(frame)
        yield from self._pull(self._graph)

    def finish(self) -> Iterator[av.VideoFrame]:
        """Flushes the filter and yields the remaining frames."""
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._pull(self._graph)

    def _pull(self, graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
        av = load_av()
        while True:
            try:
                frame = graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            frame.pts = round(frame.pts * frame.time_base / self._time_base)
            frame.duration = round(frame.duration * frame.time_base / self._time_base)
            frame.time_base = self._time_base
            yield frame


def _build_graph(frame: av.VideoFrame) -> av.filter.Graph:
    graph = load_av().filter.Graph()
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base,
    )
    filters = source, graph.add(*_FILTER), graph.add("buffersink")
    graph.link_nodes(*filters).configure()
    return graph

"""Makes whole frames of interlaced ones, as many as there were."""

from colorkit.video.errors import load_av

_FILTER = ("bwdif", "mode=send_frame:deint=interlaced")


class Deinterlacer:
    """Passes progressive frames on and deinterlaces the others with FFmpeg's bwdif.

    The filter starts at the first interlaced frame, so that progressive clips never meet it. It
    looks one frame ahead: from then on frames come one late, and `finish` gives the last. Times
    stay what they were.
    """

    def __init__(self):
        self._graph = None

    def push(self, frame):
        """Takes one `av.VideoFrame` and yields those that are ready."""
        if self._graph is None and not frame.interlaced_frame:
            yield frame
            return
        if self._graph is None:
            self._graph, self._time_base = _build_graph(frame), frame.time_base
        self._graph.vpush(frame)
        yield from self._pull()

    def finish(self):
        """Yields the frames that are left when no more will come."""
        if self._graph is not None:
            self._graph.vpush(None)
            yield from self._pull()

    def _pull(self):
        av = load_av()
        while True:
            try:
                frame = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            frame.pts = round(frame.pts * frame.time_base / self._time_base)
            frame.duration = round(frame.duration * frame.time_base / self._time_base)
            frame.time_base = self._time_base
            yield frame


def _build_graph(frame):
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

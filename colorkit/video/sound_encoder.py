"""Re-encodes a track of sound that a container does not hold as it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from colorkit.video.formats import load_av

if TYPE_CHECKING:
    import av

_AAC_BITS = 96_000  # a second and channel: transparent for FFmpeg's encoder
_SHORT = ("u8", "u8p", "s16", "s16p")  # sample formats of at most 16 bits
_LONG = ("s32", "s32p")
_FLOAT = {"flt": "pcm_f32le", "fltp": "pcm_f32le", "dbl": "pcm_f64le", "dblp": "pcm_f64le"}
_LAYOUTS = ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "6.1", "7.1")  # by number of channels
_STANDARD_LAYOUTS = (*_LAYOUTS, "5.0(side)", "5.1(side)", "quad")
_FILL_GAPS = "async=1"  # of aresample: silence where packets are missing, nothing stretched


@dataclasses.dataclass(frozen=True)
class SoundEncoding:
    """How a track is re-encoded.

    Attributes:
        encoder: FFmpeg's name of the encoder.
        rate: Int, samples a second.
        layout: FFmpeg's name of the channels, such as `"stereo"`.
        is_long: Whether the samples have more than 16 bits.
    """

    encoder: str
    rate: int
    layout: str
    is_long: bool


def find_encodings(
    codec: av.Codec, sound: av.AudioFrame | av.AudioCodecContext, container_format: str
) -> list[SoundEncoding]:
    """Lists how sound may be re-encoded, the best first.

    Args:
        codec: `av.codec.Codec` that decodes it.
        sound: What tells its `format`, `layout` and `sample_rate`: `av.AudioFrame`, or
            `av.AudioCodecContext`.
        container_format: FFmpeg's name of the result's format.

    Returns:
        List of `SoundEncoding`: FLAC or PCM for lossless sound, then AAC; empty where the sound has
        no channels.
    """
    channels = sound.layout.nb_channels
    if sound.format is None or not channels or not sound.sample_rate:
        return []
    layout = sound.layout.name
    if layout not in _STANDARD_LAYOUTS:
        layout = _LAYOUTS[min(channels, len(_LAYOUTS)) - 1]
    samples = sound.format.name
    lossless = _find_lossless(codec, samples, container_format)
    return [
        SoundEncoding(encoder, _find_rate(encoder, sound.sample_rate), layout, samples in _LONG)
        for encoder in (lossless, "aac")
        if encoder is not None
    ]


class EncodedTrack:
    """Decodes a track and encodes it anew, at the same times.

    Gaps are filled with silence. A packet that cannot be decoded is such a gap.

    Args:
        out: `av.container.OutputContainer`.
        source: The track, an `av.audio.stream.AudioStream`.
        encoding: `SoundEncoding`.

    Attributes:
        stream: The new track.
    """

    def __init__(
        self, out: av.container.OutputContainer, source: av.AudioStream, encoding: SoundEncoding
    ) -> None:
        self._av = load_av()
        self.stream = out.add_stream(encoding.encoder, rate=encoding.rate)
        context = self.stream.codec_context
        context.layout = encoding.layout
        if encoding.encoder == "flac":
            context.format = "s32" if encoding.is_long else "s16"
        if encoding.encoder == "aac":
            context.bit_rate = _AAC_BITS * context.channels
        self._source, self._time_base = source.codec_context, source.time_base
        self._graph: av.filter.Graph | None = None
        self._shape: tuple[str, str, int] | None = None
        self._end = 0  # of the last frame, in seconds

    def push(self, packet: av.Packet) -> Iterator[tuple[float, av.Packet]]:
        """Takes a packet of the source and yields packets with decoding times in seconds."""
        try:
            frames = packet.decode()
        except self._av.error.FFmpegError:
            return
        for frame in frames:
            yield from self._encode(self._resample(frame))

    def finish(self) -> Iterator[tuple[float, av.Packet]]:
        """Yields what decoder, filter and encoder hold back."""
        for frame in self._source.decode(None):
            yield from self._encode(self._resample(frame))
        yield from self._encode(self._flush())
        yield from self._timed(self.stream.encode(None))

    def _encode(self, frames: Iterable[av.AudioFrame]) -> Iterator[tuple[float, av.Packet]]:
        for frame in frames:
            yield from self._timed(self.stream.encode(frame))

    def _timed(self, packets: Iterable[av.Packet]) -> Iterator[tuple[float, av.Packet]]:
        for packet in packets:
            yield float(packet.dts * packet.time_base), packet

    def _resample(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Yields frames as the encoder takes them; a new filter starts where the sound changes."""
        self._time(frame)
        shape = frame.format.name, frame.layout.name, frame.sample_rate
        if self._graph is None or shape != self._shape:
            yield from self._flush()
            self._graph, self._shape = self._build_graph(frame), shape
        self._graph.push(frame)
        yield from self._pull(self._graph)

    def _time(self, frame: av.AudioFrame) -> None:
        """Gives a frame without a time that of the end of the one before."""
        if frame.pts is None:
            frame.pts, frame.time_base = round(self._end / self._time_base), self._time_base
        self._end = frame.pts * frame.time_base + Fraction(frame.samples, frame.sample_rate)

    def _flush(self) -> Iterator[av.AudioFrame]:
        if self._graph is not None:
            self._graph.push(None)
            yield from self._pull(self._graph)
            self._graph = None

    def _pull(self, graph: av.filter.Graph) -> Iterator[av.AudioFrame]:
        while True:
            try:
                yield graph.pull()
            except (self._av.BlockingIOError, self._av.EOFError):
                return

    def _build_graph(self, frame: av.AudioFrame) -> av.filter.Graph:
        context = self.stream.codec_context
        graph = self._av.filter.Graph()
        wanted = (
            f"sample_fmts={context.format.name}:sample_rates={context.sample_rate}"
            f":channel_layouts={context.layout.name}"
        )
        filters = (
            graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format.name,
                layout=frame.layout.name,
                time_base=frame.time_base,
            ),
            graph.add("aresample", _FILL_GAPS),
            graph.add("aformat", wanted),
            graph.add("abuffersink"),
        )
        graph.link_nodes(*filters).configure()
        return graph


def _find_lossless(codec: av.Codec, samples: str, container_format: str) -> str | None:
    """Finds the encoder that loses nothing; `None` for sound that has lost something already."""
    # DTS is both: it decodes to whole numbers where it is lossless.
    is_lossy_dts = codec.canonical_name == "dts" and samples in _FLOAT
    if not codec.lossless or is_lossy_dts:
        return None
    if samples in _FLOAT:
        return _FLOAT[samples]
    if samples not in (*_SHORT, *_LONG):
        return None
    is_32_bit = codec.canonical_name.startswith(("pcm_s32", "pcm_u32"))
    if container_format == "mov" or is_32_bit:
        return "pcm_s16le" if samples in _SHORT else "pcm_s32le"
    return "flac"


def _find_rate(encoder: str, rate: int) -> int:
    """Finds the lowest rate of the encoder that is no less than the source's, or its highest."""
    rates = load_av().codec.Codec(encoder, "w").audio_rates
    if not rates or rate in rates:
        return rate
    return min((each for each in rates if each > rate), default=max(rates))

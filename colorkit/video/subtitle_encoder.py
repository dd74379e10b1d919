"""Converts text subtitles to the kind that a container holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from colorkit.video.formats import load_av

if TYPE_CHECKING:
    import av

_ENCODERS = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip"}


def find_text_encoder(context: av.CodecContext | None, container_format: str) -> str | None:
    """Finds the encoder for subtitles of text.

    Args:
        context: `av.subtitles.codeccontext.SubtitleCodecContext` of the track; `None` where FFmpeg
            does not know its kind.
        container_format: FFmpeg's name of the result's format.

    Returns:
        Its name in FFmpeg; `None` for subtitles of pictures and of unknown kinds.
    """
    if context is None or not context.codec.text_sub:
        return None
    return _ENCODERS[container_format]


class EncodedSubtitles:
    """Decodes subtitles of text and encodes them anew, at the same times.

    Args:
        out: `av.container.OutputContainer`.
        source: The track, an `av.subtitles.stream.SubtitleStream`.
        encoder: FFmpeg's name of the encoder.

    Attributes:
        stream: The new track.
    """

    def __init__(
        self,
        out: av.container.OutputContainer,
        source: av.subtitles.stream.SubtitleStream,
        encoder: str,
    ) -> None:
        self._av = load_av()
        self._source = source.codec_context
        self._source.open(strict=False)  # whence its header
        self.stream = out.add_stream(encoder)
        self.stream.codec_context.subtitle_header = self._source.subtitle_header

    def push(self, packet: av.Packet) -> Iterator[tuple[float, av.Packet]]:
        """Takes a packet of the source and yields packets with decoding times in seconds."""
        try:
            subtitles = self._source.decode2(packet)
        except self._av.error.FFmpegError:
            return
        if not subtitles:  # MP4 has empty ones between the others
            return
        made = self.stream.codec_context.encode_subtitle(subtitles)
        made.pts = made.dts = packet.pts
        made.duration, made.time_base, made.stream = packet.duration, packet.time_base, self.stream
        yield float(made.dts * made.time_base), made

    def finish(self) -> Iterable[tuple[float, av.Packet]]:
        """Yields nothing: no packet is held back."""
        return ()

"""Sound, subtitles and fonts beside the pictures: copied, re-encoded or left out.

What a container holds is found by trying: the beginning of a track is written into one in memory.
FFmpeg's lists of codecs do not tell it, since one codec goes by several names, and since muxers
refuse some of what the lists have.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from colorkit.choices import SOUND_MODES
from colorkit.typing import StrPath
from colorkit.video.formats import load_av, open_media
from colorkit.video.sound_encoder import EncodedTrack, SoundEncoding, find_encodings
from colorkit.video.subtitle_encoder import EncodedSubtitles, find_text_encoder

if TYPE_CHECKING:
    import av

_TRIED_PACKETS = 500  # of all tracks, at the beginning of the file
_NAMES = {"mp4": "MP4", "mov": "MOV", "matroska": "Matroska"}


Encoding: TypeAlias = SoundEncoding | str | None
"""How a track is written: its sound re-encoded, its subtitles by the encoder of that name, or, for
`None`, its packets as they are."""


@dataclasses.dataclass(frozen=True)
class TrackPlan:
    """What becomes of a video's tracks beside its pictures.

    Attributes:
        encodings: Dict from the index of each track that is kept to its `SoundEncoding`, to the
            name of the encoder of its subtitles, or to `None` where its packets are copied.
        notes: Tuple of sentences about what is re-encoded or left out.
    """

    encodings: dict[int, Encoding]
    notes: tuple[str, ...] = ()


class CopiedTrack:
    """Copies the packets of a track unchanged.

    Args:
        out: `av.container.OutputContainer`.
        source: The track, an `av.stream.Stream`.

    Attributes:
        stream: The new track.

    Raises:
        ValueError: If the container does not hold the codec.
    """

    def __init__(self, out: av.container.OutputContainer, source: av.stream.Stream) -> None:
        self.stream = out.add_stream_from_template(source)
        self._last = 0.0

    def push(self, packet: av.Packet) -> Iterator[tuple[float, av.Packet]]:
        """Takes a packet and yields packets with their decoding times in seconds."""
        time = packet.dts if packet.dts is not None else packet.pts
        self._last = self._last if time is None else float(time * packet.time_base)
        packet.stream = self.stream
        yield self._last, packet

    def finish(self) -> Iterable[tuple[float, av.Packet]]:
        """Yields nothing: no packet is held back."""
        return ()


Track: TypeAlias = CopiedTrack | EncodedTrack | EncodedSubtitles
"""A track of a file that is written."""


def open_track(
    out: av.container.OutputContainer, source: av.stream.Stream, encoding: Encoding
) -> Track:
    """Adds a track to a file that is written.

    Args:
        out: `av.container.OutputContainer`.
        source: The track, an `av.stream.Stream`.
        encoding: As `TrackPlan.encodings` has it.

    Returns:
        `CopiedTrack`, `EncodedTrack` or `EncodedSubtitles`.
    """
    if encoding is None:
        return CopiedTrack(out, source)
    if isinstance(encoding, str):
        return EncodedSubtitles(out, source, encoding)
    return EncodedTrack(out, source, encoding)


def plan_tracks(source: StrPath, container_format: str, sound: str = "copy") -> TrackPlan:
    """Decides what becomes of the sound and the subtitles of a video.

    Sound that the container does not hold is re-encoded: as FLAC or PCM where it is lossless, as
    AAC otherwise; subtitles of text are converted. Sound that FFmpeg cannot decode either is left
    out, and so are subtitles of pictures and attached files that the container does not hold.

    Args:
        source: Path of the video.
        container_format: FFmpeg's name of the result's format.
        sound: One of `colorkit.choices.SOUND_MODES`: copied where possible, re-encoded, or left
            out.

    Returns:
        `TrackPlan`.

    Raises:
        VideoError: If the video cannot be opened.
        ValueError: If `sound` is none of these.
    """
    if sound not in SOUND_MODES:
        raise ValueError(f"Expected sound to be one of {', '.join(SOUND_MODES)}. Received: {sound}")
    encodings: dict[int, Encoding] = {}
    notes: list[str] = []
    with open_media(source) as container:
        audio = container.streams.audio if sound != "drop" else ()
        for number, stream in enumerate(audio, start=1):
            found = _find_encodings(source, stream, container_format)
            choices = [None, *found] if sound == "copy" else [*found, None]
            fitting = [each for each in choices if _fits(source, stream, each, container_format)]
            if fitting:
                encodings[stream.index] = fitting[0]
            what = f"sound track {number} ({_name_of(stream)})"
            reason = f"{_NAMES[container_format]} does not hold it as it is"
            if not fitting:
                notes.append(f"{what} is left out: {reason}, and FFmpeg cannot decode it.")
            elif fitting[0] is not None:
                name = fitting[0].encoder.upper().split("_")[0]
                why = f", since {reason}" if sound == "copy" else ""
                notes.append(f"{what} is re-encoded as {name}{why}.")
            elif sound == "encode":
                notes.append(f"{what} is copied, since FFmpeg cannot decode it.")
        for number, stream in enumerate(container.streams.subtitles, start=1):
            what = f"subtitles {number} ({_name_of(stream)}) are"
            reason = f"since {_NAMES[container_format]} does not hold them"
            encoder = find_text_encoder(stream.codec_context, container_format)
            if _fits(source, stream, None, container_format):
                encodings[stream.index] = None
            elif encoder is not None and _fits(source, stream, encoder, container_format):
                encodings[stream.index] = encoder
                notes.append(f"{what} converted to {encoder}, {reason} as they are.")
            else:
                fits_elsewhere = _fits(source, stream, None, "matroska")
                advice = "; a result that ends in .mkv does" if fits_elsewhere else ""
                notes.append(f"{what} left out, {reason}{advice}.")
        # Fonts of subtitles; Matroska takes none without a name and a type.
        attached = [each for each in container.streams.attachments if each.name and each.mimetype]
        if attached and container_format == "matroska":
            encodings.update({stream.index: None for stream in attached})
        elif attached:
            notes.append(
                f"attached files ({', '.join(stream.name for stream in attached)}) are left out, "
                f"since {_NAMES[container_format]} holds none; a result that ends in .mkv does."
            )
    return TrackPlan(encodings, tuple(notes))


def _find_encodings(
    source: StrPath, stream: av.stream.Stream, container_format: str
) -> list[SoundEncoding]:
    """Lists how a track may be re-encoded, by its first sound; empty where it is not decoded."""
    if stream.codec_context is None:
        return []
    codec = stream.codec_context.codec
    has_packets = False
    with open_media(source) as container:
        for packet in itertools.islice(container.demux(), _TRIED_PACKETS):
            if packet.stream.index == stream.index and packet.size:
                has_packets = True
                with contextlib.suppress(load_av().error.FFmpegError):
                    for frame in packet.decode():
                        return find_encodings(codec, frame, container_format)
    if has_packets:
        return []
    return find_encodings(codec, stream.codec_context, container_format)


def _fits(
    source: StrPath, stream: av.stream.Stream, encoding: Encoding, container_format: str
) -> bool:
    """Tries whether a container takes the beginning of a track."""
    av = load_av()
    with open_media(source) as original:
        try:
            with av.open(io.BytesIO(), "w", format=container_format) as out:
                track = open_track(out, original.streams[stream.index], encoding)
                for packet in itertools.islice(original.demux(), _TRIED_PACKETS):
                    if packet.stream.index == stream.index and packet.size:
                        for _, made in track.push(packet):
                            out.mux_one(made)
                for _, made in track.finish():
                    out.mux_one(made)
                out.start_encoding()  # where there was no packet yet
        except (av.error.FFmpegError, ValueError):
            return False
    return True


def _name_of(stream: av.stream.Stream) -> str:
    context = stream.codec_context
    return "of an unknown kind" if context is None else context.codec.canonical_name

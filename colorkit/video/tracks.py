"""Sound and subtitles beside the pictures: copied, re-encoded or left out, as the container allows.

What a container holds is found by trying: the beginning of a track is written into one in memory.
FFmpeg's lists of codecs do not tell it, since one codec goes by several names, and since muxers
refuse some of what the lists have.
"""

import dataclasses
import io
import itertools

from colorkit.choices import SOUND_MODES
from colorkit.video.formats import load_av, open_media
from colorkit.video.sound_encoder import EncodedTrack, find_encoders

_TRIED_PACKETS = 500  # of all tracks, at the beginning of the file
_NAME_OF_FORMAT = {"mp4": "MP4", "mov": "MOV", "matroska": "Matroska"}


@dataclasses.dataclass(frozen=True)
class TrackPlan:
    """What becomes of a video's tracks beside its pictures.

    Attributes:
        encoders: Dict from the index of each track that is kept to the name of its encoder in
            FFmpeg, or to `None` where its packets are copied.
        notes: Tuple of sentences about what is re-encoded or left out.
    """

    encoders: dict
    notes: tuple = ()


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

    def __init__(self, out, source):
        self.stream = out.add_stream_from_template(source)
        self._last = 0.0

    def push(self, packet):
        """Takes a packet and yields packets with their decoding times in seconds."""
        time = packet.dts if packet.dts is not None else packet.pts
        self._last = self._last if time is None else float(time * packet.time_base)
        packet.stream = self.stream
        yield self._last, packet

    def finish(self):
        """Yields nothing: no packet is held back."""
        return ()


def open_track(out, source, encoder):
    """Adds a track to a file that is written.

    Args:
        out: `av.container.OutputContainer`.
        source: The track, an `av.stream.Stream`.
        encoder: Name of its encoder, or `None` to copy it.

    Returns:
        `CopiedTrack` or `EncodedTrack`.
    """
    return CopiedTrack(out, source) if encoder is None else EncodedTrack(out, source, encoder)


def plan_tracks(source, container_format, sound="copy"):
    """Decides what becomes of the sound and the subtitles of a video.

    Sound that the container does not hold is re-encoded: as FLAC or PCM where it is lossless, as
    AAC otherwise. Sound that FFmpeg cannot decode either is left out, and so are subtitles that the
    container does not hold.

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
    holder = _NAME_OF_FORMAT[container_format]
    encoders, notes = {}, []
    with open_media(source) as container:
        for number, stream in enumerate(container.streams.audio, start=1):
            if sound == "drop":
                continue
            name = f"sound track {number} ({_name_of(stream)})"
            choices = find_encoders(stream, container_format)
            choices = [None, *choices] if sound == "copy" else choices
            fitting = (each for each in choices if _fits(source, stream.index, each, holder))
            encoder = next(fitting, "none")
            if encoder == "none":
                notes.append(f"{name} is left out: {holder} does not hold it as it is, and FFmpeg "
                             "cannot decode it.")  # fmt: skip
                continue
            encoders[stream.index] = encoder
            if encoder is not None:
                why = f", since {holder} does not hold it as it is" if sound == "copy" else ""
                notes.append(f"{name} is re-encoded as {encoder.upper().split('_')[0]}{why}.")
        for number, stream in enumerate(container.streams.subtitles, start=1):
            if _fits(source, stream.index, None, holder):
                encoders[stream.index] = None
                continue
            advice = ""
            if _fits(source, stream.index, None, "Matroska"):
                advice = "; a result that ends in .mkv does"
            notes.append(
                f"subtitles {number} ({_name_of(stream)}) are left out, since {holder} does not "
                f"hold them{advice}."
            )
    return TrackPlan(encoders, tuple(notes))


def _fits(source, index, encoder, holder):
    """Tries whether a container takes the beginning of a track."""
    av = load_av()
    container_format = {name: key for key, name in _NAME_OF_FORMAT.items()}[holder]
    with open_media(source) as original:
        stream = original.streams[index]
        try:
            with av.open(io.BytesIO(), "w", format=container_format) as out:
                track = open_track(out, stream, encoder)
                for packet in itertools.islice(original.demux(), _TRIED_PACKETS):
                    if packet.stream.index == index and packet.size:
                        for _, made in track.push(packet):
                            out.mux_one(made)
                for _, made in track.finish():
                    out.mux_one(made)
                out.start_encoding()  # where there was no packet yet
        except (av.error.FFmpegError, ValueError):
            return False
    return True


def _name_of(stream):
    context = stream.codec_context
    return "of an unknown kind" if context is None else context.codec.canonical_name

"""Muxes the coloured parts and the source's sound into one file."""

import heapq
import io
import warnings
from pathlib import Path

import numpy as np

from colorkit.video.encoder import REORDERED
from colorkit.video.formats import VideoError, VideoWarning, load_av
from colorkit.video.reader import find_video_stream, open_container

CONTAINER_OF_SUFFIX = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's format for each suffix that a coloured video may have."""

_OF_THE_FILE = {
    "major_brand", "minor_version", "compatible_brands", "encoder", "duration", "handler_name",
    "vendor_id", "number_of_frames", "number_of_bytes", "bps",
}  # fmt: skip


def find_container(path):
    """Chooses the container of a coloured video by its suffix.

    Args:
        path: Path of the file.

    Returns:
        FFmpeg's name of the format.

    Raises:
        VideoError: If the suffix is none of `CONTAINER_OF_SUFFIX`.
    """
    suffix = Path(path).suffix
    try:
        return CONTAINER_OF_SUFFIX[suffix.lower()]
    except KeyError:
        raise VideoError(
            f"Cannot write {path}: expected a name that ends in "
            f"{', '.join(CONTAINER_OF_SUFFIX)}. Received: {suffix!r}. Choose one of these."
        ) from None


def check_sound_fits(source, target):
    """Checks that the container of a result supports the source's sound.

    Args:
        source: Path of the video.
        target: Path of its result.

    Raises:
        VideoError: If it cannot.
    """
    find_container(target)
    with open_container(source) as container:
        codecs = {_name_of(stream) for stream in container.streams.audio}
    lacking = {
        suffix: sorted(codecs - _codecs_of(name)) for suffix, name in CONTAINER_OF_SUFFIX.items()
    }
    missing = lacking[Path(target).suffix.lower()]
    if missing:
        fitting = [suffix for suffix, codecs in lacking.items() if not codecs]
        advice = f"a name that ends in {' or '.join(fitting)}" if fitting else "other sound"
        raise VideoError(
            f"Cannot write {target}: expected sound that its format holds. Received: "
            f"{', '.join(missing)}, in {source}. Give {advice}."
        )


def join_parts(source, parts, time_base, path, container_format):
    """Writes the coloured parts with the source's sound, whose packets are copied unchanged.

    Metadata and chapters are copied, and subtitles where the container supports them.

    Args:
        source: Path of the video that was coloured.
        parts: List of `Part`.
        time_base: `Fraction`, seconds of one tick of their times.
        path: Path of the file to make.
        container_format: FFmpeg's name of its format.

    Raises:
        VideoError: If the container does not support a stream.
    """
    try:
        _join(source, parts, time_base, path, container_format)
    except load_av().error.FFmpegError as error:
        raise VideoError(
            f"Cannot put the colours of {source} and its sound together: {error.strerror}. Check "
            "the free space, or give a name that ends in .mkv."
        ) from error


def _join(source, parts, time_base, path, container_format):
    with (
        open_container(source) as original,
        load_av().open(str(path), "w", format=container_format) as out,
    ):
        out.metadata.update(_kept(original.metadata))
        out.set_chapters(original.chapters())
        with open_container(parts[0].path) as first:
            colored = out.add_stream_from_template(first.streams.video[0])
        colored.time_base = time_base
        colored.metadata.update(_kept(find_video_stream(original, source).metadata))
        copies = _add_copies(original, source, out, container_format)
        packets = _video_packets(parts, time_base, colored), _copied_packets(original, copies)
        for _, packet in heapq.merge(*packets, key=lambda timed: timed[0]):
            out.mux_one(packet)


def _add_copies(original, source, out, container_format):
    """Adds the streams to copy: dict from their indices in `original` to them."""
    copies, held = {}, _codecs_of(container_format)
    fitting = [stream for stream in original.streams.subtitles if _name_of(stream) in held]
    if len(fitting) < len(original.streams.subtitles):
        warnings.warn(
            f"{source}: subtitles that do not fit into the result's format are left out.",
            VideoWarning,
            stacklevel=3,
        )
    for stream in (*original.streams.audio, *fitting):
        copies[stream.index] = copy = out.add_stream_from_template(stream)
        copy.metadata.update(_kept(stream.metadata))
        copy.disposition = stream.disposition.value
    return copies


def _name_of(stream):
    return stream.codec_context and stream.codec_context.codec.canonical_name


def _video_packets(parts, time_base, stream):
    """Yields packets with their frames' timestamps, and their decoding times in seconds."""
    pts = np.concatenate([part.pts for part in parts]).tolist()
    step = pts[1] - pts[0] if len(pts) > 1 else 1
    dts = [pts[0] - step * n for n in range(REORDERED, 0, -1)] + pts
    decoded = iter(dts)
    for part in parts:
        with open_container(part.path) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
        shown = {pts: n for n, pts in enumerate(sorted(packet.pts for packet in packets))}
        for packet in packets:
            frame = shown[packet.pts]
            packet.time_base = time_base
            packet.pts, packet.dts = int(part.pts[frame]), next(decoded)
            packet.duration = int(part.durations[frame])
            packet.stream = stream
            yield float(packet.dts * time_base), packet


def _copied_packets(original, copies):
    chosen = [original.streams[index] for index in copies]
    last = 0.0
    for packet in original.demux(chosen) if chosen else ():
        if packet.size:
            time = packet.dts if packet.dts is not None else packet.pts
            last = last if time is None else float(time * packet.time_base)
            packet.stream = copies[packet.stream.index]
            yield last, packet


def _kept(metadata):
    """Returns the metadata of the content, without that of the file."""
    return {key: value for key, value in metadata.items() if key.lower() not in _OF_THE_FILE}


def _codecs_of(container_format):
    """Names of the codecs that a container holds."""
    with load_av().open(io.BytesIO(), "w", format=container_format) as container:
        return container.supported_codecs

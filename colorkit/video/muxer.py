"""Muxes the coloured parts and the source's sound into one file."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from colorkit.typing import StrPath
from colorkit.video.encoder import REORDERED
from colorkit.video.formats import VideoError, load_av, open_media
from colorkit.video.reader import find_video_stream
from colorkit.video.tracks import Encoding, Track, open_track

if TYPE_CHECKING:
    import av

    from colorkit.video.parts import Part

CONTAINER_OF_SUFFIX = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's format for each suffix that a coloured video may have."""

_OF_THE_FILE = {
    "major_brand", "minor_version", "compatible_brands", "encoder", "duration", "handler_name",
    "vendor_id", "number_of_frames", "number_of_bytes", "bps",
}  # fmt: skip


def find_container(path: StrPath) -> str:
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


def join_parts(
    source: StrPath,
    parts: Sequence[Part],
    time_base: Fraction,
    path: StrPath,
    container_format: str,
    encodings: Mapping[int, Encoding],
) -> None:
    """Writes the coloured parts with the source's sound and subtitles.

    Metadata and chapters are copied.

    Args:
        source: Path of the video that was coloured.
        parts: List of `Part`.
        time_base: `Fraction`, seconds of one tick of their times.
        path: Path of the file to make.
        container_format: FFmpeg's name of its format.
        encodings: `TrackPlan.encodings` of the video.

    Raises:
        VideoError: If the container does not support a stream, or is not whole when read back.
    """
    try:
        _join(source, parts, time_base, path, container_format, encodings)
        _check_whole(path, sum(len(part.pts) for part in parts))
    except load_av().error.FFmpegError as error:
        raise VideoError(
            f"Cannot put the colours of {source} and its sound together: {error.strerror}. Check "
            "the free space; or, since the colours wait, give the same command with --sound encode "
            "or --sound drop."
        ) from error


def _join(
    source: StrPath,
    parts: Sequence[Part],
    time_base: Fraction,
    path: StrPath,
    container_format: str,
    encodings: Mapping[int, Encoding],
) -> None:
    with (
        open_media(source) as original,
        open_media(path, "w", format=container_format) as out,
    ):
        out.metadata.update(_kept(original.metadata))
        out.set_chapters(original.chapters())
        with open_media(parts[0].path) as first:
            colored = out.add_stream_from_template(first.streams.video[0])
        colored.time_base = time_base
        colored.metadata.update(_kept(find_video_stream(original, source).metadata))
        tracks = _open_tracks(original, out, encodings)
        packets = _video_packets(parts, time_base, colored), _other_packets(original, tracks)
        for _, packet in heapq.merge(*packets, key=lambda timed: timed[0]):
            out.mux_one(packet)


def _open_tracks(
    original: av.container.InputContainer,
    out: av.container.OutputContainer,
    encodings: Mapping[int, Encoding],
) -> dict[int, Track]:
    """Adds the tracks beside the pictures: dict from their indices in `original` to them."""
    tracks = {}
    for index, encoding in encodings.items():
        source = original.streams[index]
        tracks[index] = track = open_track(out, source, encoding)
        track.stream.metadata.update(_kept(source.metadata))
        track.stream.disposition = source.disposition.value
    return tracks


def _check_whole(path: StrPath, frames: int) -> None:
    """Counts the frames of a finished file."""
    with open_media(path) as container:
        found = sum(1 for packet in container.demux(video=0) if packet.size)
    if found != frames:
        raise VideoError(
            f"Cannot write {path}: it reads back with {found} frames of {frames}. Check the disk "
            "and the free space."
        )


def _video_packets(
    parts: Sequence[Part], time_base: Fraction, stream: av.VideoStream
) -> Iterator[tuple[float, av.Packet]]:
    """Yields packets with their frames' timestamps, and their decoding times in seconds."""
    pts = np.concatenate([part.pts for part in parts]).tolist()
    step = pts[1] - pts[0] if len(pts) > 1 else 1
    dts = [pts[0] - step * n for n in range(REORDERED, 0, -1)] + pts
    decoded = iter(dts)
    for part in parts:
        with open_media(part.path) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
        shown = {pts: n for n, pts in enumerate(sorted(packet.pts for packet in packets))}
        for packet in packets:
            frame = shown[packet.pts]
            packet.time_base = time_base
            packet.pts, packet.dts = int(part.pts[frame]), next(decoded)
            packet.duration = int(part.durations[frame])
            packet.stream = stream
            yield float(packet.dts * time_base), packet


def _other_packets(
    original: av.container.InputContainer, tracks: Mapping[int, Track]
) -> Iterator[tuple[float, av.Packet]]:
    """Yields the packets of the tracks beside the pictures, with their decoding times."""
    chosen = [original.streams[index] for index in tracks]
    for packet in original.demux(chosen) if chosen else ():
        if packet.size:
            yield from tracks[packet.stream.index].push(packet)
    for track in tracks.values():
        yield from track.finish()


def _kept(metadata: Mapping[str, str]) -> dict[str, str]:
    """Returns the metadata of the content, without that of the file."""
    return {key: value for key, value in metadata.items() if key.lower() not in _OF_THE_FILE}

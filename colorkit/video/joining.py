"""Coloured parts and the video's own sound -> one file."""

import heapq
import io
import warnings
from pathlib import Path

from colorkit.video.reading import find_video_stream, open_container
from colorkit.video.video_error import VideoError, VideoWarning, load_av

CONTAINER_OF_SUFFIX = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's format for each suffix that a coloured video may have."""


def find_container(path):
    """Tells the container of a coloured video by its name.

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
    """Checks that a video's sound can go into the container of its result.

    Args:
        source: Path of the video.
        target: Path of its result.

    Raises:
        VideoError: If it cannot.
    """
    held = _codecs_of(find_container(target))
    with open_container(source) as container:
        for stream in container.streams.audio:
            codec = stream.codec_context.codec.canonical_name
            if codec not in held:
                raise VideoError(
                    f"Cannot write {target}: expected sound that its format can hold. Received: "
                    f"{codec}, in {source}. Give a name that ends in .mkv."
                )


def join_parts(source, parts, time_base, path, container_format):
    """Writes the coloured parts with the source's sound, whose packets are copied as they are.

    Titles and the like are kept, chapters too, and subtitles where the container holds them.

    Args:
        source: Path of the video that was coloured.
        parts: List of `Part`.
        time_base: `Fraction`, seconds of one tick of their times.
        path: Path of the file to make.
        container_format: FFmpeg's name of its format.
    """
    av = load_av()
    with (
        open_container(source) as original,
        av.open(str(path), "w", format=container_format) as out,
    ):
        out.metadata.update(original.metadata)
        video = find_video_stream(original, source)
        with open_container(parts[0].path) as first:
            colored = out.add_stream_from_template(first.streams.video[0])
        colored.time_base = time_base
        colored.metadata.update(_kept(video.metadata))
        copies = {}
        held = _codecs_of(container_format)
        for stream in (*original.streams.audio, *original.streams.subtitles):
            if stream.codec_context is None or stream.codec_context.name not in held:
                warnings.warn(
                    f"{source}: its subtitles do not fit into the result and are left out.",
                    VideoWarning,
                    stacklevel=2,
                )
                continue
            copies[stream.index] = copy = out.add_stream_from_template(stream)
            copy.metadata.update(_kept(stream.metadata))
            copy.disposition = stream.disposition
        for _, packet in heapq.merge(
            _video_packets(parts, time_base, colored),
            _copied_packets(original, copies),
            key=lambda timed: timed[0],
        ):
            out.mux_one(packet)


def _video_packets(parts, time_base, stream):
    for part in parts:
        with open_container(part.path) as container:
            packets = (packet for packet in container.demux(video=0) if packet.size)
            for packet, pts, duration in zip(packets, part.pts, part.durations, strict=True):
                packet.time_base = time_base
                packet.pts = packet.dts = int(pts)
                packet.duration = int(duration)
                packet.stream = stream
                yield float(pts * time_base), packet


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
    return {key: value for key, value in metadata.items() if key in ("language", "title")}


def _codecs_of(container_format):
    """Names of the codecs that a container holds."""
    with load_av().open(io.BytesIO(), "w", format=container_format) as container:
        return container.supported_codecs

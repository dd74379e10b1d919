"""Clips of all kinds, drawn and written with PyAV, as frames with times."""

import re
import struct
import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from drawn_videos import moving_disc, write_sound, write_video

from colorkit.video.formats import VideoError
from colorkit.video.reader import ClipReader


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def frames_of(path, start=0):
    with ClipReader(path) as clip:
        return list(clip.frames(start))


def test_frames_and_times():
    write_video("a.mkv", moving_disc(5), times=[0, 1, 5, 6, 9], codec="ffv1", pix_fmt="gray")
    with ClipReader("a.mkv") as clip:
        assert clip.size == (48, 64)
        assert clip.pixel_aspect == 1
        first = clip.first_pixels()
        frames = list(clip.frames())
        times = [frame.pts * clip.time_base for frame in frames]
    assert times == [Fraction(n, 25) for n in (0, 1, 5, 6, 9)]
    for frame, drawn in zip(frames, moving_disc(5), strict=True):
        np.testing.assert_array_equal(frame.pixels, drawn)
    np.testing.assert_array_equal(first, frames[0].pixels)
    assert [frame.pts for frame in frames_of("a.mkv", 3)] == [frame.pts for frame in frames[3:]]


def test_times_increase_where_a_file_says_otherwise():
    """Of frames at 0, 40, 200, 240 and 360 ms, blocks are told to come with or before another."""
    write_video("a.mkv", moving_disc(5), times=[0, 1, 5, 6, 9], codec="ffv1", pix_fmt="gray")
    data = Path("a.mkv").read_bytes()
    for time, told in ((200, 40), (240, 1)):
        block = b"\x81" + time.to_bytes(2, "big") + b"\0"  # track 1, milliseconds, no flags
        assert data.count(block) == 1
        data = data.replace(block, b"\x81" + told.to_bytes(2, "big") + b"\0")
    Path("a.mkv").write_bytes(data)
    frames = frames_of("a.mkv")
    assert [frame.pts for frame in frames] == [0, 40, 41, 42, 360]
    for frame, drawn in zip(frames, moving_disc(5), strict=True):
        np.testing.assert_array_equal(frame.pixels, drawn)


def test_frames_end_where_the_clip_is_closed():
    write_video("a.mkv", moving_disc(60))
    with ClipReader("a.mkv") as clip:
        frames = clip.frames()
        next(frames)
    assert list(frames) == []


def test_closing_waits_for_the_thread_that_reads():
    """FFmpeg crashes where its file is closed while it decodes."""
    write_video("a.mkv", moving_disc(60))
    for _ in range(5):
        read, has_begun = [], threading.Event()

        def read_all(frames, read=read, has_begun=has_begun):
            for frame in frames:
                read.append(frame.pts)
                has_begun.set()

        with ClipReader("a.mkv") as clip:
            thread = threading.Thread(target=read_all, args=[clip.frames()])
            thread.start()
            has_begun.wait()
        thread.join()
        assert read == sorted(set(read))


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "color_range", "low", "high"),
    [
        ("gray", "ffv1", 0, 0, 255),
        ("gray", "ffv1", 1, 16, 235),
        ("gray10le", "ffv1", 2, 0, 1023),
        ("yuv420p", "ffv1", 1, 16, 235),
        ("yuvj420p", "mjpeg", 2, 0, 255),
        ("yuv420p10le", "ffv1", 1, 64, 940),
        ("yuv422p10le", "prores_ks", 1, 64, 940),
        ("rgb24", "png", 0, 0, 255),
    ],
)
def test_levels_of_gray(pix_fmt, codec, color_range, low, high):
    """Black and white, by the definition of the range, are 0 and 255."""
    dtype = "uint16" if "10" in pix_fmt else "uint8"
    levels = np.rint(np.linspace(low, high, 12))
    gray = np.repeat(levels, 16)[None].repeat(64, 0).astype(dtype)
    with av.open("a.mov" if codec in ("prores_ks", "png") else "a.mkv", "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width, stream.pix_fmt = *gray.shape, pix_fmt
        stream.codec_context.color_range = color_range
        frame = av.VideoFrame(*gray.shape[::-1], pix_fmt)
        middle = 512 if "10" in pix_fmt else 128
        for number, plane in enumerate(frame.planes):
            values = gray if number == 0 else np.full((plane.height, plane.width), middle, dtype)
            if pix_fmt == "rgb24":
                values = np.repeat(gray, 3, axis=1)
            row = plane.line_size // values.itemsize
            padded = np.zeros((plane.height, row), dtype)
            padded[:, : values.shape[1]] = values
            plane.update(padded.tobytes())
        frame.color_range = color_range
        container.mux([*stream.encode(frame), *stream.encode(None)])
    (read,) = frames_of(container.name)
    shown = np.atleast_3d(read.pixels)[32, 8::16]
    wanted = (levels - low) / (high - low) * 255
    assert np.abs(shown - wanted[:, None]).max() <= (3 if codec in ("mjpeg", "prores_ks") else 1)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_clip_comes_upright(degrees):
    """The display matrix is written into the file's bytes: 16.16 numbers a, b and c, d."""
    write_video("a.mp4", moving_disc(3), options={"qp": "0"})
    stored = [frame.pixels for frame in frames_of("a.mp4")]
    turn(degrees, "turned.mp4")
    for frame, upright in zip(frames_of("turned.mp4"), stored, strict=True):
        np.testing.assert_array_equal(frame.pixels, np.rot90(upright, -degrees // 90))
    with ClipReader("turned.mp4") as clip:
        assert clip.size == ((64, 48) if degrees != 180 else (48, 64))


def turn(degrees, path):
    """Writes `a.mp4` anew, so that players turn it clockwise."""
    one = 1 << 16
    a, b = {90: (0, one), 180: (-one, 0), 270: (0, -one)}[degrees]
    matrix = struct.pack(">9i", a, b, 0, -b, a, 0, 0, 0, 1 << 30)
    upright = struct.pack(">9i", one, 0, 0, 0, one, 0, 0, 0, 1 << 30)
    data = bytearray(Path("a.mp4").read_bytes())
    header = data.index(b"tkhd")
    place = data.index(upright, header)
    data[place : place + 36] = matrix
    Path(path).write_bytes(data)


def test_interlaced_frames_become_whole():
    """A bar moves between the two fields of a frame: combed rows before, none after."""
    fields = []
    for n in range(8):
        frame = np.full((48, 64), 50, "uint8")
        frame[0::2, 4 * n : 4 * n + 12] = 200
        frame[1::2, 4 * n + 2 : 4 * n + 14] = 200
        fields.append(frame)

    def interlace(context):
        context.flags |= 1 << 18 | 1 << 29  # AV_CODEC_FLAG_INTERLACED_DCT, _ME

    write_video(
        "a.mkv", fields, codec="libx264", options={"x264-params": "tff=1", "qp": "0"},
        set_up=interlace,
    )  # fmt: skip
    frames = frames_of("a.mkv")
    assert len(frames) == 8
    assert np.all(np.diff([frame.pts for frame in frames]) == frames[1].pts - frames[0].pts)
    combed = np.mean([comb(frame) for frame in fields[1:-1]])
    left = np.mean([comb(frame.pixels[..., 0]) for frame in frames[1:-1]])
    assert left < 0.3 * combed


def comb(frame):
    rows = frame[8:40].astype(float)
    return np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean()


def test_pixel_aspect_turns_with_the_frame():
    write_video(
        "a.mp4", moving_disc(2),
        set_up=lambda context: setattr(context, "sample_aspect_ratio", Fraction(16, 11)),
    )  # fmt: skip
    with ClipReader("a.mp4") as clip:
        assert clip.pixel_aspect == Fraction(16, 11)
    turn(90, "turned.mp4")
    with ClipReader("turned.mp4") as clip:
        assert clip.pixel_aspect == Fraction(11, 16)


@pytest.mark.parametrize("with_cover", [False, True])
def test_sound_is_no_video_nor_is_its_cover(with_cover):
    with av.open("song.m4a", "w", format="mp4") as container:
        track = container.add_stream("aac", rate=44100)
        if with_cover:
            cover = container.add_stream("png")
            cover.height, cover.width, cover.pix_fmt = 48, 64, "gray"
            cover.disposition = av.stream.Disposition.attached_pic.value
            frame = av.VideoFrame.from_ndarray(next(moving_disc(1)), format="gray")
            container.mux([*cover.encode(frame), *cover.encode(None)])
        write_sound(container, track, 9000)
    with av.open("song.m4a") as container:
        assert len(container.streams.video) == with_cover
    with pytest.raises(VideoError, match="song.m4a: expected a video. Received: sound only"):
        ClipReader("song.m4a")


@pytest.mark.parametrize("content", [b"", b"no video at all" * 99])
def test_no_video(content):
    Path("a.mp4").write_bytes(content)
    with pytest.raises(VideoError, match="Cannot read a.mp4: .*Expected a whole video file"):
        ClipReader("a.mp4")


def test_a_file_cut_short():
    write_video("a.mp4", moving_disc(30))
    data = Path("a.mp4").read_bytes()
    Path("short.mp4").write_bytes(data[: len(data) // 2])  # Its index is at the end
    with pytest.raises(VideoError, match="Expected a whole video file; copy it again"):
        ClipReader("short.mp4")


def test_damage_in_the_middle_costs_few_frames():
    write_video("a.mov", moving_disc(40), codec="png", pix_fmt="gray")
    data = bytearray(Path("a.mov").read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(range(256)) + bytes(44)
    Path("a.mov").write_bytes(data)
    with ClipReader("a.mov") as clip:
        frames = list(clip.frames())
        assert re.fullmatch(r"[1-9]\d* packets could not be decoded; .* are missing.", clip.damage)
    assert 25 < len(frames) < 40


@pytest.mark.parametrize(("transfer", "words"), [(16, "PQ"), (18, "HLG")])
def test_high_dynamic_range_is_refused(transfer, words):
    write_video(
        "a.mp4", moving_disc(2), codec="libx264",
        set_up=lambda context: setattr(context, "color_trc", transfer),
    )  # fmt: skip
    with pytest.raises(VideoError, match=f"Received: high dynamic range, {words}"):
        ClipReader("a.mp4")

"""Whole videos: frames, timing, sound, resuming after a stop. Files are read back with PyAV."""

import sys
import threading
from fractions import Fraction
from pathlib import Path

import av
import drawn_videos
import numpy as np
import pytest
import skimage.color
from drawn_videos import duration_of, moving_disc, packets_of, read_video, write_video

from colorkit.video import video_colorizer
from colorkit.video.formats import VideoError
from colorkit.video.video_colorizer import colorize_video


@pytest.fixture
def colorizer(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return drawn_videos.stub_colorizer(monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after"), [("a.mkv", "b.mkv"), ("a.mp4", "b.mov")])
def test_sound_stays_beside_the_frames(colorizer, before, after):
    write_video(before, moving_disc(30), sound="aac")
    colorize_video(colorizer, before, after)
    assert read_video(after)[1] == read_video(before)[1]
    assert packets_of(after, "audio") == packets_of(before, "audio")


def test_packets_are_in_the_order_of_decoding(colorizer, monkeypatch):
    monkeypatch.setattr(video_colorizer, "FRAMES_PER_PART", 9)
    write_video("gray.mp4", moving_disc(30))
    colorize_video(colorizer, "gray.mp4", "colour.mp4")
    with av.open("colour.mp4") as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    decoded = [packet.dts for packet in packets]
    assert decoded == sorted(set(decoded))
    assert all(packet.dts <= packet.pts for packet in packets)
    assert any(packet.dts < packet.pts for packet in packets), "no B-frame: the test says nothing"


def test_frames_timing_and_sound_stay(colorizer):
    write_video("gray.mp4", moving_disc(30), sound="aac", metadata={"title": "Disc"})
    assert colorize_video(colorizer, "gray.mp4", "new/colour.mp4") == ((48, 64), 30, ())
    before, times_before = read_video("gray.mp4")
    after, times_after = read_video("new/colour.mp4")
    assert times_after == times_before
    assert abs(duration_of("new/colour.mp4") - duration_of("gray.mp4")) < 1e-3
    assert packets_of("new/colour.mp4", "audio") == packets_of("gray.mp4", "audio")
    with av.open("new/colour.mp4") as container:
        assert container.metadata["title"] == "Disc"
        assert container.streams.video[0].codec_context.name == "h264"
    difference = [abs(luma(a) - luma(b)).mean() for a, b in zip(after, before, strict=True)]
    assert max(difference) < 4
    assert min(np.ptp(picture.astype(int), axis=-1).mean() for picture in after) > 10, "gray"
    assert [path.name for path in Path("new").iterdir()] == ["colour.mp4"]


def test_a_border_that_comes_up_is_coloured_as_the_rest(colorizer):
    """Frames of one size are steadied, so that none may be coloured within its border alone."""
    frames = [np.array(frame) for frame in moving_disc(6)]
    for frame in frames[3:]:
        frame[:4] = frame[-4:] = frame[:, :4] = frame[:, -4:] = 225
    write_video("gray.mp4", frames)
    colorize_video(colorizer, "gray.mp4", "colour.mp4")
    border = read_video("colour.mp4")[0][-1][:4].astype(int)
    assert np.ptp(border, axis=-1).mean() > 10


def luma(picture):
    return picture @ np.float64([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("suffix", [".mkv", ".mov"])
@pytest.mark.parametrize("first", [0, 120])
def test_variable_frame_rate(colorizer, suffix, first):
    times = np.cumsum([first, 40, 40, 200, 10, 7, 500, 33, 34, 33]).tolist()
    write_video("gray.mkv", moving_disc(10), times=times, time_base=Fraction(1, 1000))
    colorize_video(colorizer, "gray.mkv", "colour" + suffix)
    assert read_video("colour" + suffix)[1] == [Fraction(time, 1000) for time in times]


@pytest.mark.slow
def test_a_stopped_run_resumed_and_ends_the_same(colorizer, monkeypatch):
    monkeypatch.setattr(video_colorizer, "FRAMES_PER_PART", 7)
    write_video("gray.mp4", moving_disc(30), sound="aac")
    colorize_video(colorizer, "gray.mp4", "whole.mp4")
    seen = []

    def stop(done, total):
        seen.append(done)
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(colorizer, "gray.mp4", "colour.mp4", on_progress=stop)
    resumed = []
    colorize_video(
        colorizer, "gray.mp4", "colour.mp4", on_progress=lambda *numbers: resumed.append(numbers)
    )
    assert seen[0] == 0
    assert (resumed[0], resumed[-1]) == ((14, 30), (30, 30))
    assert packets_of("colour.mp4", "video") == packets_of("whole.mp4", "video")


def test_parts_of_another_run_do_not_count(colorizer, monkeypatch):
    """Neither after the video's file changed, nor for another model's colours."""
    monkeypatch.setattr(video_colorizer, "FRAMES_PER_PART", 4)
    write_video("gray.mp4", moving_disc(9))

    def first_report(colorizer, stop_at):
        seen = []

        def report(done, total):
            seen.append(done)
            if done >= stop_at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            colorize_video(colorizer, "gray.mp4", "colour.mp4", on_progress=report)
        return seen[0]

    assert first_report(colorizer, 9) == 0
    assert first_report(colorizer, 8) == 8
    assert first_report(colorizer.with_saturation(0.5), 9) == 0
    assert first_report(colorizer.with_saturation(0.5), 8) == 8
    write_video("gray.mp4", moving_disc(9, width=66))
    assert first_report(colorizer.with_saturation(0.5), 8) == 0


def test_a_killed_run_leaves_no_half_result(colorizer, monkeypatch):
    write_video("gray.mp4", moving_disc(4))
    Path("colour.mp4").write_bytes(b"an earlier one")
    monkeypatch.setattr(video_colorizer, "join_parts", interrupt)
    with pytest.raises(KeyboardInterrupt):
        colorize_video(colorizer, "gray.mp4", "colour.mp4")
    assert Path("colour.mp4").read_bytes() == b"an earlier one"


def interrupt(*_):
    raise KeyboardInterrupt


def test_ctrl_c_while_a_thread_starts(colorizer, monkeypatch):
    """Pools do not wait for such a thread, so that it reads on while the clip is closed."""
    write_video("gray.mp4", moving_disc(20, 240, 320))
    start = threading.Thread.start

    def start_and_stop(thread):
        start(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", start_and_stop)
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        colorize_video(colorizer, "gray.mp4", "colour.mp4")
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
    assert not Path("colour.mp4").exists()


@pytest.mark.parametrize(("height", "matrix"), [(64, 6), (720, 1)])
def test_colours_are_those_of_the_frames(monkeypatch, tmp_path, height, matrix):
    """One known a and b; the file's Y, U and V are converted by the matrix that its tags name."""
    monkeypatch.chdir(tmp_path)

    class Red(drawn_videos.StubModel):
        def predict(self, lightness):
            ab = np.empty((*lightness[:, ::4, ::4].shape, 2), "float32")
            ab[...] = 40, 20
            return ab

    colorizer = drawn_videos.stub_colorizer(monkeypatch, Red())
    write_video("gray.mp4", [np.full((height, 64), 119, "uint8")] * 2)
    colorize_video(colorizer, "gray.mp4", "colour.mp4")
    with av.open("colour.mp4") as container:
        frame = next(container.decode(video=0))
        y, u, v = (np.frombuffer(plane, "uint8")[plane.line_size * 8 + 8] for plane in frame.planes)
        assert (frame.colorspace, frame.color_range) == (matrix, 1)
        assert (frame.color_primaries, frame.color_trc) == (1, 1)
        assert frame.format.name == "yuv420p"
    luma, blue, red = (y - 16.0) / 219, (u - 128.0) / 224, (v - 128.0) / 224
    k_red, k_blue = {1: (0.2126, 0.0722), 6: (0.299, 0.114)}[matrix]
    r, b = luma + 2 * (1 - k_red) * red, luma + 2 * (1 - k_blue) * blue
    g = (luma - k_red * r - k_blue * b) / (1 - k_red - k_blue)
    gray = skimage.color.rgb2lab(np.float64([119, 119, 119]) / 255)
    lab = skimage.color.rgb2lab(np.float64([r, g, b]).clip(0, 1))
    np.testing.assert_allclose(lab, [gray[0], 40, 20], atol=2)


@pytest.mark.parametrize(("height", "width"), [(33, 47), (34, 47), (2, 3), (1, 1)])
def test_odd_sides_grow_by_a_pixel(colorizer, height, width):
    gray = [np.full((height, width), 90, "uint8")] * 3
    write_video("gray.mkv", gray, codec="ffv1", pix_fmt="gray")
    assert colorize_video(colorizer, "gray.mkv", "colour.mkv")[0] == (height, width)
    pictures, _ = read_video("colour.mkv")
    assert len(pictures) == 3
    assert pictures[0].shape[:2] == (height + height % 2, width + width % 2)


def test_shape_of_pixels_stays(colorizer):
    aspect = Fraction(16, 11)
    write_video(
        "gray.mp4", moving_disc(2),
        set_up=lambda context: setattr(context, "sample_aspect_ratio", aspect),
    )  # fmt: skip
    for name in ("colour.mp4", "colour.mkv"):
        colorize_video(colorizer, "gray.mp4", name)
        with av.open(name) as container:
            assert container.streams.video[0].sample_aspect_ratio == aspect


def test_the_source_is_not_replaced(colorizer):
    write_video("gray.mp4", moving_disc(2))
    with pytest.raises(VideoError, match="another name for the result than gray.mp4"):
        colorize_video(colorizer, "gray.mp4", "./gray.mp4")


def test_ten_bits(colorizer):
    frames = [frame.astype("uint16") * 257 for frame in moving_disc(3)]
    write_video("gray.mkv", frames, codec="ffv1", pix_fmt="yuv420p10le")
    colorize_video(colorizer, "gray.mkv", "colour.mp4")
    before, after = (read_video(name)[0] for name in ("gray.mkv", "colour.mp4"))
    assert np.abs(luma(np.array(before)) - luma(np.array(after))).mean() < 4


def test_several_sounds_and_chapters_stay(colorizer):
    with av.open("sound.mkv", "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        tracks = [container.add_stream(name, rate=44100) for name in ("aac", "libmp3lame")]
        for track, language in zip(tracks, ("eng", "deu"), strict=True):
            track.metadata["language"] = language
        container.set_chapters(
            [{"id": 1, "start": 0, "end": 400, "time_base": Fraction(1, 1000), "metadata": {}}]
        )
        for n, pixels in enumerate(moving_disc(10)):
            frame = av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        for track in tracks:
            drawn_videos.write_sound(container, track, 17000)
    colorize_video(colorizer, "sound.mkv", "colour.mp4")
    with av.open("sound.mkv") as before, av.open("colour.mp4") as after:
        for one, other in zip(before.streams.audio, after.streams.audio, strict=True):
            assert one.language == other.language
            assert one.codec_context.name == other.codec_context.name
        (chapter,) = after.chapters()
        assert (chapter["end"] - chapter["start"]) * chapter["time_base"] == Fraction(2, 5)
    for number in (0, 1):
        before, after = (packets_of(name, "audio", number) for name in ("sound.mkv", "colour.mp4"))
        assert [content for content, _ in before] == [content for content, _ in after]
        shift = [float(a - b) for (_, a), (_, b) in zip(before, after, strict=True)]
        assert max(map(abs, shift)) < 1e-3


def test_a_name_without_container(colorizer):
    write_video("gray.mp4", moving_disc(2))
    with pytest.raises(VideoError, match="ends in .mp4, .m4v, .mov, .mkv. Received: '.avi'"):
        colorize_video(colorizer, "gray.mp4", "colour.avi")


def test_sound_only(colorizer):
    with av.open("song.m4a", "w", format="mp4") as container:
        drawn_videos.write_sound(container, container.add_stream("aac", rate=44100), 9000)
    with pytest.raises(VideoError, match="expected a video. Received: sound only"):
        colorize_video(colorizer, "song.m4a", "colour.mp4")


def test_pyav_is_asked_for(colorizer, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImportError, match="pip install av"):
        colorize_video(colorizer, "gray.mp4", "colour.mp4")


def test_a_kill_while_the_parts_are_deleted_spoils_no_later_run(colorizer, monkeypatch):
    monkeypatch.setattr(video_colorizer, "FRAMES_PER_PART", 4)
    write_video("gray.mp4", moving_disc(8))

    unlink = Path.unlink

    def delete_one_and_die(path, **options):
        unlink(path, **options)
        if path.suffix == ".nut":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", delete_one_and_die)
        with pytest.raises(KeyboardInterrupt):
            colorize_video(colorizer, "gray.mp4", "colour.mp4")
    colorize_video(colorizer, "gray.mp4", "colour.mp4")
    assert len(read_video("colour.mp4")[0]) == 8
    assert {path.name for path in Path().iterdir()} == {"gray.mp4", "colour.mp4"}

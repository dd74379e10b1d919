"""Whole videos: frames, timing, sound, going on after a stop. Files are read back with PyAV."""

from fractions import Fraction

import av
import drawn_videos
import numpy as np
import pytest
from drawn_videos import duration_of, moving_disc, packets_of, read_video, write_video

from colorkit.video import colorizing_video
from colorkit.video.colorizing_video import colorize_video
from colorkit.video.video_error import VideoError


@pytest.fixture
def colorizer(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return drawn_videos.stub_colorizer(monkeypatch)


def test_frames_timing_and_sound_stay(colorizer):
    write_video("gray.mp4", moving_disc(30), sound="aac", metadata={"title": "Disc"})
    assert colorize_video(colorizer, "gray.mp4", "new/colour.mp4") == ((48, 64), 30)
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
    assert [path.name for path in __import__("pathlib").Path("new").iterdir()] == ["colour.mp4"]


def luma(picture):
    return picture @ np.float64([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("suffix", [".mkv", ".mov"])
def test_variable_frame_rate(colorizer, suffix):
    times = np.cumsum([0, 40, 40, 200, 10, 7, 500, 33, 34, 33]).tolist()
    write_video("gray.mkv", moving_disc(10), times=times, time_base=Fraction(1, 1000))
    colorize_video(colorizer, "gray.mkv", "colour" + suffix)
    assert read_video("colour" + suffix)[1] == [Fraction(time, 1000) for time in times]


def test_a_stopped_run_goes_on_and_ends_the_same(colorizer, monkeypatch):
    monkeypatch.setattr(colorizing_video, "FRAMES_PER_PART", 7)
    write_video("gray.mp4", moving_disc(30), sound="aac")
    colorize_video(colorizer, "gray.mp4", "whole.mp4")
    seen = []

    def stop(done, total):
        seen.append(done)
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(colorizer, "gray.mp4", "colour.mp4", on_progress=stop)
    goes_on = []
    colorize_video(
        colorizer, "gray.mp4", "colour.mp4", on_progress=lambda *numbers: goes_on.append(numbers)
    )
    assert seen[0] == 0
    assert (goes_on[0], goes_on[-1]) == ((14, 30), (30, 30))
    assert packets_of("colour.mp4", "video") == packets_of("whole.mp4", "video")


def test_sound_only(colorizer):
    with av.open("song.m4a", "w", format="mp4") as container:
        drawn_videos.write_sound(container, container.add_stream("aac", rate=44100), 9000)
    with pytest.raises(VideoError, match="expected a video. Received: sound only"):
        colorize_video(colorizer, "song.m4a", "colour.mp4")

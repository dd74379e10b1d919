"""`colorkit colorize` on videos: in folders beside photographs, bad ones, stops, reports."""

import dataclasses
import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from command_line import ENVIRONMENT
from drawn_videos import moving_disc, packets_of, read_video, stub_colorizer, write_video
from rich.console import Console

import colorkit
from colorkit.batch.file_result import FAILED, MADE, SKIPPED
from colorkit.batch.plan import PlannedPhoto
from colorkit.batch.videos import colorize_videos
from colorkit.cli import console
from colorkit.cli.main import main
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.video import video_colorizer
from colorkit.video.parts import hold_parts


@pytest.fixture
def colorizer(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return stub_colorizer(monkeypatch)


@pytest.fixture
def album(colorizer):
    write_photo("album/a.png", Photo(np.full((40, 50), 99, "uint8")))
    Path("album/bad.mp4").write_bytes(b"not a video")
    write_video("album/clip.mp4", moving_disc(6), sound="aac")
    return colorizer


def run(*argv):
    return main([str(word) for word in argv])


def test_a_folder_of_photographs_and_videos_continues_past_a_bad_one(album, capfd):
    assert run("colorize", "album", "-o", "out", "--report", "r.json") == 1
    out, err = capfd.readouterr()
    assert out.startswith("Coloured 1 photograph and 1 video of 6 frames in ")
    assert out.endswith("1 failed.\n")
    assert "colorkit: Cannot read album/bad.mp4: Invalid data" in err
    assert sorted(path.name for path in Path("out").glob("[!.]*")) == ["a.png", "clip.mp4"]
    made = {
        Path(entry["input"]).name: entry
        for entry in json.loads(Path("r.json").read_text())["photos"]
    }
    assert made["clip.mp4"].items() >= {"status": "made", "frames": 6, "width": 64}.items()
    assert "frames" not in made["a.png"]
    assert run("colorize", "album", "-o", "out") == 1
    out = capfd.readouterr().out
    assert out.startswith("Coloured 0 photographs, skipped 2 already made")


def test_one_video(album, capfd):
    assert run("colorize", "album/clip.mp4", "-o", "colour.mp4") == 0
    assert capfd.readouterr().out.startswith("Coloured 1 video of 6 frames in ")
    assert len(read_video("colour.mp4")[0]) == 6


@pytest.mark.parametrize(
    "name", ["2024-01-01T12:30:00.mp4", "http:a.mp4", "concat:a|b.mkv", "y" * 251 + ".mkv"]
)
def test_names_that_ffmpeg_takes_for_addresses_and_long_ones(album, name):
    write_video("plain.mp4", moving_disc(2))
    Path("plain.mp4").rename(name)
    assert run("colorize", name, "-o", "out") == 0
    assert run("colorize", name, "-o", f"./2:{name[2:]}") == 0
    for result in (Path("out", name), Path(f"2:{name[2:]}")):
        result.rename("plain.mp4")
        assert len(read_video("plain.mp4")[0]) == 2


def test_a_name_that_is_not_utf_8(album):
    name = os.fsdecode(b"f\xe9e.mp4")
    Path("album/clip.mp4").rename(name)
    assert run("colorize", name, "-o", "out") == 0
    assert Path("out", name).exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENAMETOOLONG])
def test_an_error_names_the_file(album, capfd, monkeypatch, number):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(video_colorizer, "PartWriter", fail)
    assert run("colorize", "album/clip.mp4", "-o", "out") == 1
    err = capfd.readouterr().err
    assert f"Cannot write out/clip.mp4, the result of album/clip.mp4: {os.strerror(number)}" in err


def test_quality_and_sound(album, capfd):
    sizes = []
    for quality in ("10", "40"):
        words = ["--video-quality", quality, "--sound", "drop", "--report", "r.json"]
        assert run("colorize", "album/clip.mp4", "-o", "out", *words) == 0
        assert json.loads(Path("r.json").read_text())["totals"]["made"] == 1
        with av.open("out/clip.mp4") as container:
            assert not container.streams.audio
        sizes.append(sum(len(content) for content, _ in packets_of("out/clip.mp4", "video")))
    assert sizes[0] > 1.5 * sizes[1]
    assert run("colorize", "album/clip.mp4", "-o", "out", "--video-quality", "52") == 2
    assert "a whole number from 0 to 51. Received: 52" in capfd.readouterr().err


def test_what_becomes_of_the_sound_is_reported(album, capfd):
    write_video("a.avi", moving_disc(3), codec="mpeg4", sound="adpcm_ms")
    assert run("colorize", "a.avi", "-o", "out", "--report", "r.json") == 0
    (entry,) = json.loads(Path("r.json").read_text())["photos"]
    (note,) = entry["notes"]
    assert note.startswith("sound track 1 (adpcm_ms) is re-encoded as AAC")
    assert f"colorkit: warning: a.avi: {note}\n" in capfd.readouterr().err


def test_a_line_a_minute_in_logs(capsys):
    now = [0.0]
    log = console.ProgressLog(Console(file=io.StringIO()), clock=lambda: now[0])
    with console.progress_bar(Console(file=io.StringIO())) as progress:
        shown = console.VideoProgress(progress, log)
        plan = PlannedPhoto(Path("film.mkv"), Path("out.mkv"))
        for second in range(150):
            now[0] = float(second)
            shown(plan, second, 5000)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" frames")[0] for line in lines] == [
        "colorkit: film.mkv: 60 of 5000",
        "colorkit: film.mkv: 120 of 5000",
    ]
    assert all(line.endswith(" min left") for line in lines)
    terminal = console.ProgressLog(Console(force_terminal=True), clock=lambda: now[0])
    now[0] += 100
    terminal.tell("nothing")
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "rate", "words"),
    [(7200, 1.0, ", 2 h 0 min left"), (90, 1.0, ", 2 min left"), (0, 1.0, ""), (5, 0.0, "")],
)
def test_time_left(number, rate, words):
    assert console.describe_time_left(number, rate) == words


def test_without_pyav_photographs_are_made(album, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    assert run("colorize", "album", "-o", "out") == 1
    error = capfd.readouterr().err
    assert error.count("install it with pip install av") == 1
    assert "1 more file failed for want of av too" in error
    assert Path("out/a.png").exists()


def test_results_and_progress(album):
    plans = [
        PlannedPhoto(Path("album/clip.mp4"), Path("made.mp4"), is_made=True),
        PlannedPhoto(Path("album/bad.mp4"), Path("bad.mp4")),
        PlannedPhoto(Path("album/clip.mp4"), Path("clip.mp4")),
    ]
    seen = []
    results = list(colorize_videos(album, plans, lambda *report: seen.append(report)))
    assert [result.status for result in results] == [SKIPPED, FAILED, MADE]
    assert seen == [(plans[2], 0, 6), (plans[2], 6, 6)]
    assert (results[2].width, results[2].height, results[2].frames) == (64, 48, 6)


def test_frames_are_shown():
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)
    with console.progress_bar(terminal) as progress:
        shown = console.VideoProgress(progress)
        plan = PlannedPhoto(Path("album/[clip].mp4"), Path("out.mp4"))
        shown(plan, 10, 40)
        shown(plan, 30, 40)
        progress.refresh()
    assert "[clip].mp4" in terminal.file.getvalue()
    assert "30/40" in terminal.file.getvalue()


SLOWLY = """
import sys, time
from colorkit.cli.main import main
from colorkit.inference import opened_model
from colorkit.video import video_colorizer
from colorkit.video.parts import hold_parts
from drawn_videos import StubModel
class Slow(StubModel):
    def predict(self, lightness):
        time.sleep(0.2)
        return super().predict(lightness)
opened_model.open_runtime = lambda *_: Slow()
video_colorizer.FRAMES_PER_PART = 8
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_command_resumes_and_ends_the_same(album, monkeypatch, stop):
    monkeypatch.setattr(video_colorizer, "FRAMES_PER_PART", 8)
    write_video("clip.mp4", moving_disc(32), sound="aac")
    words = [sys.executable, "-c", SLOWLY, "colorize", "clip.mp4", "-o"]
    process = subprocess.Popen(
        [*words, "colour.mp4"],
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        # A shell's background jobs ignore Ctrl-C, and their children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    parts = Path(".colorkit-colour.mp4-parts")
    deadline = time.monotonic() + 60
    while len(list(parts.glob("0*.npz"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(stop)
    told = process.communicate(timeout=60)[1].decode()
    assert process.returncode == {signal.SIGKILL: -9, signal.SIGINT: 130}[stop]
    assert stop == signal.SIGKILL or "The same command resumes from here" in told
    assert not Path("colour.mp4").exists()
    before = {path: path.stat().st_mtime_ns for path in parts.glob("0*.npz")}
    colorkit.colorize_video(album, "clip.mp4", "whole.mp4")

    def parts_stay(done, total):
        assert {path: path.stat().st_mtime_ns for path in before} == before
        assert done >= 16

    colorkit.colorize_video(album, "clip.mp4", "colour.mp4", on_progress=parts_stay)
    assert packets_of("colour.mp4", "video") == packets_of("whole.mp4", "video")
    assert packets_of("colour.mp4", "audio") == packets_of("clip.mp4", "audio")
    assert not parts.exists()


def test_parts_of_a_result_that_is_whole_go_unless_another_run_is_at_work(album):
    """A run that is killed at its end leaves them, and the next one skips the video."""
    output, parts = Path("out/clip.mp4"), Path("out/.colorkit-clip.mp4-parts")
    parts.mkdir(parents=True)
    for path in (output, parts / "000000.nut"):
        path.touch()
    planned = PlannedPhoto(Path("album/clip.mp4"), output, is_made=True)
    with hold_parts(output):
        list(colorize_videos(None, [planned]))
        assert (parts / "000000.nut").exists()
        (result,) = colorize_videos(album, [dataclasses.replace(planned, is_made=False)])
        assert result.status == FAILED
        assert f"is in use by process {os.getpid()} on" in result.reason
    list(colorize_videos(None, [planned]))
    assert [path.name for path in output.parent.iterdir()] == ["clip.mp4"]

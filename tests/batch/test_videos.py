"""`colorkit colorize` on videos: in folders beside photographs, bad ones, stops, reports."""

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command_line import ENVIRONMENT
from drawn_videos import moving_disc, packets_of, read_video, stub_colorizer, write_video
from rich.console import Console

import colorkit
from colorkit.batch.file_pipeline import FAILED, MADE, SKIPPED
from colorkit.batch.plan import PlannedPhoto
from colorkit.batch.videos import colorize_videos
from colorkit.cli import console
from colorkit.cli.main import main
from colorkit.io.photo import Photo
from colorkit.io.write import write_photo
from colorkit.video import video_colorizer


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


def test_without_pyav_photographs_are_made(album, capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    assert run("colorize", "album", "-o", "out") == 1
    assert capfd.readouterr().err.count("install it with pip install av") == 2
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
from colorkit.inference import colorizer
from colorkit.video import video_colorizer
from drawn_videos import StubNetwork
class Slow(StubNetwork):
    def predict(self, lightness):
        time.sleep(0.2)
        return super().predict(lightness)
colorizer.open_network = lambda *_: Slow()
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

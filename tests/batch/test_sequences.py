"""`colorkit colorize --sequence`: steady colours, gaps, sizes, stops, every frame accounted for."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skimage.color
from command_line import ENVIRONMENT, run
from drawn_videos import StubModel, moving_disc, stub_colorizer

from colorkit.batch import file_pipeline, sequences
from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo


class Flicker(StubModel):
    """Colours that jump with the lightness of the first pixel, which tells odd frames."""

    def predict(self, lightness):
        return super().predict(lightness) + np.where(lightness[:, :1, :1, None] > 45, 15, -15)


@pytest.fixture
def film(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    stub_colorizer(monkeypatch, Flicker())
    write_frames("film", range(1, 13))


def write_frames(folder, numbers, *, dtype="uint16", name="f_{:04d}.png", **size):
    """Writes frames of a disc that moves by a pixel a frame."""
    for number, pixels in zip(numbers, moving_disc(len(numbers), **size), strict=True):
        pixels[:8, :8] = 120 if number % 2 else 95
        wide = pixels.astype("uint16") * 257 + number
        wide = wide if dtype == "uint16" else pixels
        write_photo(Path(folder, name.format(number)), Photo(wide))


def color(*words):
    return run("colorize", *words, "--sequence")


def chroma_of(path):
    """Mean of a and b of the ramp's left end, where nothing moves."""
    pixels = read_photo(path).pixels[20:40, :8]
    return skimage.color.rgb2lab(pixels / np.iinfo(pixels.dtype).max)[..., 1:].mean((0, 1))


def results(folder="out"):
    return {path.name: path.read_bytes() for path in Path(folder).glob("[!.]*")}


def test_frames_are_steadied_and_keep_16_bits(film):
    assert color("film", "-o", "out") == 0
    assert run("colorize", "film", "-o", "alone") == 0

    def flicker(folder):
        chroma = [chroma_of(path) for path in sorted(Path(folder).glob("*.png"))]
        return np.abs(np.diff(chroma, axis=0)).mean()

    assert flicker("out") < 0.4 * flicker("alone")
    assert read_photo("out/f_0007.png").pixels.dtype == np.uint16
    before = skimage.color.rgb2lab(np.dstack([read_photo("film/f_0007.png").pixels / 65535] * 3))
    after = skimage.color.rgb2lab(read_photo("out/f_0007.png").pixels / 65535)
    assert np.abs(before[..., 0] - after[..., 0]).max() < 0.05
    assert not list(Path("out").glob(".colorkit-*"))


def test_a_second_run_touches_nothing(film, capfd):
    color("film", "-o", "out")
    before = {path: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    assert color("film", "-o", "out") == 0
    assert "skipped 12 already made" in capfd.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in Path("out").iterdir()} == before


def test_a_pattern_means_the_frames_of_its_name(film):
    write_frames("film", range(1, 3), name="g_{:04d}.png")
    assert color("film/f_%04d.png", "-o", "out") == 0
    assert sorted(results()) == [f"f_{n:04d}.png" for n in range(1, 13)]


def test_every_frame_is_accounted_for(film, capfd):
    Path("film/f_0005.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    for number in (8, 9):
        Path(f"film/f_{number:04d}.png").unlink()
    write_frames("film", [12], height=40, width=80)
    assert color("film", "-o", "out", "--report", "r.json") == 1
    err = capfd.readouterr().err
    assert "film/f_#.png: no pictures between 7 and 10" in err
    assert "another size, colour starts anew: 64 x 48 pixels before, 80 x 40 now" in err
    report = json.loads(Path("r.json").read_text())
    told = {Path(entry["input"]).name: entry for entry in report["photos"]}
    assert list(told) == [f"f_{n:04d}.png" for n in (1, 2, 3, 4, 5, 6, 7, 10, 11, 12)]
    assert told["f_0005.png"]["status"] == "failed"
    assert told["f_0010.png"]["notes"] == ["no pictures between 7 and 10"]
    assert told["f_0012.png"]["notes"][0].startswith("another size")
    assert report["totals"]["made"] == 9


def test_a_frame_made_anew_goes_on_where_it_was(film):
    """It is steadied by the frames before it, though they are not made again."""
    color("film", "-o", "out")
    before = results()
    Path("out/f_0007.png").unlink()
    assert color("film", "-o", "out") == 0
    assert results() == before


def test_a_frame_made_anew_far_behind_the_others(film, monkeypatch):
    monkeypatch.setattr(sequences, "WARM_UP", 4)
    color("film", "-o", "out")
    before = chroma_of("out/f_0011.png")
    Path("out/f_0011.png").unlink()
    color("film", "-o", "out")
    steady = np.abs(chroma_of("out/f_0011.png") - before).max()
    assert 0 < steady < 12, "15 without the frames before"


def test_another_style_of_run_makes_frames_anew(film, capfd):
    run("colorize", "film", "-o", "out")
    alone = results()
    color("film", "-o", "out")
    assert results() != alone


def test_films_do_not_colour_each_other(film):
    """The last state of one is not the first of the next."""
    color("film", "-o", "out")
    alone = results()
    write_frames("film", range(1, 5), name="a_{:04d}.png", dtype="uint8")
    color("film", "-o", "both")
    assert alone.items() <= results("both").items()


def test_hints_are_for_photographs(film, capfd):
    assert color("film", "-o", "out", "--hint", "1,1,#ff0000") == 2
    assert "not for --sequence" in capfd.readouterr().err


def test_a_stopped_run_resumed_ends_the_same(film, monkeypatch):
    color("film", "-o", "whole")
    monkeypatch.setattr(file_pipeline, "WINDOW", 2)
    write = sequences.np.savez
    kept = []

    def stop(file, **state):
        write(file, **state)
        kept.append(state)
        if len(kept) == 7:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sequences.np, "savez", stop)
        assert color("film", "-o", "out") == 130
    assert Path("out", sequences.STATE_NAME).exists()
    monkeypatch.setattr(sequences, "WARM_UP", 3)
    assert len(results()) < 12
    assert color("film", "-o", "out") == 0
    assert results() == results("whole")
    assert not Path("out", sequences.STATE_NAME).exists()


SLOWLY = """
import sys, time
sys.path.insert(0, {tests!r})
from colorkit.cli.main import main
from colorkit.inference import opened_model
from test_sequences import Flicker
class Slow(Flicker):
    def predict(self, lightness):
        time.sleep(0.3)
        return super().predict(lightness)
opened_model.open_runtime = lambda *_: Slow()
from colorkit.batch import file_pipeline, sequences
file_pipeline.LARGEST_BATCH = 2
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_a_killed_run_resumes_and_ends_the_same(film):
    write_frames("film", range(1, 41))
    color("film", "-o", "whole")
    code = SLOWLY.format(tests=str(Path(__file__).parent))
    process = subprocess.Popen(
        [sys.executable, "-c", code, "colorize", "film", "-o", "out", "--sequence"],
        env=ENVIRONMENT,
    )
    deadline = time.monotonic() + 60
    while len(list(Path("out").glob("f_*"))) < 7 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    made = {path: path.stat().st_mtime_ns for path in Path("out").glob("f_*")}
    assert 7 <= len(made) < 40
    assert color("film", "-o", "out") == 0
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert results() == results("whole")

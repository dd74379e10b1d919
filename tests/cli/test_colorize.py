"""`colorkit colorize`: results, options, what it says of losses and bad files, and Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile
from command_line import COLORIZE_SLOWLY, ENVIRONMENT, run, stub_colorizer, write_album
from PIL import Image

from colorkit.cli import console
from colorkit.io import temporary_names
from colorkit.io.metadata import Metadata
from colorkit.io.photo import Photo, PhotoWarning
from colorkit.io.read import read_photo
from colorkit.io.sample_photos import SAMPLE_PHOTOS
from colorkit.io.write import write_photo


@pytest.fixture
def colorizer(monkeypatch, tmp_path):
    return stub_colorizer(monkeypatch, tmp_path)


@pytest.fixture
def album(colorizer):
    write_album()
    return colorizer


def test_colorize_makes_a_result_for_each_photograph(album, capfd):
    assert run("colorize", "album", "-o", "out") == 0
    assert read_photo("out/a.png").pixels.shape == (4, 5, 3)
    assert read_photo("out/deep/b.jpg").file_format == "JPEG"
    printed = capfd.readouterr()
    assert printed.out.startswith("Coloured 2 photographs in ")
    assert printed.out.count("\n") == 1
    assert printed.err == ""
    assert album.made == [("colorkit_base", None, None, 1.0)]


def test_a_terminal_sees_count_rate_and_time_left(album, capfd, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    Path("album/bad.png").write_bytes(b"")
    assert run("colorize", "album", "-o", "out") == 1
    printed = capfd.readouterr()
    shown = re.sub(r"\x1b\[[\d;?]*\w", "", printed.out)
    assert re.search(r"Colouring .* 3/3 \d+\.\d/s 0:00:00", shown)
    assert "the file is empty" in printed.err


def test_a_log_has_lines_of_progress(album, capfd, monkeypatch):
    monkeypatch.setattr(console, "SECONDS_PER_LINE", 0)
    assert run("colorize", "album", "-o", "out") == 0
    assert capfd.readouterr().err.splitlines() == [
        "colorkit: 1 of 2 files done, 1 min left",
        "colorkit: 2 of 2 files done",
    ]


def test_colorize_passes_its_options_on(album):
    options = ("--model", "m.keras", "--size", "320", "--style", "vivid", "--saturation", "1.5")
    assert run("colorize", "album", "-o", "out", *options, "--format", "TIF") == 0
    assert album.made == [("m.keras", 320, "vivid", 1.5)]
    assert read_photo("out/a.tif").file_format == "TIFF"
    assert Path("out/deep/b.tif").exists()


def test_quality_of_jpeg(album):
    sizes = []
    for quality in ("95", "30"):
        assert run("colorize", "album", "-o", "out", "--jpeg-quality", quality) == 0
        with Image.open("out/deep/b.jpg") as image:
            sizes.append(image.quantization[0][0])
    assert sizes[0] < sizes[1]
    made = Path("out/a.png").stat().st_mtime_ns
    assert run("colorize", "album", "-o", "out", "--jpeg-quality", "20") == 0
    assert Path("out/a.png").stat().st_mtime_ns == made, "a PNG does not depend on it"


def test_a_second_run_skips_and_loads_no_model(album, capfd):
    run("colorize", "album", "-o", "out")
    capfd.readouterr()
    assert run("colorize", "album", "-o", "out") == 0
    assert "skipped 2 already made (--overwrite" in capfd.readouterr().out
    assert len(album.made) == 1
    assert run("colorize", "album", "-o", "out", "--overwrite") == 0
    assert "Coloured 2 photographs" in capfd.readouterr().out


def test_what_a_killed_run_left_goes_though_all_is_made(album, monkeypatch):
    run("colorize", "album", "-o", "out")
    with monkeypatch.context() as patch:
        patch.setattr(temporary_names, "start_of", lambda process: 1)  # long ago
        left = temporary_names.name_temporary(Path("out/deep/b.jpg"))
    left.touch()
    assert run("colorize", "album", "-o", "out", "--dry-run") == 0 and left.exists()
    assert run("colorize", "album", "-o", "out") == 0 and not left.exists()


def test_another_photograph_or_other_settings_are_not_taken_for_made(colorizer, capfd):
    for folder, level in (("A", 50), ("B", 200)):
        write_photo(f"{folder}/IMG_0001.png", Photo(np.full((4, 5), level, "uint8")))
    assert run("colorize", "A", "-o", "out") == 0
    assert run("colorize", "B", "-o", "out") == 0
    assert "IMG_0001.png becomes IMG_0001_2.png." in capfd.readouterr().err
    assert read_photo("out/IMG_0001.png").pixels.max() == 50
    assert read_photo("out/IMG_0001_2.png").pixels.max() == 200
    before = {path: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    for folder in "AB":
        assert run("colorize", folder, "-o", "out") == 0
        assert "Coloured 0 photographs, skipped 1 already made" in capfd.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in Path("out").iterdir()} == before
    assert run("colorize", "A", "-o", "out", "--style", "vivid") == 0
    assert "Coloured 1 photograph" in capfd.readouterr().out
    write_photo("A/IMG_0001.png", Photo(np.full((40, 50), 70, "uint8")))
    assert run("colorize", "A", "-o", "out", "--style", "vivid") == 0
    assert read_photo("out/IMG_0001.png").pixels.max() == 70
    assert run("colorize", "B", "-o", "out", "--overwrite") == 0
    assert read_photo("out/IMG_0001.png").pixels.max() == 70


def test_a_named_result_of_another_photograph_stays(colorizer, capfd):
    for name, level in (("a.png", 50), ("b.png", 200)):
        write_photo(name, Photo(np.full((4, 5), level, "uint8")))
    assert run("colorize", "a.png", "-o", "new.png") == 0
    assert run("colorize", "b.png", "-o", "new.png") == 2
    assert "Received: new.png, the result of another photograph." in capfd.readouterr().err
    assert read_photo("new.png").pixels.max() == 50
    assert run("colorize", "b.png", "-o", "new.png", "--overwrite") == 0
    assert read_photo("new.png").pixels.max() == 200


def test_a_bad_file_is_reported_and_the_rest_goes_on(album, capfd):
    Path("album/bad.png").write_bytes(b"")
    assert run("colorize", "album", "nowhere", "-o", "out", "--report", "r.json") == 1
    printed = capfd.readouterr()
    assert "Coloured 2 photographs" in printed.out and "2 failed" in printed.out
    assert sorted(printed.err.splitlines()) == [
        "colorkit: Cannot find nowhere: there is no such file or folder. Check the path.",
        "colorkit: Cannot read album/bad.png: the file is empty. Copy it again from its source.",
    ]
    report = json.loads(Path("r.json").read_text())
    assert report["complete"] is True
    assert report["totals"]["made"] == 2 and report["totals"]["failed"] == 2
    assert report["settings"] == {
        "model": "colorkit_base",
        "runtime": None,
        "size": None,
        "style": None,
        "saturation": 1.0,
        "controls": {},
        "format": None,
        "sequence": False,
        "jpeg_quality": 95,
        "video_quality": 18,
        "sound": "copy",
    }


def test_every_file_of_a_folder_is_accounted_for(album, capfd):
    Path("album/bad.png").write_bytes(b"")
    Path("album/notes.txt").write_text("Dear diary")
    Path("album/@eaDir").mkdir()
    os.symlink("nowhere.jpg", "album/gone.jpg")
    write_photo("album/proofs/a.png", Photo(np.zeros((2, 2), "uint8")))
    write_photo("out/a.png", Photo(np.zeros((2, 2), "uint8")))
    words = ["colorize", "album", "-o", "out", "--report", "r.json", "--exclude", "proofs/"]
    assert run(*words, "--dry-run") == 1
    assert len(capfd.readouterr().out.splitlines()) == 7 and not Path("r.json").exists()
    assert run(*words) == 1
    printed = capfd.readouterr()
    assert "skipped 1 already made" in printed.out and "2 failed" in printed.out
    assert "passed over 3 (1 x a " in printed.out
    assert "gone.jpg: there is no such file" in printed.err
    totals = json.loads(Path("r.json").read_text())["totals"]
    counts = [totals[key] for key in ("made", "skipped", "failed", "passed_over")]
    assert counts == [1, 1, 2, 3] and totals["files"] == 7


@pytest.mark.skipif(sys.platform != "linux", reason="Other systems take names of UTF-8 alone")
def test_a_name_that_is_not_utf_8_is_coloured_and_reported(album, capfd):
    name = os.fsdecode(b"caf\xe9.png")
    write_photo(Path("album", name), Photo(np.zeros((2, 2), "uint8")))
    assert run("colorize", "album", "-o", "out", "--report", "r.json") == 0
    assert Path("out", name).exists()
    report = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert report["complete"] and f"album/{name}" in [each["input"] for each in report["photos"]]
    assert run("colorize", "album", "-o", "new", "--dry-run") == 0
    assert r"caf\udce9.png" in capfd.readouterr().out


def test_damaged_photographs_and_pages(album, capfd):
    pages = np.random.default_rng(0).integers(0, 255, (2, 40, 50), "uint8")
    tifffile.imwrite("album/scan.tif", pages, photometric="minisblack", metadata=None)
    whole = Path("album/scan.tif").read_bytes()
    Path("album/cut.tif").write_bytes(whole[:-2500])
    assert run("colorize", "album/scan.tif", "-o", "new.png", "--page", "2") == 0
    np.testing.assert_array_equal(read_photo("new.png").pixels[..., 0], pages[1])
    assert run("colorize", "album", "-o", "out") == 0
    assert {path.name for path in Path("out").glob("s*")} == {"scan_p1.tif", "scan_p2.tif"}
    printed = capfd.readouterr()
    assert "of them damaged, coloured as far as they go" in printed.out
    assert "warning: album/cut.tif: the file is cut short" in printed.err
    assert run("colorize", "album", "-o", "new", "--strict") == 1
    assert "1 failed" in capfd.readouterr().out


def test_results_are_marked_and_metadata_that_does_not_fit_is_told(album, capfd):
    metadata = Metadata((600.0, 600.0), iptc=b"\x1c\x02x\x00\x03Cat")
    write_photo("cat.jpg", Photo(np.full((4, 5), 99, "uint8"), metadata=metadata))
    words = ("colorize", "cat.jpg", "--report", "r.json")
    assert run(*words, "-o", "marked.png") == 0
    assert "some metadata of 1 did not fit the format" in capfd.readouterr().out
    assert json.loads(Path("r.json").read_text())["photos"][0]["lost_metadata"] == ["IPTC"]
    marked = read_photo("marked.png")
    assert b"predicted by colorkit" in marked.exif and b"DigitalSourceType" in marked.metadata.xmp
    assert run(*words, "-o", "plain.jpg", "--no-mark") == 0
    plain = read_photo("plain.jpg")
    assert plain.exif is None and plain.metadata == metadata


def test_colorize_samples(colorizer):
    assert run("colorize", "--sample", "-o", "out") == 0
    names = {Path(name).stem for name in SAMPLE_PHOTOS}
    assert {path.name for path in Path("out").glob("[!.]*")} == {
        f"{name}_{kind}.png" for name in names for kind in ("gray", "color")
    }


def test_what_a_photograph_loses_is_said_in_a_line(album, capfd):
    write_photo("deep.png", Photo(np.full((4, 5), 40_000, "uint16")))
    assert run("colorize", "deep.png", "-o", "flat.jpg") == 0
    error = capfd.readouterr().err
    assert (
        error.startswith("colorkit: warning: ") and "flat.jpg" in error and error.count("\n") == 1
    )


def test_a_package_that_lacks_is_told_once(colorizer, monkeypatch, capfd):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    Path("film").mkdir()
    for number in range(3):
        Path(f"film/{number}.dpx").write_bytes(b"SDPX" + bytes(60))
    Path("film/3.dpx").write_bytes(b"")
    assert run("colorize", "film", "-o", "out") == 1
    error = capfd.readouterr().err
    assert error.count("pip install OpenImageIO") == 1 and "film/0.dpx" in error
    assert "film/3.dpx: the file is empty" in error
    assert "colorkit: 2 more files failed for want of OpenImageIO too" in error


@pytest.mark.parametrize("name", ["album/a.png", "linked/a.png", "out/a.png"])
def test_a_report_replaces_no_photograph_and_no_result(album, capfd, name):
    os.symlink("album", "linked")
    before = Path("album/a.png").read_bytes()
    assert run("colorize", "album", "-o", "out", "--report", name) == 2
    told = capfd.readouterr().err
    assert f"Expected --report to name a file of its own. Received: {name}, a photograph" in told
    assert Path("album/a.png").read_bytes() == before and not Path("out").exists()


def test_a_folder_that_has_a_results_name_is_no_result(album, capfd):
    Path("out/a.png").mkdir(parents=True)
    assert run("colorize", "album", "-o", "out") == 1
    assert "Cannot write out/a.png" in capfd.readouterr().err
    assert Path("out/deep/b.jpg").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_names_with_line_breaks_and_a_terminal_s_commands_stay_in_their_line(colorizer, capfd):
    Path("album").mkdir()
    Path("album/a\n\x1b[2J.png").write_bytes(b"")
    assert run("colorize", "album", "-o", "out", "--dry-run") == 0
    assert capfd.readouterr().out == ("album/a\\n\\x1b[2J.png -> out/a\\n\\x1b[2J.png\n")
    assert run("colorize", "album", "-o", "out") == 1
    (error,) = capfd.readouterr().err.splitlines()
    assert "a\\n\\x1b[2J.png: the file is empty" in error


def test_a_report_that_cannot_be_written_is_told_before_the_work(album, capfd):
    Path("file").write_text("")
    for report in (".", "album", "file/r.json", f"{'r' * 300}.json"):
        assert run("colorize", "album", "-o", "out", "--report", report) == 1
        assert capfd.readouterr().err.startswith(f"colorkit: error: Cannot use {report}: ")
    assert not Path("out").exists()


def test_warnings_and_log_are_left_as_they_were(album):
    before = warnings.showwarning, list(warnings.filters)
    run("colorize", "album", "-o", "out")
    assert (warnings.showwarning, list(warnings.filters)) == before
    with pytest.warns(PhotoWarning):
        write_photo("a.jpg", Photo(np.zeros((2, 2), "uint16")))


def test_ctrl_c_exits_with_130_and_keeps_the_report(album, capfd, monkeypatch):
    def interrupt(self, prepared):
        raise KeyboardInterrupt

    monkeypatch.setattr(album, "predict", interrupt)
    assert run("colorize", "album", "-o", "out", "--report", "r.json") == 130
    printed = capfd.readouterr()
    assert printed.err == "colorkit: stopped. The same command resumes from here.\n"
    assert "Coloured 0 photographs" in printed.out
    assert json.loads(Path("r.json").read_text())["complete"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_in_a_real_process_leaves_no_half_file(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (300, 400), "uint8")
    for number in range(40):
        write_photo(tmp_path / "album" / f"{number:02d}.png", Photo(noise))
    words = ["colorize", "album", "-o", "out"]
    process = subprocess.Popen(
        [sys.executable, "-c", COLORIZE_SLOWLY, "0.2", *words],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs, such as a test run may be, ignore the signal and hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    out = tmp_path / "out"
    deadline = time.monotonic() + 60
    while not (out.exists() and any(out.glob("[!.]*.png"))):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == "colorkit: stopped. The same command resumes from here.\n"
    assert [path.name for path in out.glob(".*")] == [".colorkit.jsonl"]
    made = sorted(out.glob("[!.]*"))
    assert 0 < len(made) < 40
    journal = (out / ".colorkit.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["result"] for line in journal) == [path.name for path in made]
    assert all(read_photo(path).pixels.shape == (300, 400, 3) for path in made)

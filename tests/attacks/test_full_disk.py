"""Writes that end anywhere: a result is whole, or it is not there and that is said."""

import contextlib
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny_model
from command_line import run, stub_colorizer, write_album
from drawn_files import random_pixels
from drawn_photos import draw_photo, save_photo
from PIL import Image

from colorkit.io.photo import SUFFIX_OF_FORMAT, Photo, PhotoError
from colorkit.io.read import read_photo
from colorkit.io.write import encode_photo, write_photo

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Limits of POSIX")
if os.name == "posix":
    from full_disk import room_for

SLOW_FORMATS = ("AVIF", "JPEG2000")


@pytest.mark.parametrize("file_format", SUFFIX_OF_FORMAT)
def test_a_photograph_is_whole_or_not_there_at_every_byte(tmp_path, file_format, rounds):
    side = rounds(8, 64)
    photo = Photo(random_pixels((side, side + 3, 3)), file_format=file_format)
    path = tmp_path / f"a{SUFFIX_OF_FORMAT[file_format]}"
    whole = encode_photo(photo, file_format)
    step = 23 if file_format in SLOW_FORMATS else 1
    for size in range(0, len(whole), step):
        with room_for(size), pytest.raises(PhotoError, match="Cannot write .*a.*: File too large"):
            write_photo(path, photo)
        assert os.listdir(tmp_path) == [], f"room for {size} of {len(whole)} bytes"
    with room_for(len(whole)):
        write_photo(path, photo)
    assert path.read_bytes() == whole


def test_a_folder_is_coloured_once_there_is_room(tmp_path, monkeypatch, rounds, capfd):
    stub_colorizer(monkeypatch, tmp_path)
    write_album()
    for number, suffix in enumerate(("jpg", "bmp", "tif", "webp")):
        write_photo(f"album/{number}.{suffix}", Photo(random_pixels((20, 30), seed=number)))
    for size in range(0, 2600, rounds(260, 7)):
        out = Path(f"out/{size}")
        words = ("colorize", "album", "-o", out, "--report", "report.json")
        with room_for(size):
            code = run(*words)
        for path in results_in(out):
            Image.open(path).load()
        if code == 0:
            assert json.loads(Path("report.json").read_bytes())["totals"]["made"] == 6
        assert run(*words) == 0
        assert len(results_in(out)) == 6 and not temporaries_in(out)
        assert all(read_photo(path).damage is None for path in results_in(out))
    assert "Traceback" not in capfd.readouterr().err


def results_in(folder):
    return [path for path in folder.rglob("[!.]*") if path.is_file()]


def temporaries_in(folder):
    return list(folder.rglob(".colorkit-*"))


@pytest.mark.slow
def test_a_video_is_whole_or_not_there(tmp_path, monkeypatch, rounds):
    pytest.importorskip("av", reason="videos need PyAV")
    import drawn_videos

    from colorkit.video.video_colorizer import colorize_video

    monkeypatch.chdir(tmp_path)
    colorizer = drawn_videos.stub_colorizer(monkeypatch)
    drawn_videos.write_video("gray.mp4", drawn_videos.moving_disc(6), sound="aac")
    colorize_video(colorizer, "gray.mp4", "whole.mp4")
    whole = os.path.getsize("whole.mp4")
    for size in [*range(0, whole, whole // rounds(3, 60)), whole - 1]:
        with room_for(size), pytest.raises((OSError, ValueError)):
            colorize_video(colorizer, "gray.mp4", "colour.mp4")
        assert not os.path.exists("colour.mp4"), f"room for {size} of {whole} bytes"
    colorize_video(colorizer, "gray.mp4", "colour.mp4")
    assert len(drawn_videos.read_video("colour.mp4")[0]) == 6
    assert not temporaries_in(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("two_verified_photos")
@pytest.mark.parametrize("file_format", ["onnx", "litert", "keras", "saved_model"])
def test_an_export_is_whole_or_not_there(tmp_path, file_format, rounds):
    from exported_models import export_path, small_model

    from colorkit.export.exporter import export_model

    path = export_path(tmp_path, file_format)
    model = small_model()
    for size in np.linspace(3000, 20_000, rounds(1, 8)).astype(int):
        with contextlib.suppress(Exception), room_for(int(size)):
            export_model(model, path, file_format)
            break
        left = [each for each in tmp_path.rglob("*") if each.is_file()]
        assert left == [], f"room for {size} bytes"
    assert export_model(model, path, file_format).max_difference < 1e-3


def test_a_run_keeps_its_last_whole_files(tmp_path, rounds):
    import keras

    from colorkit.training.run_folder import RunFolder
    from colorkit.training.trainer import Trainer

    model = tiny_model.build_tiny_model()
    trainer = Trainer(model)
    trainer.compile(keras.optimizers.Adam(), "mse")
    run = RunFolder(tmp_path)
    run.restore(trainer)
    writes = {
        "checkpoint.npz": lambda: run.save_checkpoint(trainer, 5),
        "best.keras": lambda: run.save_best(model),
    }
    for name, write in writes.items():
        write()
        whole = (tmp_path / name).read_bytes()
        for size in range(0, len(whole) - 200, len(whole) // rounds(10, 200)):
            with room_for(size), pytest.raises(OSError):
                write()
            assert (tmp_path / name).read_bytes() == whole
    assert run.restore(trainer) == 5


@pytest.mark.parametrize("output_format", ["folder", "tfrecord"])
def test_a_data_set_is_built_once_there_is_room(tmp_path, quick_histogram, output_format, rounds):
    from colorkit.data.build import build_dataset

    for number in range(6):
        save_photo(tmp_path / "photos" / f"{number}.png", draw_photo(number))
    expected = build_dataset(
        tmp_path / "photos", tmp_path / "whole", size=32, output_format=output_format
    )
    for size in np.linspace(3000, 40_000, rounds(3, 100)).astype(int):
        with contextlib.suppress(Exception), room_for(int(size)):
            build_dataset(
                tmp_path / "photos", tmp_path / "out", size=32, output_format=output_format
            )
        report = build_dataset(
            tmp_path / "photos", tmp_path / "out", size=32, output_format=output_format
        )
        assert report.kept == expected.kept
        found = {path.name for path in (tmp_path / "out").rglob("*")}
        assert found == {path.name for path in (tmp_path / "whole").rglob("*")}
        for path in (tmp_path / "whole").rglob("*.tfrecord"):
            assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
        shutil.rmtree(tmp_path / "out")

"""Models that stand ready for visitors."""

import threading
import time

import numpy as np
import pytest
from stub_colorizer import StubColorizer

from colorkit.demo import model_pool as pool_module
from colorkit.demo.model_pool import ModelPool
from colorkit.io.photo import Photo

PHOTO = Photo(np.full((4, 5), 100, "uint8"), exif=b"Exif\0\0something")


@pytest.fixture
def stub(monkeypatch):
    monkeypatch.setattr(pool_module, "Colorizer", StubColorizer)
    monkeypatch.setattr(StubColorizer, "opened", [])
    return StubColorizer


def test_the_shipped_model_comes_first_and_files_go_by_their_names(stub):
    pool = ModelPool(["runs/first/model.keras", "runs/second/model.keras", "small.onnx"])
    assert pool.names == (
        "colorkit_base",
        "runs/first/model.keras",
        "runs/second/model.keras",
        "small.onnx",
    )
    models = ["colorkit_base", "runs/first/model.keras", "runs/second/model.keras", "small.onnx"]
    assert stub.opened == [(model, None) for model in models]


def test_a_run_and_an_address_go_by_their_last_part(stub):
    pool = ModelPool(["runs/first", "hf://ada/portraits"])
    assert pool.names == ("colorkit_base", "first", "portraits")


def test_a_model_named_twice_is_there_once(stub):
    assert ModelPool(["a/b.onnx", "colorkit_base", "a/b.onnx"]).names == ("colorkit_base", "b.onnx")


def test_a_path_that_is_no_model_is_told_at_once(stub):
    with pytest.raises(ValueError, match="Expected a model. Received: 'nonsense.keras'"):
        ModelPool(["nonsense.keras"])


def test_look_decides_the_colours(stub):
    pool = ModelPool()
    assert pool.styles_of("colorkit_base") == ("faithful", "vivid")
    for style in ("default", "faithful", "vivid"):
        for saturation in (0.0, 1.5):
            colored = pool.color(PHOTO, "colorkit_base", style, saturation)
            expected = StubColorizer.color(PHOTO.pixels, style, saturation)
            np.testing.assert_array_equal(colored.pixels, expected)
            assert colored.exif == PHOTO.exif
    assert stub.opened == [
        ("colorkit_base", None),
        ("colorkit_base", "faithful"),
        ("colorkit_base", "vivid"),
    ]


def test_exports_are_opened_again_for_a_style(stub):
    ModelPool(["dir/small.onnx"]).color(PHOTO, "small.onnx", "vivid", 1.0)
    assert stub.opened[1:] == [("dir/small.onnx", None), ("dir/small.onnx", "vivid")]


def test_a_model_without_styles_takes_its_own(stub, monkeypatch):
    monkeypatch.setattr(StubColorizer, "styles", ())
    colored = ModelPool().color(PHOTO, "colorkit_base", "vivid", 1.0)
    np.testing.assert_array_equal(colored.pixels, StubColorizer.color(PHOTO.pixels, None, 1.0))
    assert stub.opened == [("colorkit_base", None)]


def test_one_photograph_is_coloured_at_a_time(stub, monkeypatch):
    at_once, most = [], []

    def colorize(self, pixels, hints=None):
        at_once.append(pixels)
        most.append(len(at_once))
        time.sleep(0.02)
        at_once.pop()
        return StubColorizer.color(pixels, None, 1)

    monkeypatch.setattr(StubColorizer, "colorize", colorize)
    pool = ModelPool()
    threads = [
        threading.Thread(target=pool.color, args=(PHOTO, "colorkit_base", "vivid", 1.0))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5

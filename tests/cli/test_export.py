"""`colorkit export` on the command line, and on its page of the documentation."""

import inspect
import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
from exported_models import small_model

from colorkit.choices import RUNTIMES
from colorkit.cli.main import build_parser, main
from colorkit.export.exporter import SUFFIXES, export_model


@pytest.fixture(scope="module")
def model():
    return small_model()


def test_the_command_offers_what_the_function_takes():
    taken = set(inspect.signature(export_model).parameters)
    assert {"signature", "dtype", "size", "licence", "fixed_size"} <= taken
    assert set(SUFFIXES) == set(RUNTIMES)


def test_the_command_prints_the_difference(model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model.save("small.keras")
    words = ["export", "small.keras", "--format", "onnx", "-o", "out/small.onnx"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "out/small.onnx: 0.1 MB" in printed
    assert "largest difference from Keras on photographs: 0.00000" in printed
    assert "size_multiple: 32" in printed
    assert main([*words[:-1], "small.tflite"]) == 2
    assert "must end in .onnx" in capsys.readouterr().err


def test_opencv_colours_as_the_page_says(model, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    model.save("small.keras")
    words = ["export", "small.keras", "--format", "onnx", "-o", "fixed.onnx", "--fixed-size"]
    assert main([*words, "256x256"]) == 0
    assert "the same in OpenCV's dnn: 0.0000" in capsys.readouterr().out
    photo = skimage.data.chelsea()[..., 1]
    cv2.imwrite("old.jpg", photo)
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```python\n(import cv2.*?)```", page, re.DOTALL)
    exec(script, {})
    lab = skimage.color.rgb2lab(cv2.imread("new.png")[..., ::-1])
    assert lab.shape == (*photo.shape, 3) and np.abs(lab[..., 1:]).mean() > 5
    for size in ("256", "256x", "0x256", "axb"):
        assert main([*words, size]) == 2
        assert "expected width and height in pixels" in capsys.readouterr().err


def test_the_commands_of_the_page_can_be_given():
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("colorkit")]
    assert len(lines) == 7
    for line in lines:
        build_parser().parse_args(shlex.split(line)[1:])

"""`colorkit export` on the command line, and on its page of the documentation."""

import inspect
import re
import shlex
from pathlib import Path

import pytest
from exported_networks import small_network

from colorkit.choices import RUNTIMES
from colorkit.cli.main import build_parser, main
from colorkit.export.exporter import SUFFIXES, export_model


@pytest.fixture(scope="module")
def model():
    return small_network()


def test_the_command_offers_what_the_function_takes():
    taken = set(inspect.signature(export_model).parameters)
    assert {"signature", "dtype", "size", "licence"} <= taken
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


def test_the_commands_of_the_page_can_be_given():
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("colorkit")]
    assert len(lines) == 5
    for line in lines:
        build_parser().parse_args(shlex.split(line)[1:])

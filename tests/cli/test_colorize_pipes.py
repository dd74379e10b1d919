"""`colorkit colorize` with `-` for standard input or output."""

import io
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from command_line import run, stub_colorizer
from drawn_files import pillow_file

from colorkit.io.read import decode_photo, read_photo

GRAY = np.random.default_rng(0).integers(0, 256, (20, 30), np.uint8)


class Pipe:
    """Runs the command line with bytes on standard input, and keeps what it writes."""

    def __init__(self, monkeypatch):
        self._monkeypatch = monkeypatch
        self.given, self.written, self.is_terminal = pillow_file(GRAY, "PNG"), b"", False

    def run(self, *words):
        written = io.BytesIO()
        stdin = types.SimpleNamespace(buffer=io.BytesIO(self.given))
        stdout = types.SimpleNamespace(
            buffer=written, isatty=lambda: self.is_terminal, flush=lambda: None
        )
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", stdin)
            patch.setattr(sys, "stdout", stdout)
            code = run(*words)
        self.written = written.getvalue()
        return code


@pytest.fixture
def pipe(monkeypatch, tmp_path):
    stub_colorizer(monkeypatch, tmp_path)
    return Pipe(monkeypatch)


def test_from_pipe_to_pipe(pipe):
    assert pipe.run("colorize", "-", "-o", "-") == 0
    photo = decode_photo(pipe.written, "out")
    assert photo.file_format == "PNG"
    np.testing.assert_array_equal(photo.pixels[..., 0], GRAY)


def test_another_format(pipe):
    assert pipe.run("colorize", "-", "-o", "-", "--format", "tif", "--no-mark") == 0
    photo = decode_photo(pipe.written, "out")
    assert photo.file_format == "TIFF" and b"predicted" not in photo.exif


def test_from_pipe_to_file_and_from_file_to_pipe(pipe):
    assert pipe.run("colorize", "-", "-o", "new/a.jpg") == 0
    assert read_photo("new/a.jpg").file_format == "JPEG"
    Path("b.png").write_bytes(pillow_file(GRAY, "PNG"))
    assert pipe.run("colorize", "b.png", "-o", "-") == 0
    assert decode_photo(pipe.written, "out").file_format == "PNG"


def test_what_cannot_be_read(pipe, capfd):
    pipe.given = b"hello"
    assert pipe.run("colorize", "-", "-o", "-") == 2
    assert "Cannot read standard input: expected a photograph" in capfd.readouterr().err
    assert pipe.written == b""


def test_what_is_cut_short_is_told(pipe, capfd):
    pipe.given = pillow_file(GRAY, "PNG")[:-100]
    assert pipe.run("colorize", "-", "-o", "-") == 0
    assert "warning: standard input: the file is cut short" in capfd.readouterr().err


@pytest.mark.parametrize(
    "words", [("-", "a.png", "-o", "-"), ("-", "-o", "-", "--report", "r.json")]
)
def test_wrong_use(pipe, capfd, words):
    assert pipe.run("colorize", *words) == 2
    assert "expected one photograph, and neither --report" in capfd.readouterr().err


def test_a_terminal_gets_no_photograph(pipe, capfd):
    pipe.is_terminal = True
    assert pipe.run("colorize", "-", "-o", "-") == 2
    assert "expected a pipe or file, not a terminal" in capfd.readouterr().err


def test_a_name_of_no_format(pipe, capfd):
    assert pipe.run("colorize", "-", "-o", "folder") == 2
    assert "Received: a name without a suffix" in capfd.readouterr().err

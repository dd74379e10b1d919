"""Wrong use of any command: exit code 2 and a reason."""

import pytest
from command_line import run, stub_colorizer, write_album


@pytest.fixture
def album(monkeypatch, tmp_path):
    stub_colorizer(monkeypatch, tmp_path)
    write_album()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--verbose",), "arguments are required: COMMAND"),
        (("paint",), "invalid choice: 'paint'"),
        (("colorize", "album"), "arguments are required: -o/--out"),
        (("colorize", "-o", "out"), "expected either photographs (INPUT) or --sample"),
        (("colorize", "album", "--sample", "-o", "out"), "expected either photographs (INPUT) or"),
        (("colorize", "nowhere", "-o", "out"), "error: Cannot find nowhere: there is no such file"),
        (("colorize", "album", "-o", "album"), "another folder than the photographs'"),
        (("colorize", "album", "-o", "x.png"), "a folder, since there are 2 photographs"),
        (("colorize", "album", "-o", "o", "--size", "0"), "whole number above 0. Received: 0"),
        (("colorize", "album", "-o", "o", "--saturation", "nan"), "0 to 10. Received: nan"),
        (("colorize", "album", "-o", "o", "--saturation", "1e30"), "0 to 10. Received: 1e30"),
        (("colorize", "album", "-o", "o", "--format", "gif"), "invalid choice: 'gif'"),
        (("colorize", "album", "-o", "o", "--model", "nonsense"), "Received: 'nonsense'"),
        (("train", "vgg19", "--photos", "p", "--out", "r"), "invalid choice: 'vgg19'"),
        (("train", "vgg16", "--photos", "p", "--out", "r", "--epochs", "x"), "Received: x"),
        (("evaluate", "colorkit_base"), "arguments are required: --photos"),
    ],
)
def test_wrong_use_exits_with_2_and_a_reason(album, capfd, words, message):
    assert run(*words) == 2
    error = capfd.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_verbose_shows_where_an_error_came_from(album, capfd):
    assert run("--verbose", "colorize", "album", "-o", "o", "--model", "nonsense") == 2
    error = capfd.readouterr().err
    assert "Traceback" in error
    assert error.endswith("colorkit: error: Expected a model. Received: 'nonsense'\n")
    assert run("colorize", "album", "-o", "o", "--model", "nonsense", "--verbose") == 2
    assert "Traceback" in capfd.readouterr().err

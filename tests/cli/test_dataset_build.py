"""`colorkit dataset build` on the command line."""

import re
import subprocess
import sys

import pytest
from drawn_photos import draw_photo, save_photo

from colorkit.cli.main import main
from colorkit.data.manifest import read_description


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for number in range(10):
        save_photo(folder / f"{number}.png", draw_photo(number))
    (folder / "bad.jpg").write_bytes(b"bad")
    return folder


def build(*arguments):
    return main(["dataset", "build", *map(str, arguments)])


def test_drops_are_no_failure(photos, tmp_path, capsys):
    options = ("--size", 32, "--fit", "pad", "--split", "50/30/20", "--seed", 4)
    assert build(photos, "--out", tmp_path / "out", *options) == 0
    printed = capsys.readouterr()
    assert "Kept 10 of 11 photographs" in printed.out and not printed.err
    for line in ("train 5", "validation 3", "test 2", "dropped: unreadable 1", "dropped: gray 0"):
        name, number = line.rsplit(maxsplit=1)
        assert re.search(rf"^ *{name} +{number} *$", printed.out, re.M)
    settings = read_description(tmp_path / "out")["settings"]
    assert (settings["fit"], settings["seed"], settings["split"]) == ("pad", 4, [50, 30, 20])
    assert build(photos, "--out", tmp_path / "out", *options) == 0
    assert "out holds this data set already." in capsys.readouterr().out.replace("\n", " ")


def test_nothing_kept_is_a_failure(photos, tmp_path, capsys):
    assert build(photos, "--out", tmp_path / "out") == 1
    assert "Kept 0 of 11 photographs" in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_a_failure(photos, tmp_path, capsys):
    (tmp_path / "file").write_text("no folder")
    assert build(photos, "--out", tmp_path / "file" / "out", "--size", 32) == 1
    assert "colorkit: error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing", "--out", "out"), "missing, which does not exist"),
        (("{photos}", "--out", "{photos}"), "Expected another folder for the data set"),
        (("{photos}", "--out", "out", "--split", "80/20"), "expected three percentages"),
        (("{photos}", "--out", "out", "--split", "a/b/c"), "expected three percentages"),
        (("{photos}", "--out", "out", "--split", "80/20/20"), "that make 100"),
        (("{photos}", "--out", "out", "--split", "folders"), "Received: 0.png. Move it into one"),
        (("{photos}", "--out", "out", "--size", "0"), "whole number above 0"),
        (("{photos}", "--out", "out", "--fit", "stretch"), "invalid choice"),
        (("{photos}",), "--out"),
    ],
)
def test_wrong_use(arguments, message, photos, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert build(*(str(each).format(photos=photos) for each in arguments)) == 2
    assert message in capsys.readouterr().err


def test_help_shows_examples(capsys):
    assert build("--help") == 0
    printed = capsys.readouterr().out
    assert "colorkit dataset build photos/ --out dataset/" in printed and "exit code" in printed


@pytest.mark.slow
def test_building_needs_neither_keras_nor_tensorflow(photos, tmp_path):
    script = (
        "import sys\n"
        "from colorkit.cli.main import main\n"
        f"code = main(['dataset', 'build', {str(photos)!r}, '--out', {str(tmp_path / 'out')!r},"
        " '--size', '32'])\n"
        "heavy = {'keras', 'tensorflow', 'jax'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")

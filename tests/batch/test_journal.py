"""What results were made of, and what follows for a second run."""

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from colorkit.batch.journal import NAME, ResultJournal, apply_journal, describe_settings
from colorkit.batch.plan import PlannedPhoto
from colorkit.inference.hints import Hint

SETTINGS = {"model": "colorkit_base", "style": None}


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def make(source="album/a.jpg", content=b"photograph", output="out/a.jpg"):
    for path, data in ((source, content), (output, b"result")):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)
    return PlannedPhoto(Path(source), Path(output))


def find(planned, settings=SETTINGS):
    return ResultJournal("out").find(planned, settings)


def test_what_a_result_was_made_of():
    planned = make()
    assert find(planned) == "unknown"
    ResultJournal("out").add(planned, SETTINGS)
    assert find(planned) == "same"
    assert find(planned, {**SETTINGS, "style": "vivid"}) == "settings"
    assert find(dataclasses.replace(planned, page=1)) == "other"
    os.utime("album/a.jpg", (1, 1))
    assert find(planned) == "same"
    Path("album/a.jpg").write_bytes(b"Photograph")
    assert find(planned) == "changed"


def test_a_photograph_that_was_moved_is_the_same():
    ResultJournal("out").add(make(), SETTINGS)
    shutil.move("album", "moved")
    assert find(PlannedPhoto(Path("moved/a.jpg"), Path("out/a.jpg"))) == "same"
    assert find(make("other/a.jpg", b"another one")) == "other"


def test_the_last_line_counts_and_a_broken_one_does_not():
    planned = make()
    ResultJournal("out").add(planned, {"style": "vivid"})
    ResultJournal("out").add(planned, SETTINGS)
    with open(Path("out", NAME), "a") as file:
        file.write('{"result": "a.j')
    assert find(planned) == "same"
    Path("out", NAME).write_bytes(b"\xff\xfe")
    assert find(planned) == "unknown"


def test_a_line_after_one_cut_short_counts():
    planned = make()
    Path("out", NAME).write_text('{"result": "a.j')
    journal = ResultJournal("out")
    journal.add(planned, {"style": "vivid"})
    journal.add(planned, SETTINGS)
    assert find(planned) == "same"
    assert len(Path("out", NAME).read_text().splitlines()) == 3


@pytest.mark.parametrize("line", ['{"result": "a.jpg", "source": [1]}', "[1]", "7", "[" * 99999])
def test_a_line_of_another_kind_does_not_count(line):
    planned = make()
    Path("out", NAME).write_text(line + "\n")
    assert find(planned) == "unknown"


@pytest.mark.skipif(os.name == "nt", reason="Windows takes names of UTF-8 alone")
def test_a_name_that_is_not_utf_8():
    planned = make(os.fsdecode(b"album/caf\xe9.jpg"), output=os.fsdecode(b"out/caf\xe9.jpg"))
    ResultJournal("out").add(planned, SETTINGS)
    assert find(planned) == "same"


def apply(planned, **options):
    (applied,) = apply_journal([planned], ResultJournal("out"), lambda each: SETTINGS, **options)
    return applied.output.name, applied.is_made


def test_names_are_kept_apart():
    ResultJournal("out").add(make(), SETTINGS)
    other = make("other/a.jpg", b"another one")
    assert apply(other) == ("a_2.jpg", False)
    make("other/b.jpg", output="out/a_2.jpg")  # Someone's own
    assert apply(other) == ("a_3.jpg", False)
    ResultJournal("out").add(make("other/a.jpg", b"another one", "out/a_3.jpg"), SETTINGS)
    assert apply(other) == ("a_3.jpg", True)
    assert apply(other, overwrite=True) == ("a_3.jpg", False)
    with pytest.raises(ValueError, match="out/a.jpg, the result of another photograph"):
        apply(other, may_rename=False)
    assert apply(other, may_rename=False, overwrite=True) == ("a.jpg", False)


def test_names_that_others_will_have_are_not_taken():
    ResultJournal("out").add(make(), SETTINGS)
    planned = [make("other/a.jpg", b"another one"), make("other/a_2.jpg", b"3", "out/a_2.jpg")]
    os.remove("out/a_2.jpg")
    applied = apply_journal(planned, ResultJournal("out"), lambda each: SETTINGS)
    assert [each.output.name for each in applied] == ["a_3.jpg", "a_2.jpg"]


def test_settings(tmp_path):
    planned = PlannedPhoto(Path("a.jpg"), Path("b.jpg"), hints=(Hint(1, 2, "#c02020"),))
    assert describe_settings(planned, "colorkit_base", size=None) == {
        "model": "colorkit_base",
        "size": None,
        "hints": [(1, 2, "#c02020")],
    }
    Path("m.onnx").write_bytes(b"1")
    first = describe_settings(planned, "m.onnx")
    Path("m.onnx").write_bytes(b"12")
    assert describe_settings(planned, "m.onnx") != first


@pytest.mark.skipif(os.name != "posix", reason="Links and pipes of POSIX")
@pytest.mark.parametrize("put", [lambda path: os.symlink("../else.txt", path), os.mkfifo])
def test_a_link_or_pipe_of_its_name_is_neither_written_nor_read(put):
    """As others may put it into a folder that they share."""
    planned = make()
    Path("else.txt").write_text("precious")
    put(Path("out") / NAME)
    ResultJournal("out").add(planned, SETTINGS)
    assert find(planned) == "unknown"
    assert Path("else.txt").read_text() == "precious"

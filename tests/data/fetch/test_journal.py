"""A CSV file to which rows are added one by one."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colorkit.data.fetch.journal import Journal


def rows_in(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_rows_are_on_the_disk_at_once_and_found_again(tmp_path):
    path = tmp_path / "new" / "a.csv"
    journal = Journal(path, ("name", "size"))
    assert journal.rows == [] and not path.exists()
    journal.add(name='Åsa "the\n gre\0at", jr.', size=3)
    assert rows_in(path) == [{"name": 'Åsa "the great", jr.', "size": "3"}]
    journal.add(size=4, name="")
    assert journal.rows == rows_in(path) == Journal(path, ("name", "size")).rows
    assert len(journal.rows) == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=4), st.data())
def test_a_kill_at_any_byte_loses_the_last_row_only(tmp_path_factory, pairs, data):
    path = tmp_path_factory.mktemp("journal") / "a.csv"
    journal = Journal(path, ("name", "size"))
    ends = []
    for name, size in pairs:
        name, size = (text.encode("utf-8", "replace").decode() for text in (name, size))
        journal.add(name=name, size=size)
        ends.append(path.stat().st_size)
    kept = data.draw(st.integers(0, ends[-1]))
    with open(path, "r+b") as stream:
        stream.truncate(kept)
    again = Journal(path, ("name", "size"))
    assert again.rows == journal.rows[: sum(end <= kept for end in ends)]
    again.add(name="next", size="1")
    assert Journal(path, ("name", "size")).rows == [*again.rows[:-1], {"name": "next", "size": "1"}]


@pytest.mark.parametrize(
    ("text", "line"), [("name,width\nx,1\n", 1), ("name,size\nx,1\ny\n", 3), ("\n", 1)]
)
def test_other_files_are_refused(tmp_path, text, line):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"a\.csv, line {line}: expected the columns name, size"):
        Journal(path, ("name", "size"))
    assert path.read_text() == text


def test_formulas_are_written_as_text_and_read_as_they_were(tmp_path):
    path = tmp_path / "a.csv"
    Journal(path, ("name", "size")).add(name='=HYPERLINK("http://a")', size=-3)
    assert rows_in(path) == [{"name": '\'=HYPERLINK("http://a")', "size": "-3"}]
    assert Journal(path, ("name", "size")).rows[0]["name"] == '=HYPERLINK("http://a")'


@pytest.mark.parametrize(
    "content", [b"name,size\n\xff,1\n", b"name,size\n" + b"a" * 200_000 + b"\n"]
)
def test_what_is_no_csv_is_named(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(ValueError, match="a.csv: expected CSV in UTF-8. .* move it away"):
        Journal(tmp_path / "a.csv", ("name", "size"))

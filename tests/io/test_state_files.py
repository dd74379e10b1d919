"""JSON and CSV that is damaged: errors that name the file."""

import pytest

from colorkit.io.state_files import parse_object, read_rows


@pytest.mark.parametrize(
    ("text", "received"),
    [
        ('{"a": 1', "as where the file was cut short"),
        (b"\xff\xfe\xff", "as where the file was cut short"),
        ("[1]", "another value"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": 1}', "one without 'b'"),
    ],
)
def test_what_is_no_object_is_named(text, received):
    with pytest.raises(ValueError, match=f"run/recipe.json: expected a JSON object.*{received}"):
        parse_object(text, "run/recipe.json", ("a", "b"))


def test_objects_and_rows(tmp_path):
    assert parse_object('{"a": 1, "b": 2}', "x", ("a",)) == {"a": 1, "b": 2}
    path = tmp_path / "log.csv"
    assert read_rows(path) == []
    path.write_text('epoch,loss\n0,"1,5"\n')
    assert read_rows(path, start=1) == [["0", "1,5"]]
    for content in (b"a\xff\n", b"a" * 200_000):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"log.csv: expected CSV in UTF-8. Received: "):
            read_rows(path)

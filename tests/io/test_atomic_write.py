"""A file is there whole or as it was before."""

import pytest

from colorkit.io.atomic_write import replace_when_whole


def test_the_file_appears_at_the_end_and_nothing_else(tmp_path):
    path = tmp_path / "new" / "weights.h5"
    with replace_when_whole(path) as temporary:
        assert temporary.suffix == ".h5" and not temporary.exists()
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_earlier_file_stays_where_writing_fails(tmp_path, error):
    path = tmp_path / "log.csv"
    path.write_text("earlier")
    with pytest.raises(error), replace_when_whole(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "earlier" and list(tmp_path.iterdir()) == [path]


def test_the_longest_names_can_be_written(tmp_path):
    path = tmp_path / ("n" * 251 + ".png")
    with replace_when_whole(path) as temporary:
        temporary.touch()
    assert path.exists()


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "versions" / "1"
    with pytest.raises(OSError), replace_when_whole(path) as temporary:
        (temporary / "variables").mkdir(parents=True)
        (temporary / "variables" / "half").touch()
        raise OSError
    assert list(path.parent.iterdir()) == []
    with replace_when_whole(path) as temporary:
        temporary.mkdir()
        (temporary / "whole").touch()
        assert not path.exists()
    assert list(path.parent.rglob("*")) == [path, path / "whole"]

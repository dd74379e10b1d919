"""Users and passwords come from an option, the environment or a file."""

import pytest

from colorkit.demo.users import read_users


def test_one_user():
    assert read_users("ann:pass:word") == [("ann", "pass:word")]


def test_users_in_a_file(tmp_path):
    path = tmp_path / "users.txt"
    path.write_text("ann:one\n\n  bob:two  \n")
    assert read_users(f"@{path}") == [("ann", "one"), ("bob", "two")]


@pytest.mark.parametrize("text", ["secret", ":secret", "secret:"])
def test_another_form_is_not_repeated(text, tmp_path):
    (tmp_path / "users.txt").write_text(f"ann:one\n{text}\n")
    for given in (text, f"@{tmp_path / 'users.txt'}"):
        with pytest.raises(ValueError, match="Expected USER:PASSWORD, or @FILE") as caught:
            read_users(given)
        assert "secret" not in str(caught.value)
    assert "line 2 of " in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match="Cannot read the users in .*users.txt: No such file"):
        read_users(f"@{tmp_path / 'users.txt'}")


def test_an_empty_file(tmp_path):
    (tmp_path / "users.txt").write_text("\n")
    with pytest.raises(ValueError, match="users.txt, which is empty"):
        read_users(f"@{tmp_path / 'users.txt'}")

"""Messages of libraries are cut to one line."""

import pytest

from colorkit.backend.brief_errors import say_briefly


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("file signature not found", "file signature not found"),
        ("one\n\n  two\tthree", "one two three"),
        ("", "ValueError"),
        ("x" * 900_000, "x" * 400 + " ..."),
    ],
)
def test_one_short_line(message, said):
    assert say_briefly(ValueError(message)) == said

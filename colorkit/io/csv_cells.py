"""Text in CSV files that spreadsheets would otherwise run as formulas."""

import contextlib
import re
from typing import TypeVar

# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WRITTEN = re.compile(r"'+[=+\-@\t\r]")


T = TypeVar("T")


def neutral_cell(value: T) -> T | str:
    """Puts an apostrophe before text that begins with `=`, `+`, `-`, `@`, a tab or a line break.

    Spreadsheets show such cells as text. Numbers stay as they are.

    Args:
        value: Value of a cell.

    Example:
        >>> neutral_cell("=HYPERLINK(...)"), neutral_cell("-0.5"), neutral_cell("cat.jpg")
        ("'=HYPERLINK(...)", '-0.5', 'cat.jpg')
    """
    if not isinstance(value, str) or not _FORMULA.match(value):
        return value
    with contextlib.suppress(ValueError):
        float(value)
        return value
    return "'" + value


def restore_cell(text: str) -> str:
    """Returns the text that `neutral_cell` was given."""
    return text[1:] if _WRITTEN.match(text) else text

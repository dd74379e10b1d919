"""Reads JSON and CSV that other programs, a full disk or a hand may have changed."""

import csv
import json
from collections.abc import Iterable
from typing import Any

from colorkit.typing import StrPath


def parse_object(text: str | bytes, where: StrPath, keys: Iterable[str] = ()) -> dict[str, Any]:
    """Parses a JSON object.

    Args:
        text: The JSON, as text or bytes.
        where: The path of its file, for errors.
        keys: Names that it must have.

    Returns:
        Dict.

    Raises:
        ValueError: If it is no JSON, no object, or lacks a name; the message names the file.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        received = "brackets that are nested too deep"
    except ValueError as error:  # also of text that is not UTF-8
        received = f"{error}, as where the file was cut short"
    else:
        missing = [key for key in keys if not isinstance(value, dict) or key not in value]
        if isinstance(value, dict) and not missing:
            return value
        received = f"one without {missing[0]!r}" if isinstance(value, dict) else "another value"
    raise ValueError(f"{where}: expected a JSON object that colorkit wrote. Received: {received}.")


def read_rows(path: StrPath, start: int = 0) -> list[list[str]]:
    """Reads the rows of a CSV file.

    Args:
        path: Path of the file.
        start: Number of the first row that is wanted, from 0.

    Returns:
        List of lists of text; empty where there is no file.

    Raises:
        ValueError: If it is no such file; the message names it.
    """
    try:
        with open(path, newline="", encoding="utf-8") as stream:
            return list(csv.reader(stream))[start:]
    except FileNotFoundError:
        return []
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: expected CSV in UTF-8. Received: {error}.") from error

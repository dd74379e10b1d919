"""The manifest of a built data set: each photograph's file, split, source and drop reason.

manifest.csv            one row a photograph of the source, dropped ones too, by name of the source
colorkit-dataset.json   settings, counts, versions and the SHA-256 of manifest.csv; written last,
                        so that it marks a data set as complete
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorkit.io.checksum import digest_file
from colorkit.io.csv_cells import neutral_cell, restore_cell
from colorkit.io.state_files import parse_object, read_rows
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.build_database import PhotoRecord

MANIFEST, DESCRIPTION = "manifest.csv", "colorkit-dataset.json"

COLUMNS = (
    "file",
    "split",
    "source",
    "source_sha256",
    "width",
    "height",
    "gray_sha256",
    "color_sha256",
    "drop_reason",
    "detail",
)
"""Columns of manifest.csv, with cells as `colorkit.io.csv_cells` writes them; width and height are
those of the source photograph, in pixels."""

_ADVICE = "Copy the data set again from its source, or build it anew."


def write_manifest(path: Path, database: Iterable[PhotoRecord]) -> str:
    """Writes manifest.csv.

    Args:
        path: Path of the file.
        database: Iterable of `PhotoRecord`.

    Returns:
        The file's SHA-256 in hexadecimal.
    """
    with open(path, "w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(
            [neutral_cell(getattr(record, name)) for name in COLUMNS] for record in database
        )
    return digest_file(path)


def read_manifest(folder: StrPath) -> Iterator[dict[str, str]]:
    """Reads the rows of a built data set's manifest, one after another.

    Args:
        folder: Folder of the data set.

    Yields:
        Dict from `COLUMNS` to text.

    Raises:
        ValueError: If it is damaged; the message names the file.
    """
    path = Path(folder) / MANIFEST
    header, *rows = read_rows(path) or [[]]
    if tuple(header) != COLUMNS:
        raise ValueError(f"{path}: expected the manifest that `dataset build` wrote. {_ADVICE}")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(COLUMNS):
            raise ValueError(
                f"{path}, line {number}: expected {len(COLUMNS)} columns. Received: {len(row)}, as "
                f"where the file was cut short. {_ADVICE}"
            )
        yield dict(zip(COLUMNS, map(restore_cell, row), strict=True))


def describe_dataset(
    settings: Mapping[str, Any],
    counts: Mapping[str, Any],
    manifest_sha256: str,
    versions: Mapping[str, str],
) -> str:
    """Returns the text of colorkit-dataset.json.

    Args:
        settings: Dict of the build's settings.
        counts: Dict of counts.
        manifest_sha256: SHA-256 of manifest.csv in hexadecimal.
        versions: Dict from packages to versions.
    """
    description = {
        "settings": settings,
        "counts": counts,
        "manifest_sha256": manifest_sha256,
        "versions": versions,
    }
    return json.dumps(description, indent=1) + "\n"


def read_description(folder: StrPath) -> dict[str, Any] | None:
    """Reads colorkit-dataset.json.

    Args:
        folder: A folder.

    Returns:
        Dict, or `None` where the folder holds no complete data set.

    Raises:
        ValueError: If it is damaged; the message names the file.
    """
    path = Path(folder) / DESCRIPTION
    try:
        return parse_description(path.read_bytes(), path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def parse_description(text: str | bytes, where: StrPath) -> dict[str, Any]:
    """Parses the text of colorkit-dataset.json.

    Args:
        text: Text or bytes.
        where: Path or URL of the file, for errors.

    Returns:
        Dict.

    Raises:
        ValueError: If it is damaged; the message names the file.
    """
    description = parse_object(text, where, ("settings", "counts"))
    settings, counts = description["settings"], description["counts"]
    is_whole = isinstance(settings, dict) and "format" in settings and isinstance(counts, dict)
    numbers = [counts.get(key) for key in ("kept", "dropped")] if is_whole else [None]
    if not all(
        isinstance(each, dict) and all(isinstance(number, int) for number in each.values())
        for each in numbers
    ):
        raise ValueError(f"{where}: expected settings and counts of a data set. {_ADVICE}")
    return description

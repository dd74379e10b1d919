"""The manifest of a built data set: each photograph's file, split, source and drop reason.

manifest.csv            one row a photograph of the source, dropped ones too, by name of the source
colorkit-dataset.json   settings, counts, versions and the SHA-256 of manifest.csv; written last,
                        so that it marks a data set as complete
"""

import csv
import json
from pathlib import Path

from colorkit.io.checksum import digest_file

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
"""Columns of manifest.csv; width and height are those of the source photograph, in pixels."""


def write_manifest(path, database):
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
        rows.writerows([getattr(record, name) for name in COLUMNS] for record in database)
    return digest_file(path)


def read_manifest(folder):
    """Reads the rows of a built data set's manifest, one after another.

    Args:
        folder: Folder of the data set.

    Yields:
        Dict from `COLUMNS` to text.
    """
    with open(Path(folder) / MANIFEST, newline="", encoding="utf-8") as stream:
        yield from csv.DictReader(stream)


def describe_dataset(settings, counts, manifest_sha256, versions):
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


def read_description(folder):
    """Reads colorkit-dataset.json.

    Args:
        folder: A folder.

    Returns:
        Dict, or `None` where the folder holds no complete data set.
    """
    try:
        return json.loads((Path(folder) / DESCRIPTION).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None

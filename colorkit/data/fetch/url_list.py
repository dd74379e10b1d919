"""URL lists in a form that img2dataset reads correctly."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from colorkit.io.atomic_write import replace_when_whole
from colorkit.typing import StrPath

TEXT_FORMATS = ("txt", "csv", "tsv")
"""Formats that are converted; `.gz` and a number may follow (`photos.tsv000`)."""
_LONGEST_LINE = 1 << 20  # characters
_DAMAGE = (csv.Error, EOFError, UnicodeDecodeError, gzip.BadGzipFile, zlib.error)

OTHER_FORMATS = ("parquet", "json", "jsonl")
"""Formats that img2dataset reads directly."""


def find_list_format(path: StrPath) -> str:
    """Returns a list's format by its file name.

    Args:
        path: Path of the list.

    Returns:
        One of `TEXT_FORMATS` or `OTHER_FORMATS`.

    Raises:
        ValueError: If it is none of these.
    """
    name = Path(path).name.lower()
    found = re.search(r"\.(txt|csv|tsv)\d*(\.gz)?$|\.(parquet|jsonl?)$", name)
    if found is None:
        raise ValueError(
            f"Expected a list of addresses that ends in .{', .'.join(TEXT_FORMATS)} (also .gz), "
            f".{' or .'.join(OTHER_FORMATS)}. Received: {path}"
        )
    return found[1] or found[3]


def write_url_list(
    source: StrPath, target: StrPath, url_column: str = "url", keep: Sequence[str] = ()
) -> int:
    """Writes the addresses of a text, CSV or TSV file as CSV with each field in quotes.

    So commas in URLs and line breaks in other columns, which img2dataset's reader cannot parse, do
    no harm. Duplicate URLs are written once; empty ones, and lines of a
    `.txt` that begin with `#`, are left out.

    Args:
        source: Path of the list: `.txt` with one address a line, or a table with a header.
        target: Path of the CSV file, with the columns `url` and those of `keep`.
        url_column: Name of the column of a table that holds the addresses.
        keep: Names of more columns of the table that are kept.

    Returns:
        The number of addresses.

    Raises:
        ValueError: If a column is missing or there is no address.
    """
    rows: dict[str, list[str]] = {}
    try:
        with _open_text(source) as stream:
            for url, *kept in _read_rows(_bounded_lines(stream), source, url_column, keep):
                if url and not (url.startswith("#") and find_list_format(source) == "txt"):
                    rows.setdefault(url, kept)
    except _DAMAGE as error:
        raise ValueError(
            f"{source}: expected a whole list in UTF-8. Received: {error} after {len(rows):,} "
            "addresses. Copy the file again from its source, or mend it."
        ) from error
    if not rows:
        raise ValueError(f"{source}: expected addresses of pictures. Received: a list without any.")
    with (
        replace_when_whole(target) as temporary,
        open(temporary, "w", newline="", encoding="utf-8") as stream,
    ):
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(["url", *keep])
        writer.writerows([url, *kept] for url, kept in rows.items())
    return len(rows)


def _open_text(path: StrPath) -> TextIO:
    opener = gzip.open if str(path).lower().endswith(".gz") else open
    return opener(path, "rt", encoding="utf-8-sig", newline="")


def _bounded_lines(stream: TextIO) -> Iterator[str]:
    """Yields the lines; a file of one endless line, as a small `.gz` may hold, takes no memory."""
    while line := stream.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error(f"a line of {_LONGEST_LINE:,} characters or more")
        yield line


def _read_rows(
    stream: Iterable[str], source: StrPath, url_column: str, keep: Sequence[str]
) -> Iterator[list[str]]:
    kind = find_list_format(source)
    if kind == "txt":
        if keep:
            raise ValueError(
                f"{source}: a .txt has no columns to keep. Received: {', '.join(keep)}"
            )
        yield from ([line.strip()] for line in stream)
        return
    table = csv.DictReader(stream, delimiter="\t" if kind == "tsv" else ",")
    missing = {url_column, *keep} - set(table.fieldnames or ())
    if missing:
        raise ValueError(
            f"{source}: expected the columns {', '.join(sorted(missing))}. "
            f"Received: {', '.join(table.fieldnames or ['no header'])}. Name the column of the "
            "addresses with --url-column."
        )
    for row in table:
        yield [" ".join((row[column] or "").split()) for column in (url_column, *keep)]

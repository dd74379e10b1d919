"""An append-only CSV file that survives a kill at any moment."""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from colorkit.io.csv_cells import neutral_cell, restore_cell
from colorkit.typing import StrPath


class Journal:
    """Rows of text, each synced to disk when it is added.

    An incomplete last line, after a kill or a full disk, is removed when the file is opened again.

    Args:
        path: Path of the CSV file; made with its folder by the first row. Its cells are as
            `colorkit.io.csv_cells` writes them.
        columns: Names of the columns.

    Raises:
        ValueError: If the file exists and has other columns.

    Attributes:
        rows: List of the rows so far, a dict from column to text each.
    """

    def __init__(self, path: StrPath, columns: Iterable[str]) -> None:
        self._path = Path(path)
        self._columns = tuple(columns)
        self.rows = self._read() if self._path.exists() else []

    def add(self, **row: object) -> None:
        """Adds a row.

        Args:
            row: A value for each column, written as text in one line, without NUL characters.
        """
        values = {column: _to_line(row[column]) for column in self._columns}
        lines = [] if self._path.exists() else [self._columns]
        text = io.StringIO()
        cells = map(neutral_cell, values.values())
        csv.writer(text, lineterminator="\n").writerows([*lines, cells])
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path, "ab", buffering=0) as stream:
            stream.write(text.getvalue().encode())
            os.fsync(stream.fileno())
        self.rows.append(values)

    def _read(self) -> list[dict[str, str]]:
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if not whole:
            self._path.unlink()
            return []
        if whole < len(data):
            os.truncate(self._path, whole)
        try:
            lines = csv.reader(io.StringIO(data[:whole].decode("utf-8-sig"), newline=""))
            header, *rows = ([restore_cell(cell) for cell in line] for line in lines)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(
                f"{self._path}: expected CSV in UTF-8. Received: {error}. Mend the file, or move "
                "it away to begin anew."
            ) from error
        if tuple(header) != self._columns:
            raise self._error(1, header)
        for number, row in enumerate(rows, 2):
            if len(row) != len(header):
                raise self._error(number, row)
        return [dict(zip(header, row, strict=True)) for row in rows]

    def _error(self, number: int, row: Iterable[str]) -> ValueError:
        return ValueError(
            f"{self._path}, line {number}: expected the columns {', '.join(self._columns)}. "
            f"Received: {', '.join(row)}. Mend the line, or move the file away to begin anew."
        )


def _to_line(value: object) -> str:
    return " ".join(str(value).replace("\0", "").split())

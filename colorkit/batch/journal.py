"""Which photograph and which settings each result in a folder was made of."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from colorkit.io.checksum import fingerprint_file
from colorkit.io.open_binary import is_local
from colorkit.models.saved_models import find_saved
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto

NAME = ".colorkit.jsonl"
"""Name of the journal beside the results: a line of JSON for each; the last of a name counts."""

_END_BYTES = 1 << 16  # enough to see past the blank margins of scans


class ResultRecords:
    """What the results of a folder were made of.

    Args:
        folder: Path of the folder.
        entries: Iterable of what `describe` has returned; the last of a result counts.
    """

    def __init__(self, folder: Path, entries: Iterable[dict[str, Any]] = ()) -> None:
        self._folder = folder
        self._entries = {entry["result"]: entry for entry in entries}

    def find(self, planned: PlannedPhoto, settings: Mapping[str, Any]) -> str:
        """Tells what a result that exists was made of.

        Args:
            planned: `PlannedPhoto` whose output exists.
            settings: Dict of what decides the result's colours, as JSON takes it.

        Returns:
            `"unknown"` where the journal does not name the result; `"same"`; `"settings"` or
            `"changed"` where it is of the same file with other settings or other content;
            `"other"` where it is of another photograph.
        """
        entry = self._entries.get(self._relative(planned.output))
        if entry is None:
            return "unknown"
        described = entry["source"]
        same_place = described.get("path") == self._relative(planned.source)
        page = described.get("page") == planned.page
        if not page or not self._is_same(planned.source, described, same_place):
            return "changed" if same_place and page else "other"
        return "same" if entry.get("settings") == _plain(settings) else "settings"

    def describe(self, planned: PlannedPhoto, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Describes what a result is made of.

        Args:
            planned: `PlannedPhoto`.
            settings: As `find` takes them.

        Returns:
            Dict, as JSON takes it.

        Raises:
            OSError: If the photograph cannot be read.
        """
        status = planned.source.stat()
        source = {
            "path": self._relative(planned.source),
            "page": planned.page,
            "size": status.st_size,
            "time": status.st_mtime_ns,
            "fingerprint": _fingerprint(planned.source),
        }
        key = self._relative(planned.output)
        return {"result": key, "source": source, "settings": _plain(settings)}

    def _is_same(self, path: Path, described: Mapping[str, Any], same_place: bool) -> bool:
        try:
            status = path.stat()
            if status.st_size != described.get("size"):
                return False
            if same_place and status.st_mtime_ns == described.get("time"):
                return True
            fingerprint = _fingerprint(path)
            return fingerprint is not None and fingerprint == described.get("fingerprint")
        except OSError:  # Reading the photograph will tell.
            return same_place

    def _relative(self, path: Path) -> str:
        if not (is_local(path) and is_local(self._folder)):
            return str(path)
        try:
            return Path(os.path.relpath(path, self._folder)).as_posix()
        except ValueError:  # Another drive
            return Path(path).absolute().as_posix()


class ResultJournal(ResultRecords):
    """The journal of a folder of results.

    Args:
        folder: Path of the folder. The journal is made with the first result.
    """

    def __init__(self, folder: StrPath) -> None:
        super().__init__(Path(folder))
        self._lock = threading.Lock()
        self._is_cut = False  # whether the last line lacks its end
        self._entries = self._read()

    def add(self, planned: PlannedPhoto, settings: Mapping[str, Any]) -> None:
        """Notes a result that was made. A journal that cannot be written is left as it is.

        Several threads may call it at once.
        """
        with contextlib.suppress(OSError):
            entry = self.describe(planned, settings)
            with self._lock:
                self._append(entry["result"], entry)

    def _append(self, key: str, entry: dict[str, Any]) -> None:
        line = "\n" * self._is_cut + json.dumps(entry) + "\n"
        self._is_cut = True  # Until it is written
        if not self._is_file:
            return
        with open(self._folder / NAME, "a", encoding="ascii") as file:
            file.write(line)
        self._is_cut = False
        self._entries[key] = entry

    def _read(self) -> dict[str, dict[str, Any]]:
        entries: dict[str, dict[str, Any]] = {}
        self._is_file = _is_file(self._folder / NAME)
        if not self._is_file:
            return entries
        try:
            text = (self._folder / NAME).read_bytes().decode(errors="replace")
        except OSError:
            return entries
        self._is_cut = not text.endswith("\n") and bool(text)
        for line in text.splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
                entry = json.loads(line)
                if isinstance(entry["source"], dict):
                    entries[entry["result"]] = entry
        return entries


def _fingerprint(path: Path) -> str | None:
    """Tells contents apart; in an object store by the ETag that it keeps, `None` without one."""
    if is_local(path):
        return fingerprint_file(path, end_bytes=_END_BYTES)
    place: Any = path
    return place.fs.info(place.path).get("ETag")


def _is_there(path: Path) -> bool:
    return os.path.isfile(path) if is_local(path) else path.is_file()


def _is_file(path: Path) -> bool:
    """Tells whether there is a file, or none yet.

    In a folder that others may write to, a link could lead to any file, and a pipe has no end.
    """
    return not path.is_symlink() and (path.is_file() or not path.exists())


def apply_journal(
    planned: Sequence[PlannedPhoto],
    journal: ResultRecords,
    settings_of: Callable[[PlannedPhoto], Mapping[str, Any]],
    *,
    overwrite: bool = False,
    may_rename: bool = True,
) -> list[PlannedPhoto]:
    """Finds out which results are made already, and names those apart that would replace others.

    Args:
        planned: List of `PlannedPhoto`.
        journal: `ResultRecords` of the folder of the results.
        settings_of: Function of a `PlannedPhoto`: the settings of its result.
        overwrite: Whether results of the same photographs are made anew.
        may_rename: Whether the result of another photograph makes the name end in `_2` and so on.

    Returns:
        List of `PlannedPhoto`: `is_made` where the result exists and is of this photograph and
        these settings, or of unknown ones.

    Raises:
        ValueError: If a result is of another photograph and may not be named apart.
    """
    taken = {str(each.output).lower() for each in planned}
    return [
        _apply(each, journal, settings_of(each), overwrite, may_rename, taken) for each in planned
    ]


def _apply(
    planned: PlannedPhoto,
    journal: ResultRecords,
    settings: Mapping[str, Any],
    overwrite: bool,
    may_rename: bool,
    taken: set[str],
) -> PlannedPhoto:
    first, number = planned.output, 1
    while _is_there(planned.output):
        found = journal.find(planned, settings)
        if found != "other" and (found != "unknown" or planned.output == first):
            is_made = not overwrite and found in ("same", "unknown")
            return dataclasses.replace(planned, is_made=is_made)
        if not may_rename and overwrite:
            break
        if not may_rename:
            raise ValueError(
                f"Expected -o to name a new file. Received: {first}, the result of another "
                "photograph. Give another name, or replace it with --overwrite."
            )
        output = first
        while str(output).lower() in taken:
            number += 1
            output = first.with_name(f"{first.stem}_{number}{first.suffix}")
        taken.add(str(output).lower())
        planned = dataclasses.replace(planned, output=output)
    return dataclasses.replace(planned, is_made=False)


def describe_settings(planned: PlannedPhoto, model: StrPath, **settings: Any) -> dict[str, Any]:
    """Describes what decides the colours of a result.

    Args:
        planned: `PlannedPhoto`.
        model: Name or path of the model.
        **settings: Further settings, as JSON takes them.

    Returns:
        Dict; for the path of a model, its size and time are in it.
    """
    described = {"model": str(model), **settings}
    if planned.variant is not None:
        described["variant"] = planned.variant
    if planned.hints:
        described["hints"] = [
            (hint.x, hint.y, hint.color, *([] if hint.strength == 1 else [hint.strength]))
            for hint in planned.hints
        ]
    with contextlib.suppress(OSError):
        path = find_saved(model)
        status = path.stat()
        described["model"] = [path.name, status.st_size, status.st_mtime_ns]
    return described


def _plain(settings: Mapping[str, Any]) -> Any:
    """Returns settings as JSON gives them back."""
    return json.loads(json.dumps(settings))

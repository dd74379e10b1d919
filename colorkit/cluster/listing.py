"""Lists what lies below a folder, one folder after another, here and in object stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from colorkit.io.find import FoundFiles, FoundPhoto, find_by_folder
from colorkit.io.open_binary import is_local
from colorkit.io.passed_over import describe_passed_over, find_exclusion
from colorkit.io.photo import PhotoError
from colorkit.io.places import is_there
from colorkit.io.signatures import describe_other_kind
from colorkit.video.formats import VIDEO_SUFFIXES

SHARD_SUFFIXES = (".tar", ".parquet")
"""Endings of the files that hold many photographs."""


def list_archive(
    source: Path, skip: Path | None = None, exclude: Sequence[str] = ()
) -> Iterator[FoundFiles]:
    """Lists photographs and shards as `find_photos` finds photographs.

    Args:
        source: Folder or file, as `open_place` returns it.
        skip: Folder that is not searched, such as that of the results.
        exclude: Patterns of what to pass over, as `find_exclusion` takes them.

    Yields:
        `FoundFiles` of each folder. Videos are passed over.

    Raises:
        PhotoError: If `source` does not exist or cannot be listed.
    """
    if is_there(source):
        yield FoundFiles([FoundPhoto(source, Path(source.name))])
    elif not is_local(source):
        yield from _list_store(source, skip, exclude)
    elif source.is_dir():
        yield from find_by_folder(source, skip, describe=_describe, exclude=exclude)
    else:
        raise PhotoError(f"Cannot find {source}: there is no such file or folder. Check the path.")


def _describe(path: Any) -> str | None:
    suffix = Path(str(path)).suffix.lower()
    if suffix in VIDEO_SUFFIXES:
        return "a video, which one machine colours: leave --engine out"
    return None if suffix in SHARD_SUFFIXES else describe_other_kind(path)


def _list_store(source: Any, skip: Path | None, exclude: Sequence[str]) -> Iterator[FoundFiles]:
    waiting = [source]
    while waiting:
        parent = waiting.pop()
        files = FoundFiles([])
        try:
            entries = parent.fs.ls(parent.path, detail=True)
        except OSError as error:
            if parent == source:
                raise PhotoError(
                    f"Cannot list {source}: {error or type(error).__name__}. Check the address "
                    "and the credentials."
                ) from error
            files.failed[str(parent)] = f"Cannot list {parent}: {error}."
            yield files
            continue
        parent.fs.invalidate_cache()  # which would grow with the archive
        within = []
        for entry in sorted(entries, key=lambda entry: entry["name"]):
            name = entry["name"].rstrip("/").rpartition("/")[2]
            path = parent / name
            is_folder = entry["type"] == "directory"
            if not name or path == parent or (entry["name"].endswith("/") and not is_folder):
                continue  # what some tools write to show a folder
            relative = path.path.removeprefix(source.path).lstrip("/")
            reason = _why_passed_over(path, relative, is_folder, skip, exclude)
            if reason is None and is_folder:
                within.append(path)
                continue
            try:
                reason = reason or _describe(path)
            except OSError as error:
                files.failed[str(path)] = f"Cannot read {path}: {error}."
                continue
            if reason is None:
                files.photos.append(FoundPhoto(path, Path(relative)))
            else:
                files.passed_over[str(path)] = reason
        waiting += reversed(within)
        yield files


def _why_passed_over(
    path: Any, relative: str, is_folder: bool, skip: Path | None, exclude: Sequence[str]
) -> str | None:
    if path == skip:
        return "the folder of the results"
    reason = describe_passed_over(path.name, is_folder)
    if reason is None:
        pattern = find_exclusion(relative, exclude, is_folder)
        reason = None if pattern is None else f"excluded by {pattern}"
    return reason

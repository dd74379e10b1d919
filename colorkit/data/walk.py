"""The files below a folder of photographs, without what systems keep beside them."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from colorkit.io.passed_over import describe_passed_over
from colorkit.typing import StrPath


def walk_files(folder: StrPath, skip: Path | None = None) -> Iterator[tuple[Path, OSError | None]]:
    """Walks through a folder to any depth, in the same order always.

    Hidden files and folders, bins and thumbnails that systems keep are left out
    (`describe_passed_over`), and folders behind links.

    Args:
        folder: Its path.
        skip: Resolved `Path` of a folder within it to leave out, or `None`.

    Yields:
        `Path` of each file and `None`; for a folder that cannot be listed, its path and the
        `OSError`.
    """
    unlisted: list[OSError] = []
    for walked, folders, files in os.walk(folder, onerror=unlisted.append):
        yield from _take_all(unlisted)
        parent = Path(walked)
        folders[:] = sorted(
            name
            for name in folders
            if describe_passed_over(name, is_folder=True) is None
            and (skip is None or (parent / name).resolve() != skip)
        )
        for name in sorted(files):
            if describe_passed_over(name, is_folder=False) is None:
                yield parent / name, None
    yield from _take_all(unlisted)


def lies_in_passed_over(name: StrPath) -> bool:
    """Tells whether a path within an archive is one that `walk_files` leaves out.

    Args:
        name: The path, with `/`.
    """
    *folders, last = PurePosixPath(name).parts
    return describe_passed_over(last, is_folder=False) is not None or any(
        describe_passed_over(folder, is_folder=True) is not None for folder in folders
    )


def printable_name(name: str) -> str:
    """Escapes bytes that are not text, which names of files may contain."""
    return name.encode("utf-8", "backslashreplace").decode()


def _take_all(errors: list[OSError]) -> Iterator[tuple[Path, OSError]]:
    while errors:
        error = errors.pop(0)
        yield Path(error.filename), error

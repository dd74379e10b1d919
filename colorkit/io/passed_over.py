"""Which entries of a folder are no photographs of its owner's, and what each is instead."""

import fnmatch
import os
from collections.abc import Iterable
from pathlib import PurePath

from colorkit.typing import StrPath

# Names in lower case, as fnmatch takes them.
_KEPT_BY_SYSTEMS = {
    "a NAS' thumbnails": ("@eadir", ".@__thumb"),
    "a recycle bin": (
        "#recycle",
        "@recycle",
        "$recycle.bin",
        "recycler",
        "recycled",
        ".trash*",
        ".trashes",
    ),
    "a NAS' or system's own folder": (
        "#snapshot",
        "@tmp",
        "@recently-snapshot",
        "system volume information",
        "lost.dir",
    ),
    "what macOS adds to archives": ("__macosx",),
    "a catalogue's previews": ("*.lrdata", "*.cocatalogdb", "ipod photo cache", ".picasaoriginals"),
}
_INDEX_FILES = ("thumbs.db", "ehthumbs*.db", "desktop.ini", "zbthumbnail.info", "icon\r")


def describe_passed_over(name: str, is_folder: bool) -> str | None:
    """Says why an entry of a folder is passed over for its name.

    Args:
        name: Name of the entry, without folders.
        is_folder: Whether it is a folder.

    Returns:
        Words such as `"a recycle bin"`, or `None` where the name is no reason.

    Example:
        >>> describe_passed_over("@eaDir", True), describe_passed_over("1950", True)
        ("a NAS' thumbnails", None)
    """
    if is_folder:
        for reason, patterns in _KEPT_BY_SYSTEMS.items():
            if _matches(name.lower(), patterns):
                return reason
    elif _matches(name.lower(), _INDEX_FILES):
        return "an index of thumbnails or settings"
    return "hidden" if name.startswith(".") else None


def find_exclusion(
    relative_path: StrPath, patterns: Iterable[str], is_folder: bool = False
) -> str | None:
    """Finds the pattern that excludes a file or folder.

    Args:
        relative_path: Its path below the folder that is searched.
        patterns: Patterns with `*`, `?` and `[...]`. One without a slash means names at any depth,
            one with a slash inside paths below the folder, one that ends in a slash folders alone.
        is_folder: Whether it is a folder.

    Returns:
        The first pattern that it matches, or `None`.

    Example:
        >>> find_exclusion("1950/small/a.jpg", ["*.tif", "small/"]) is None
        True
        >>> find_exclusion("1950/small", ["*.tif", "small/"], is_folder=True)
        'small/'
    """
    path = PurePath(relative_path)
    for pattern in patterns:
        wanted = pattern.replace(os.sep, "/")
        if wanted.endswith("/") and not is_folder:
            continue
        wanted = wanted.removeprefix("./").rstrip("/")
        if fnmatch.fnmatchcase(path.as_posix() if "/" in wanted else path.name, wanted.lstrip("/")):
            return pattern
    return None


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

"""Finds photographs by files, folders and globs."""

import collections
import glob
import os
from dataclasses import dataclass
from pathlib import Path

from colorkit.io.photo import FORMAT_OF_SUFFIX, PhotoError


@dataclass(frozen=True)
class FoundPhoto:
    """A photograph's file and the place its result should have.

    Args:
        path: Path of the file.
        relative_path: Path to keep below the output folder; unique among the photographs found
            together.
    """

    path: Path
    relative_path: Path


def find_photos(inputs, skip=None, suffixes=tuple(FORMAT_OF_SUFFIX)):
    """Finds photographs in files, folders and globs.

    A file given by its path is taken whatever its suffix. A folder is searched to any depth for
    files with one of `suffixes`, in upper or lower case; hidden files and folders are skipped,
    links to folders not followed. A glob (`*`, `?`, `[...]`, and `**` for any depth) is expanded as
    in a shell, without files that are no photographs.

    Relative paths start at the deepest folder that all inputs share: `find_photos(["album"])`
    gives the paths below `album`; from `a/x.jpg` and `b/x.jpg` come `a/x.jpg` and `b/x.jpg`.

    Args:
        inputs: Paths or globs, strings or `Path`s.
        skip: Folder that is not searched, such as the output folder inside an input; or `None`.
        suffixes: Suffixes of photographs in folders, in lower case.

    Returns:
        List of `FoundPhoto`, sorted by relative path, each file once.

    Raises:
        PhotoError: where an input matches nothing, holds no photograph, or is a folder that
            cannot be listed.

    Example:
        >>> [str(found.relative_path) for found in find_photos(["album", "more/*.png"])]
        ['album/1950/beach.jpg', 'album/house.tif', 'more/cat.png']
    """
    skip = None if skip is None else os.path.abspath(skip)
    roots, paths = [], {}
    for given in inputs:
        root, found = _search(str(given), skip, suffixes)
        roots.append(os.path.abspath(root))
        paths.update((os.path.abspath(path), Path(path)) for path in found)
    if not roots:
        raise PhotoError("Expected files, folders or globs. Received: none. Name at least one.")
    base = os.path.commonpath(roots)
    photos = [FoundPhoto(path, Path(os.path.relpath(full, base))) for full, path in paths.items()]
    return sorted(photos, key=lambda photo: photo.relative_path)


def name_results(photos, folder, suffix=None):
    """Chooses the file of each photograph's result.

    Args:
        photos: List of `FoundPhoto`.
        folder: Output folder.
        suffix: Suffix that all results have, such as `".png"`, or `None` to keep each
            photograph's own.

    Returns:
        List of `Path`, all different (also where upper and lower case count the same): where a
        new suffix would give two photographs one name, they keep their old suffix before it.

    Example:
        >>> name_results(find_photos(["cat.jpg", "cat.tif"]), "out", ".png")
        [PosixPath('out/cat.jpg.png'), PosixPath('out/cat.tif.png')]
    """
    originals = [Path(folder) / photo.relative_path for photo in photos]
    if suffix is None:
        return originals
    plain = [path.with_suffix(suffix) for path in originals]
    wishes = collections.Counter(str(path).lower() for path in plain)
    results, taken = [], set()
    for original, result in zip(originals, plain, strict=True):
        if wishes[str(result).lower()] > 1:
            result = original.with_name(original.name + suffix)
        while str(result).lower() in taken:
            result = result.with_name(result.stem + "_" + suffix)
        taken.add(str(result).lower())
        results.append(result)
    return results


def _search(given, skip, suffixes):
    """Returns the folder that paths are relative to, and the paths."""
    if os.path.isdir(given):
        root, found = given, list(_walk(given, skip, suffixes))
    elif os.path.exists(given):
        return os.path.dirname(given), [given]
    elif glob.has_magic(given):
        root, found = _fixed_part(given), []
        for match in glob.iglob(given, recursive=True):
            if os.path.isdir(match):
                found.extend(_walk(match, skip, suffixes))
            elif _is_photo(match, suffixes) and not _is_inside(match, skip):
                found.append(match)
    else:
        raise PhotoError(f"Cannot find {given}: there is no such file or folder. Check the path.")
    if not found:
        raise PhotoError(
            f"Cannot find photographs in {given}: expected files that end in "
            f"{', '.join(suffixes)}. Received: none. Check the path."
        )
    return root, found


def _fixed_part(pattern):
    folder = os.path.dirname(pattern)
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder


def _walk(folder, skip, suffixes):
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        if _is_inside(parent, skip):
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (os.path.join(parent, name) for name in files if _is_photo(name, suffixes))


def _refuse(error):
    raise PhotoError(
        f"Cannot list {error.filename}: {error.strerror}. Check its permissions."
    ) from error


def _is_photo(path, suffixes):
    path = Path(path)
    return path.suffix.lower() in suffixes and not path.name.startswith(".")


def _is_inside(path, folder):
    path = os.path.abspath(path)
    return folder is not None and (path == folder or path.startswith(folder + os.sep))

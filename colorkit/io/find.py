"""Which photographs the files, folders and globs on a command line mean, no entry forgotten."""

import collections
import glob
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from colorkit.io.passed_over import describe_passed_over, find_exclusion
from colorkit.io.photo import PhotoError
from colorkit.io.signatures import SUFFIXES_READ, describe_other_kind
from colorkit.typing import StrPath


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


@dataclass(frozen=True)
class FoundFiles:
    """What some inputs mean; each entry of a folder is in one of the three.

    Args:
        photos: List of `FoundPhoto`, sorted by relative path, each file once.
        passed_over: Dict from the paths of entries that are no photographs, as strings, to what
            they are. A folder that is not searched is one entry.
        failed: Dict from inputs that mean no photograph, and from entries that cannot be looked at,
            to what went wrong.
    """

    photos: list[FoundPhoto]
    passed_over: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def find_photos(
    inputs: Sequence[StrPath],
    skip: StrPath | None = None,
    *,
    describe: Callable[[str], str | None] = describe_other_kind,
    exclude: Iterable[str] = (),
) -> FoundFiles:
    """Finds photographs in files, folders and globs.

    A file that is named is taken whatever it is. A folder is searched to any depth for what its
    name or its first bytes tell to be a photograph; hidden entries, bins and thumbnails that
    systems keep (`describe_passed_over`), links to folders and files of other kinds are passed
    over. A glob (`*`, `?`, `[...]`, and `**` for any depth) means what the shell would make of it,
    less what is passed over. What cannot be read, such as a link that leads nowhere or a
    folder that may not be listed, is reported, and the search continues.

    Relative paths start at the deepest folder that all inputs share: `find_photos(["album"])`
    gives the paths below `album`; from `a/x.jpg` and `b/x.jpg` come `a/x.jpg` and `b/x.jpg`.

    Args:
        inputs: Paths or globs, strings or `Path`s.
        skip: Folder that is not searched, such as the output folder inside an input; or `None`.
        describe: Function of a file's path: `None` for a photograph, otherwise what the file is.
        exclude: Patterns of what to pass over, as `find_exclusion` takes them.

    Returns:
        `FoundFiles`.

    Raises:
        PhotoError: where no input means a photograph, or there is none.

    Example:
        >>> found = find_photos(["album", "more/*.png"])
        >>> [str(photo.relative_path) for photo in found.photos], found.passed_over
        (['album/1950/beach.jpg', 'album/cat.jpg', 'more/cat.png'],
         {'album/@eaDir': "a NAS' thumbnails", 'album/list.pdf': 'a PDF document'})
    """
    if not inputs:
        raise PhotoError("Expected files, folders or globs. Received: none. Name at least one.")
    search = _Search(skip, describe, tuple(exclude))
    nothing = {}
    for given in map(str, inputs):
        try:
            search.take_input(given, len(inputs) > 1)
        except PhotoError as error:
            nothing[given] = str(error)
    if not search.paths and not search.failed:
        raise PhotoError(" ".join(nothing.values()) or "Cannot find photographs: all are excluded.")
    found = {os.path.abspath(path): path for path in search.paths}
    base = os.path.commonpath(search.roots) if search.roots else ""
    photos = [FoundPhoto(Path(path), Path(os.path.relpath(f, base))) for f, path in found.items()]
    passed_over = _once(search.passed_over, found)
    failed = {**nothing, **_once(search.failed, found)}
    return FoundFiles(sorted(photos, key=lambda photo: photo.relative_path), passed_over, failed)


def find_by_folder(
    folder: StrPath,
    skip: StrPath | None = None,
    *,
    describe: Callable[[str], str | None] = describe_other_kind,
    exclude: Iterable[str] = (),
) -> Iterator[FoundFiles]:
    """Finds the photographs of a folder as `find_photos` does, one folder after another.

    Memory is taken for the largest folder, not for all.

    Args:
        folder: Path of a folder.
        skip: As in `find_photos`.
        describe: As in `find_photos`.
        exclude: As in `find_photos`.

    Yields:
        `FoundFiles` of each folder at any depth, without those of its subfolders. Relative paths
        start at `folder`.

    Raises:
        PhotoError: where `folder` cannot be listed.
    """
    root = str(folder)
    search = _Search(skip, describe, tuple(exclude))
    for _ in search.walk(root, root, is_input=True):
        photos = [FoundPhoto(Path(f), Path(os.path.relpath(f, root))) for f in search.paths]
        photos.sort(key=lambda photo: photo.relative_path)
        yield FoundFiles(photos, dict(search.passed_over), dict(search.failed))
        for gathered in (search.paths, search.passed_over, search.failed):
            gathered.clear()


def _once(reasons: Mapping[str, str], found: Iterable[str]) -> dict[str, str]:
    """Leaves out what is found, and what is the same path once more."""
    known, once = set(found), {}
    for path, reason in reasons.items():
        full = os.path.abspath(path)
        if full not in known:
            known.add(full)
            once[path] = reason
    return once


class _Search:
    """Gathers paths, and the reasons of entries that are no photographs."""

    def __init__(
        self, skip: StrPath | None, describe: Callable[[str], str | None], exclude: tuple[str, ...]
    ) -> None:
        self.roots: list[str] = []
        self.paths: list[str] = []
        self.passed_over: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self._skip = None if skip is None else os.path.abspath(skip)
        self._describe, self._exclude = describe, exclude

    def take_input(self, given: str, one_of_several: bool) -> None:
        """Takes a file, a folder or a glob; raises a `PhotoError` where it means nothing."""
        if "://" in given:
            raise PhotoError(
                f"Cannot find {given}: expected a file, folder or glob on this machine. "
                "Received: an address. Download the photograph first."
            )
        known = len(self.paths) + len(self.failed) + len(self.passed_over)
        paths = len(self.paths) + len(self.failed)
        if os.path.isdir(given):
            reason = describe_passed_over(os.path.basename(os.path.normpath(given)), True)
            # The shell makes `album/*` a list of all folders in it, those that no one means too.
            if one_of_several and reason is not None and reason != "hidden":
                self.passed_over[given] = reason
                return
            self.roots.append(os.path.abspath(given))
            _exhaust(self.walk(given, given, is_input=True))
        elif os.path.exists(given):
            self.roots.append(os.path.abspath(os.path.dirname(given)))
            name = os.path.basename(given)
            pattern = find_exclusion(name, self._exclude)
            reason = describe_passed_over(name, False) if one_of_several else None
            if pattern is not None:
                self.passed_over[given] = f"excluded by {pattern}"
            elif reason is not None and reason != "hidden":
                self.passed_over[given] = reason
            else:
                self.paths.append(given)
            return
        elif glob.has_magic(given):
            root = _fixed_part(given)
            self.roots.append(os.path.abspath(root))
            for match in glob.iglob(given, recursive=True):
                self._take_match(match, root, follow="**" not in given)
        else:
            raise PhotoError(_why_missing(given))
        if len(self.paths) + len(self.failed) == paths:
            others = len(self.passed_over) + paths - known
            raise PhotoError(
                f"Cannot find photographs in {given}: expected pictures, such as files that end in "
                f"{', '.join(SUFFIXES_READ)}. "
                f"Received: {f'{others} of other kinds' if others else 'none'}. Check the path."
            )

    def _take_match(self, match: str, root: str, follow: bool) -> None:
        below = os.path.relpath(match, root or ".").split(os.sep)
        for n, name in enumerate(below[:-1], start=1):
            folder = os.path.join(root, *below[:n])
            reason = self._why_folder(folder, name, root)
            if reason is not None:
                self.passed_over[folder] = reason
                return
        if os.path.isdir(match):
            reason = self._why_folder(match, below[-1], root, follow)
            if reason is None:
                _exhaust(self.walk(match, root))
            elif below != ["."]:
                self.passed_over[match] = reason
        else:
            self._take_entry(match, root)

    def walk(self, folder: str, root: str, is_input: bool = False) -> Iterator[None]:
        """Takes the entries of a folder; yields after each folder in it, at any depth."""
        waiting = [folder]
        while waiting:
            parent = waiting.pop()
            try:
                with os.scandir(parent) as listed:
                    entries = sorted(listed, key=lambda entry: entry.name)
            except OSError as error:
                message = f"Cannot list {parent}: {_words(error)}. Check its permissions."
                if is_input and parent == folder:
                    raise PhotoError(message) from error
                self.failed[parent] = message
                yield
                continue
            within = []
            for entry in entries:
                path = os.path.join(parent, entry.name)
                if not _is_folder(entry):
                    self._take_entry(path, root)
                    continue
                reason = self._why_folder(path, entry.name, root)
                if reason is None:
                    within.append(path)
                else:
                    self.passed_over[path] = reason
            waiting += reversed(within)
            yield

    def _why_folder(self, path: str, name: str, root: str, follow: bool = False) -> str | None:
        """Says why a folder is not searched; `None` where it is."""
        full = os.path.abspath(path)
        if self._skip is not None and (full == self._skip or full.startswith(self._skip + os.sep)):
            return "the folder of the results"
        reason = describe_passed_over(name, True)
        if reason is None and os.path.islink(path) and not follow:
            reason = "a link to a folder"
        return reason or self._why_excluded(path, root, is_folder=True)

    def _why_excluded(self, path: str, root: str, is_folder: bool = False) -> str | None:
        below = os.path.relpath(path, root or ".")
        pattern = find_exclusion(below, self._exclude, is_folder)
        return None if pattern is None else f"excluded by {pattern}"

    def _take_entry(self, path: str, root: str) -> None:
        """Takes what is no folder."""
        if self._skip is not None and os.path.abspath(path).startswith(self._skip + os.sep):
            return
        reason = describe_passed_over(os.path.basename(path), False)
        reason = reason or self._why_excluded(path, root)
        if reason is None:
            try:
                mode = os.stat(path).st_mode
                if not stat.S_ISREG(mode):
                    reason = "a device, pipe or socket"
                else:
                    reason = self._describe(path)
            except OSError as error:
                self.failed[path] = _why_unreadable(path, error)
                return
        if reason is None:
            self.paths.append(path)
        else:
            self.passed_over[path] = reason


def _exhaust(steps: Iterator[None]) -> None:
    """Takes all steps of an iterator."""
    collections.deque(steps, maxlen=0)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # A link that points to itself
        return False


def _why_missing(given: str) -> str:
    try:
        os.stat(given)
    except (FileNotFoundError, NotADirectoryError) as error:
        if os.path.islink(given):
            return _why_unreadable(given, error)
    except OSError as error:
        return f"Cannot find {given}: {_words(error)}. Check the path and its permissions."
    return f"Cannot find {given}: there is no such file or folder. Check the path."


def _why_unreadable(path: str, error: OSError) -> str:
    if os.path.islink(path):
        return (
            f"Cannot read {path}: there is no such file, since it is a link that leads nowhere "
            f"(to {os.readlink(path)}). Mend the link or remove it."
        )
    return f"Cannot read {path}: {_words(error)}. Check its permissions."


def _words(error: OSError) -> str:
    return str(error.strerror or error).lower()


def _fixed_part(pattern: str) -> str:
    folder = os.path.dirname(pattern)
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)
    return folder

"""Iterates over the photographs of a folder, a tar or a zip.

Nothing is unpacked: members are read from the archive in place. Members whose path leads out of
the folder, links and devices are still refused, with the reason.
"""

import functools
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from colorkit.data.walk import lies_in_passed_over, printable_name, walk_files
from colorkit.io.photo import PhotoError
from colorkit.io.signatures import SUFFIXES_READ
from colorkit.typing import StrPath

ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")
"""Files in a folder with these suffixes are searched too."""

MAX_FILE_BYTES = 1 << 30
"""Members that are larger are refused: an uncompressed 16-bit TIFF of 170 megapixels."""

_FILES_PER_PART = 64  # of photographs outside archives

_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)


@dataclass(frozen=True)
class Member:
    """One photograph of a source, or the reason why it is refused.

    Attributes:
        name: Its path within the source, with `/`; below `shard.tar/` for a tar in a folder.
        stamp: Text that changes when the file does: its size and time or checksum.
        read: Function that returns the file's bytes; call it before the next member is asked for.
        refusal: Why it may not be read, or `None`.
    """

    name: str
    stamp: str = ""
    read: Callable[[], bytes] | None = None
    refusal: str | None = None


def iterate_members(source: StrPath, skip: StrPath | None = None) -> Iterator[Member]:
    """Iterates over the photographs of a folder (recursively, archives in it too) or an archive.

    Files without a suffix of `SUFFIXES_READ`, hidden ones, and bins and thumbnails that systems
    keep are skipped; links to files are followed in a folder, and refused in an archive.

    Args:
        source: Path of a folder, a tar (plain, gz, bz2 or xz) or a zip.
        skip: Path of a folder within the source to skip, or `None`.

    Yields:
        `Member`s, always in the same order. A damaged archive ends with one whose refusal reports
        it, and so is a folder within that cannot be listed.

    Raises:
        PhotoError: If the source is missing, cannot be listed, or is none of these.

    Example:
        >>> sorted(member.name for member in iterate_members("album"))
        ['1950/beach.jpg', 'cat.jpg']
    """
    for part in iterate_parts(source, skip):
        yield from part.members()


@dataclass(frozen=True)
class Part:
    """A few photographs of a source, or an archive: what one process reads.

    Attributes:
        source: `Path` of the source.
        files: Tuple of `Path`s in it, each with `None`; for a folder that cannot be listed with
            the reason.
    """

    source: Path
    files: tuple[tuple[Path, str | None], ...]

    def members(self) -> Iterator[Member]:
        """Iterates over its `Member`s, always in the same order."""
        for path, reason in self.files:
            inside = path.relative_to(self.source).as_posix()
            if reason is not None:
                refusal = f"cannot be listed ({reason})"
                yield Member(printable_name(inside), refusal=refusal)
            elif path == self.source:
                yield from _archive_members(path, path.name, "")
            elif path.suffix.lower() in SUFFIXES_READ:
                yield _file_member(path, inside)
            else:
                yield from _archive_members(path, inside, f"{inside}/")


def iterate_parts(source: StrPath, skip: StrPath | None = None) -> Iterator[Part]:
    """Cuts a source into parts. Their members, one part after the other, are all of the source.

    Args:
        source, skip: As `iterate_members` takes them.

    Yields:
        `Part`s, the same ones in the same order as long as the source is the same.

    Raises:
        PhotoError: As `iterate_members` does.
    """
    source = Path(source)
    if source.is_dir():
        yield from _cut_folder(source, Path(skip).resolve() if skip else None)
        return
    if not source.exists():
        raise PhotoError(
            f"Expected a folder, tar or zip of photographs. Received: {source}, which does not "
            "exist. Check the path."
        )
    if _find_kind(source) is None:
        raise PhotoError(
            f"Expected a folder, tar or zip of photographs. Received: {source}, a file of another "
            "kind. Put photographs into a folder, and give that."
        )
    yield Part(source, ((source, None),))


def _cut_folder(source: Path, skip: Path | None) -> Iterator[Part]:
    photos: list[tuple[Path, str | None]] = []
    for path, error in walk_files(source, skip):
        if error is not None and path == source:
            raise PhotoError(
                f"Cannot list {path}: {error.strerror}. Check its permissions."
            ) from error
        is_photo = error is not None or path.suffix.lower() in SUFFIXES_READ
        is_archive = not is_photo and path.name.lower().endswith(ARCHIVE_SUFFIXES)
        if is_photo:
            photos.append((path, None if error is None else error.strerror))
        if photos and (is_archive or len(photos) == _FILES_PER_PART):
            yield Part(source, tuple(photos))
            photos = []
        if is_archive:
            yield Part(source, ((path, None),))
    if photos:
        yield Part(source, tuple(photos))


def _file_member(path: Path, name: str) -> Member:
    try:
        status = os.stat(path)
    except OSError as error:
        return Member(printable_name(name), refusal=f"cannot be read ({error.strerror})")
    if not stat.S_ISREG(status.st_mode):
        return Member(printable_name(name), refusal="a device, pipe or socket")
    return _member(name, status.st_size, status.st_mtime_ns, path.read_bytes)


def _archive_members(path: Path, name: str, prefix: str) -> Iterator[Member]:
    kind = _find_kind(path)
    if kind is None:
        yield Member(printable_name(name), refusal="no archive, whatever its suffix says")
    else:
        yield from kind(path, prefix)


def _find_kind(path: Path) -> Callable[..., Iterator[Member]] | None:
    # In this order: a tar whose last member is a zip looks like a zip too.
    try:
        if tarfile.is_tarfile(path):
            return _iterate_tar
    except _DAMAGE:
        return None
    return _iterate_zip if zipfile.is_zipfile(path) else None


def _iterate_tar(path: Path, prefix: str = "") -> Iterator[Member]:
    try:
        with tarfile.open(path, "r:*") as archive:
            while (info := archive.next()) is not None:
                # tarfile keeps every member in memory; its stubs leave the list out.
                archive.members.clear()  # type: ignore[attr-defined]
                if info.isdir():
                    continue
                refusal = None if info.isreg() else "a link or device"
                yield from _archive_member(
                    prefix,
                    info.name,
                    refusal,
                    info.size,
                    info.mtime,
                    functools.partial(_read_from_tar, archive, info),
                )
    except _DAMAGE as error:
        yield _damaged(path, prefix, error)


def _read_from_tar(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(info)
    return b"" if stream is None else stream.read()  # None for what is no regular file


def _iterate_zip(path: Path, prefix: str = "") -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                kind = stat.S_IFMT(info.external_attr >> 16)
                refusal = None if kind in (0, stat.S_IFREG) else "a link or device"
                yield from _archive_member(
                    prefix,
                    info.filename,
                    refusal,
                    info.file_size,
                    info.CRC,
                    functools.partial(archive.read, info),
                )
    except _DAMAGE as error:
        yield _damaged(path, prefix, error)


def _archive_member(
    prefix: str,
    name: str,
    refusal: str | None,
    size: int,
    version: float,
    read: Callable[[], bytes],
) -> Iterator[Member]:
    """Yields the member, or nothing where it is no photograph."""
    if _leads_out(name):
        refusal = "its path leads out of the archive"
    if refusal:
        yield Member(printable_name(prefix + name), refusal=refusal)
        return
    path = PurePosixPath(name)
    if path.suffix.lower() in SUFFIXES_READ and not lies_in_passed_over(path):
        yield _member(prefix + path.as_posix(), size, version, read)


def _leads_out(name: str) -> bool:
    windows = PureWindowsPath(name)
    return bool(windows.anchor) or ".." in windows.parts


def _member(name: str, size: int, version: float, read: Callable[[], bytes]) -> Member:
    name = printable_name(name)
    if size > MAX_FILE_BYTES:
        return Member(name, refusal=f"{size:,} bytes; at most {MAX_FILE_BYTES:,} are read")
    return Member(name, f"{size}-{version}", read)


def _damaged(path: Path, prefix: str, error: Exception) -> Member:
    return Member(
        printable_name(prefix.rstrip("/") or path.name),
        refusal=f"the archive is damaged; what comes after the members before is lost ({error})",
    )

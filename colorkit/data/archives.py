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
    source = Path(source)
    if source.is_dir():
        yield from _walk(source, Path(skip).resolve() if skip else None)
        return
    if not source.exists():
        raise PhotoError(
            f"Expected a folder, tar or zip of photographs. Received: {source}, which does not "
            "exist. Check the path."
        )
    kind = _find_kind(source)
    if kind is None:
        raise PhotoError(
            f"Expected a folder, tar or zip of photographs. Received: {source}, a file of another "
            "kind. Put photographs into a folder, and give that."
        )
    yield from kind(source)


def _walk(source: Path, skip: Path | None) -> Iterator[Member]:
    for path, error in walk_files(source, skip):
        inside = path.relative_to(source).as_posix()
        if error is not None:
            if path == source:
                raise PhotoError(
                    f"Cannot list {path}: {error.strerror}. Check its permissions."
                ) from error
            yield Member(printable_name(inside), refusal=f"cannot be listed ({error.strerror})")
        elif path.suffix.lower() in SUFFIXES_READ:
            yield _file_member(path, inside)
        elif path.name.lower().endswith(ARCHIVE_SUFFIXES):
            yield from _nested(path, inside)


def _file_member(path: Path, name: str) -> Member:
    try:
        status = os.stat(path)
    except OSError as error:
        return Member(printable_name(name), refusal=f"cannot be read ({error.strerror})")
    if not stat.S_ISREG(status.st_mode):
        return Member(printable_name(name), refusal="a device, pipe or socket")
    return _member(name, status.st_size, status.st_mtime_ns, path.read_bytes)


def _nested(path: Path, inside: str) -> Iterator[Member]:
    kind = _find_kind(path)
    if kind is None:
        yield Member(printable_name(inside), refusal="no archive, whatever its suffix says")
    else:
        yield from kind(path, f"{inside}/")


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

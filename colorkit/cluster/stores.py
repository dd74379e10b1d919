"""Where the pipeline of `colorkit.batch` reads photographs and writes results on a cluster."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from colorkit.batch.photo_store import LocalFiles
from colorkit.io.decode_tiff import count_pages, count_pages_in
from colorkit.io.open_binary import is_local
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.places import read_bytes, write_bytes
from colorkit.io.read import decode_photo
from colorkit.io.write import encode_result

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto


class AnyFiles(LocalFiles):
    """The `PhotoStore` of files of this machine and of what fsspec reaches."""

    def read(self, planned: PlannedPhoto, *, strict: bool) -> Photo:
        """Reads the photograph's file."""
        if is_local(planned.source):
            return super().read(planned, strict=strict)
        data = _fetch(planned.source)
        return decode_photo(data, str(planned.source), page=planned.page, strict=strict)

    def write(
        self, path: Path, photo: Photo, *, file_format: str | None, jpeg_quality: int
    ) -> tuple[str, ...]:
        """Writes the result's file."""
        if is_local(path):
            return super().write(path, photo, file_format=file_format, jpeg_quality=jpeg_quality)
        data, lost = encode_result(
            photo, str(path), file_format=file_format, jpeg_quality=jpeg_quality
        )
        try:
            write_bytes(path, data)
        except OSError as error:
            raise PhotoError(
                f"Cannot write {path}: {error}. Check the address and the credentials."
            ) from error
        return lost

    def count_pages(self, source: Path) -> int:
        """Counts the pages of a TIFF; 1 where it cannot be read."""
        if is_local(source):
            return count_pages(source)
        try:
            return count_pages_in(_fetch(source))
        except PhotoError:  # Reading it will tell.
            return 1


class HeldFiles:
    """The `PhotoStore` of photographs in memory: those of a shard that are in the pipeline."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sources: dict[Path, bytes] = {}
        self._results: dict[Path, bytes] = {}

    def hold(self, planned: PlannedPhoto, data: bytes) -> None:
        """Holds the bytes of a photograph until it is read."""
        with self._lock:
            self._sources[planned.source] = data

    def take(self, path: Path) -> bytes | None:
        """Gives the bytes of a result away; `None` where there is none."""
        with self._lock:
            return self._results.pop(path, None)

    def read(self, planned: PlannedPhoto, *, strict: bool) -> Photo:
        """Decodes a photograph that is held."""
        with self._lock:
            data = self._sources.pop(planned.source)
        return decode_photo(data, str(planned.source), strict=strict)

    def write(
        self, path: Path, photo: Photo, *, file_format: str | None, jpeg_quality: int
    ) -> tuple[str, ...]:
        """Encodes a result and holds it."""
        data, lost = encode_result(
            photo, str(path), file_format=file_format, jpeg_quality=jpeg_quality
        )
        with self._lock:
            self._results[path] = data
        return lost


def _fetch(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except FileNotFoundError:
        raise PhotoError(f"Cannot read {path}: there is no such file. Check the path.") from None
    except OSError as error:
        raise PhotoError(
            f"Cannot read {path}: {error}. Check the address and the credentials."
        ) from error

"""Where photographs are read from, and their results written to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from colorkit.io.photo import Photo
from colorkit.io.read import read_photo
from colorkit.io.write import write_photo

if TYPE_CHECKING:
    from colorkit.batch.plan import PlannedPhoto


class PhotoStore(Protocol):
    """Where photographs lie, and their results. Several threads call it at once."""

    def read(self, planned: PlannedPhoto, *, strict: bool) -> Photo:
        """Reads a photograph as `read_photo` does."""

    def write(
        self, path: Path, photo: Photo, *, file_format: str | None, jpeg_quality: int
    ) -> tuple[str, ...]:
        """Writes a result as `write_photo` does."""


class LocalFiles:
    """The `PhotoStore` of files that this machine sees."""

    def read(self, planned: PlannedPhoto, *, strict: bool) -> Photo:
        """Reads the photograph's file."""
        return read_photo(planned.source, page=planned.page, strict=strict)

    def write(
        self, path: Path, photo: Photo, *, file_format: str | None, jpeg_quality: int
    ) -> tuple[str, ...]:
        """Writes the result's file."""
        return write_photo(path, photo, file_format=file_format, jpeg_quality=jpeg_quality)

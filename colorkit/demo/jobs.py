"""The jobs of the page: colour one upload, or many into a zip."""

from __future__ import annotations

import dataclasses
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from colorkit.demo.decoder import UploadDecoder
from colorkit.demo.guidance import NO_GUIDANCE, Guidance
from colorkit.demo.model_pool import ModelPool
from colorkit.demo.previews import preview_pair, shrink
from colorkit.io.photo import FORMAT_OF_SUFFIX, SUFFIX_OF_FORMAT, PhotoError
from colorkit.io.predicted_mark import mark_predicted
from colorkit.io.write import write_photo
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.demo.limits import Limits

VARIANT_SIDE = 480
"""Longer side of a variant in the strip, in pixels."""

COLORED = "coloured"
"""How the outcome of a photograph in a batch begins that succeeded."""


@dataclasses.dataclass(frozen=True)
class ColorSettings:
    """A visitor's settings.

    Attributes:
        model: One of `ModelPool.names`.
        style: As for `ModelPool.color`.
        saturation: Float of 0 (gray) or more; 1 for the model's own.
    """

    model: str
    style: str
    saturation: float


@dataclasses.dataclass(frozen=True)
class ColoredUpload:
    """One coloured photograph.

    Attributes:
        before, after: Paths of the two JPEGs of a before/after slider.
        result: Path of the PNG at full resolution, the bytes that `colorkit colorize` writes.
        summary: A line about it.
        size: `(height, width)` of the photograph in pixels.
    """

    before: Path
    after: Path
    result: Path
    summary: str
    size: tuple[int, int]


@dataclasses.dataclass(frozen=True)
class BatchProgress:
    """The progress of a batch.

    Attributes:
        outcomes: List of pairs of a photograph's name and `COLORED`, followed by its notes, or the
            reason why not.
        total: Number of photographs.
        archive: Path of the zip, or `None` while it is written or where it would be empty.
    """

    outcomes: list[tuple[str, str]]
    total: int
    archive: Path | None = None


def color_upload(
    pool: ModelPool,
    decoder: UploadDecoder,
    path: StrPath,
    settings: ColorSettings,
    folder: StrPath,
    guidance: Guidance = NO_GUIDANCE,
) -> Iterator[ColoredUpload | None]:
    """Colours one uploaded photograph, step by step.

    Args:
        pool: `ModelPool`.
        decoder: `UploadDecoder`.
        path: Path of the upload.
        settings: `ColorSettings`.
        folder: Folder that exists, for the three files made.
        guidance: `Guidance`.

    Yields:
        `None` after each step, where whoever iterates may stop; at last a `ColoredUpload`.

    Raises:
        PhotoError: If the upload is no photograph, or exceeds the limits; the message hides the
            server's path.
        ValueError: If a hint lies outside, or the model does not take what guides.
        MemoryError: If the photograph is too large for this machine.
    """
    path, folder = Path(path), Path(folder)
    photo = decoder.decode(path)
    yield None
    start = time.perf_counter()
    colored = pool.color(photo, settings.model, settings.style, settings.saturation, guidance)
    colored = mark_predicted(colored)
    seconds = time.perf_counter() - start
    yield None
    result = folder / f"{path.stem}_color.png"
    write_photo(result, colored)
    yield None
    previews = folder / "before.jpg", folder / "after.jpg"
    for preview, picture in zip(previews, preview_pair(photo, colored), strict=True):
        write_photo(preview, picture)
    summary = (
        f"{photo.width} x {photo.height} pixels, coloured in {seconds:.1f} s by {settings.model}"
    )
    summary = "; ".join((summary, *photo.notes))
    yield ColoredUpload(*previews, result, summary, (photo.height, photo.width))


def vary_upload(
    pool: ModelPool,
    decoder: UploadDecoder,
    path: StrPath,
    settings: ColorSettings,
    guidance: Guidance,
) -> Iterator[NDArray[np.uint8]]:
    """Colours one uploaded photograph in its variants. Arguments are those of `color_upload`.

    Yields:
        uint8 array of shape `(h, w, 3)`, of at most `VARIANT_SIDE` pixels.
    """
    photo = decoder.decode(Path(path))
    made = pool.vary(photo, settings.model, settings.style, settings.saturation, guidance)
    for colored in made:
        yield shrink(colored, VARIANT_SIDE)


def color_uploads(
    pool: ModelPool,
    decoder: UploadDecoder,
    paths: Sequence[StrPath],
    settings: ColorSettings,
    folder: StrPath,
    limits: Limits,
) -> Iterator[BatchProgress]:
    """Colours many uploaded photographs into one zip, where each keeps its name and format.

    Two of the same name become `NAME.jpg` and `NAME_2.jpg`. Formats that colorkit does not write
    become PNG, HEIC becomes JPEG. A file that cannot be coloured is reported, and the rest
    continues.

    Args:
        pool, decoder, settings: As for `color_upload`.
        paths: List of paths of the uploads.
        folder: Folder that exists, for the zip.
        limits: `Limits`. The zip may take half of what may lie on the disk.

    Yields:
        `BatchProgress` after each photograph, the last one with the zip.

    Raises:
        PhotoError: If there are no photographs, or more than the limits allow.
    """
    if not 1 <= len(paths) <= limits.files:
        raise PhotoError(
            f"Expected 1 to {limits.files} photographs at once. Received: {len(paths)}. "
            "Upload them in parts of that size."
        )
    archive = Path(folder) / "colorkit.zip"
    outcomes: list[tuple[str, str]] = []
    taken: set[str] = set()
    names = [_unique_name(Path(path).name, taken) for path in paths]
    # Photographs are compressed already.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as zipped:
        batch = _Batch(pool, decoder, settings, zipped, limits.disk_bytes // 2, taken)
        for path, name in zip(paths, names, strict=True):
            outcomes.append((name, batch.add(Path(path), name)))
            yield BatchProgress(list(outcomes), len(paths))
        is_empty = not zipped.namelist()
    yield BatchProgress(outcomes, len(paths), None if is_empty else archive)


@dataclasses.dataclass(frozen=True)
class _Batch:
    """Adds coloured photographs to a zip of at most `max_bytes`, by names not yet `taken`."""

    pool: ModelPool
    decoder: UploadDecoder
    settings: ColorSettings
    zipped: zipfile.ZipFile
    max_bytes: int
    taken: set[str]

    def add(self, path: Path, name: str) -> str:
        """Colours an upload. Returns `COLORED` with the photograph's notes, or the reason."""
        made = Path(self.zipped.filename or "").with_name("made" + path.suffix)
        settings = self.settings
        try:
            photo = self.decoder.decode(path)
            colored = self.pool.color(photo, settings.model, settings.style, settings.saturation)
            if path.suffix.lower() not in FORMAT_OF_SUFFIX:
                made = made.with_suffix(SUFFIX_OF_FORMAT[photo.file_format])
                name = _unique_name(Path(name).with_suffix(made.suffix).name, self.taken)
            write_photo(made, mark_predicted(colored))
            self._check_room(made)
            self.zipped.write(made, name)
        except (ValueError, MemoryError) as error:
            return str(error) or type(error).__name__
        finally:
            made.unlink(missing_ok=True)
        return "; ".join((COLORED, *photo.notes))

    def _check_room(self, made: Path) -> None:
        total = made.stat().st_size + sum(each.file_size for each in self.zipped.infolist())
        if total > self.max_bytes:
            raise PhotoError(
                f"Expected at most {self.max_bytes / (1 << 20):.1f} MB in one zip. "
                f"Received: {total / (1 << 20):.1f} MB. Colour it in a batch of its own."
            )


def _unique_name(wish: str, taken: set[str]) -> str:
    """Returns a file name that is not taken yet, in upper or lower case, and takes it."""
    path, name, number = Path(wish), wish, 1
    while name.lower() in taken:
        number += 1
        name = f"{path.stem}_{number}{path.suffix}"
    taken.add(name.lower())
    return name

"""The jobs of the page: colour one upload, or many into a zip."""

import dataclasses
import time
import zipfile
from pathlib import Path

from colorkit.batch.hint_files import list_hints
from colorkit.demo.previews import preview_pair
from colorkit.io.photo import FORMAT_OF_SUFFIX, PhotoError
from colorkit.io.predicted_mark import mark_predicted
from colorkit.io.read import decode_photo
from colorkit.io.write import write_photo

MAX_HINTS = 500
"""Maximum number of hints of one photograph."""

COLORED = "coloured"
"""The outcome of a photograph in a batch that succeeded."""


@dataclasses.dataclass(frozen=True)
class ColorSettings:
    """A visitor's settings.

    Attributes:
        network: One of `ModelPool.names`.
        style: As for `ModelPool.color`.
        saturation: Float of 0 (gray) or more; 1 for the network's own.
    """

    network: str
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
    size: tuple


@dataclasses.dataclass(frozen=True)
class BatchProgress:
    """The progress of a batch.

    Attributes:
        outcomes: List of pairs of a photograph's name and `COLORED` or the reason why not.
        total: Number of photographs.
        archive: Path of the zip, or `None` while it is written or where it would be empty.
    """

    outcomes: list
    total: int
    archive: Path | None = None


def color_upload(pool, path, settings, folder, limits, hints=()):
    """Colours one uploaded photograph.

    Args:
        pool: `ModelPool`.
        path: Path of the upload.
        settings: `ColorSettings`.
        folder: Folder that exists, for the three files made.
        limits: `Limits`.
        hints: List of dicts with `x`, `y` and `color`, as `colorkit.Hint` takes them.

    Returns:
        `ColoredUpload`.

    Raises:
        PhotoError: If the upload is no photograph, or exceeds the limits; the message hides the
            server's path.
        ValueError: If a hint is none, there are more than `MAX_HINTS`, or the network takes none.
        MemoryError: If the photograph is too large for this machine.
    """
    path, folder = Path(path), Path(folder)
    hints = _check_hints(hints)
    photo = _read_upload(path, limits)
    start = time.perf_counter()
    colored = pool.color(photo, settings.network, settings.style, settings.saturation, hints)
    colored = mark_predicted(colored)
    seconds = time.perf_counter() - start
    result = folder / f"{path.stem}_color.png"
    write_photo(result, colored)
    previews = folder / "before.jpg", folder / "after.jpg"
    for preview, picture in zip(previews, preview_pair(photo, colored), strict=True):
        write_photo(preview, picture)
    summary = (
        f"{photo.width} x {photo.height} pixels, coloured in {seconds:.1f} s by {settings.network}"
    )
    return ColoredUpload(*previews, result, summary, (photo.height, photo.width))


def color_uploads(pool, paths, settings, folder, limits):
    """Colours many uploaded photographs into one zip, where each keeps its name and format.

    Two of the same name become `NAME.jpg` and `NAME_2.jpg`. A file that cannot be coloured is
    reported, and the rest continues.

    Args:
        pool, settings, limits: As for `color_upload`.
        paths: List of paths of the uploads.
        folder: Folder that exists, for the zip.

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
    outcomes, names = [], _unique_names(paths)
    # Photographs are compressed already.
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as zipped:
        for path, name in zip(paths, names, strict=True):
            outcomes.append((name, _add_colored(zipped, pool, Path(path), name, settings, limits)))
            yield BatchProgress(list(outcomes), len(paths))
    is_empty = all(outcome != COLORED for _, outcome in outcomes)
    yield BatchProgress(outcomes, len(paths), None if is_empty else archive)


def _add_colored(zipped, pool, path, name, settings, limits):
    """Adds a coloured photograph to a zip. Returns `COLORED` or the reason why not."""
    made = Path(zipped.filename).with_name("made" + path.suffix)
    try:
        photo = _read_upload(path, limits)
        colored = pool.color(photo, settings.network, settings.style, settings.saturation)
        known = path.suffix.lower() in FORMAT_OF_SUFFIX
        write_photo(made, mark_predicted(colored), file_format=None if known else photo.file_format)
        zipped.write(made, name)
    except (ValueError, MemoryError) as error:
        return str(error) or type(error).__name__
    finally:
        made.unlink(missing_ok=True)
    return COLORED


def _check_hints(hints):
    hints = list_hints(list(hints), "the hints")
    if len(hints) > MAX_HINTS:
        raise ValueError(f"Expected at most {MAX_HINTS} hints. Received: {len(hints)}")
    return hints


def _read_upload(path, limits):
    """Reads a photograph; errors name its file without the folder."""
    size = path.stat().st_size
    if size > limits.bytes:
        raise PhotoError(
            f"Cannot read {path.name}: expected at most {limits.megabytes} MB. "
            f"Received: {size / (1 << 20):.1f} MB. Shrink the picture first."
        )
    return decode_photo(path.read_bytes(), path.name, max_pixels=limits.pixels)


def _unique_names(paths):
    taken, names = set(), []
    for path in map(Path, paths):
        name, number = path.name, 1
        while name.lower() in taken:
            number += 1
            name = f"{path.stem}_{number}{path.suffix}"
        taken.add(name.lower())
        names.append(name)
    return names

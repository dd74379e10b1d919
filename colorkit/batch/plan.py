"""Plans the output file of each photograph or video, and which results exist already."""

import os
from dataclasses import dataclass
from pathlib import Path

from colorkit.io.find import FoundPhoto, find_photos, name_results
from colorkit.io.photo import FORMAT_OF_SUFFIX, PhotoError, find_format
from colorkit.io.sample_photos import write_gray_samples
from colorkit.video.formats import VIDEO_SUFFIXES, is_video
from colorkit.video.muxer import CONTAINER_OF_SUFFIX, find_container


@dataclass(frozen=True)
class PlannedPhoto:
    """A photograph or video and its output file.

    Args:
        source: Path of the photograph or video.
        output: Path of the result.
        is_made: Whether the result exists already and is not overwritten.
        hints: Tuple of `colorkit.Hint`s for the photograph.
    """

    source: Path
    output: Path
    is_made: bool = False
    hints: tuple = ()


@dataclass(frozen=True)
class OutputPlan:
    """The plan of one call of `colorkit colorize`.

    Args:
        photos: List of `PlannedPhoto`, no two with the same output.
        not_found: Dict from inputs without photographs to the reasons.
        videos: Tuple of `PlannedPhoto`, likewise.
    """

    photos: list
    not_found: dict
    videos: tuple = ()

    @property
    def is_made(self):
        """Whether every result exists already."""
        return all(planned.is_made for planned in (*self.photos, *self.videos))


def plan_outputs(inputs, out, *, file_format=None, overwrite=False):
    """Finds photographs and videos and chooses their output files.

    Results have the same relative paths below the folder `out` as the photographs below their
    inputs. For a single photograph or video, `out` may also be a file, with a suffix. Videos of
    other containers than `CONTAINER_OF_SUFFIX` become `.mkv`, which supports any sound.

    Args:
        inputs: Files, folders or globs.
        out: Path of a folder, or of a file.
        file_format: Format of all photographs' results, such as `"png"`; `None` to keep each
            one's own.
        overwrite: Whether existing results are overwritten.

    Returns:
        An `OutputPlan`.

    Raises:
        PhotoError: If no input has photographs, or `file_format` is unknown.
        ValueError: If a result would replace one of the photographs, or `out` does not fit.

    Example:
        >>> plan_outputs(["album"], "out", file_format="png").photos[0]
        PlannedPhoto(source=PosixPath('album/cat.jpg'), output=PosixPath('out/cat.png'), ...)
    """
    out = Path(out)
    suffix = None if file_format is None else "." + file_format.lower().lstrip(".")
    if suffix is not None:
        find_format(out, suffix)
    if out.is_dir() and any(os.path.realpath(given) == os.path.realpath(out) for given in inputs):
        raise ValueError(
            f"Expected -o to name another folder than the photographs'. Received: {out} for both"
        )
    found, not_found = _find(inputs, out)
    photos = [each for each in found if not is_video(each.path)]
    videos = [each for each in found if is_video(each.path)]
    if _is_file_name(out):
        outputs = [_check_single_file(found, out, suffix)]
    else:
        if out.exists() and not out.is_dir():
            raise ValueError(
                f"Expected -o to name a folder, or a file that ends in "
                f"{', '.join((*FORMAT_OF_SUFFIX, *CONTAINER_OF_SUFFIX))}. Received: the file {out}"
            )
        outputs = name_results(photos, out, suffix) + _name_videos(videos, out)
    _check_photographs_stay(found, outputs)
    planned = [
        PlannedPhoto(each.path, output, not overwrite and output.exists())
        for each, output in zip(photos + videos, outputs, strict=True)
    ]
    return OutputPlan(planned[: len(photos)], not_found, tuple(planned[len(photos) :]))


def plan_samples(out, *, file_format=None, overwrite=False):
    """Writes the sample photographs in gray and chooses their output files, all in `out`.

    Args:
        out: Path of a folder.
        file_format: Format of the results; `None` for PNG.
        overwrite: Whether existing results are overwritten.

    Returns:
        An `OutputPlan`: `astronaut_gray.png` is coloured as `astronaut_color.png`, and so on.

    Raises:
        PhotoError: If a sample cannot be written, or `file_format` is unknown.
        ValueError: If `out` is a file.
    """
    out = Path(out)
    suffix = "." + (file_format or "png").lower().lstrip(".")
    find_format(out, suffix)
    if _is_file_name(out) or (out.exists() and not out.is_dir()):
        raise ValueError(f"Expected -o to name a folder for the samples. Received: the file {out}")
    photos = []
    for source in write_gray_samples(out):
        output = source.with_name(source.name.replace("_gray.png", f"_color{suffix}"))
        photos.append(PlannedPhoto(source, output, not overwrite and output.exists()))
    return OutputPlan(photos, {})


def _find(inputs, out):
    """Returns the photographs of all inputs, and the reasons for inputs without any."""
    skip = None if _lies_in(inputs, out) else out
    suffixes = (*FORMAT_OF_SUFFIX, *VIDEO_SUFFIXES)
    try:
        return find_photos(inputs, skip, suffixes), {}
    except PhotoError:
        if len(inputs) == 1:
            raise
    not_found = {}
    for given in inputs:
        try:
            find_photos([given], skip, suffixes)
        except PhotoError as error:
            not_found[str(given)] = str(error)
    rest = [given for given in inputs if str(given) not in not_found]
    if not rest:
        raise PhotoError(" ".join(not_found.values()))
    return find_photos(rest, skip, suffixes), not_found


def _name_videos(videos, folder):
    """Names results after their videos, in a supported container."""
    results = name_results(videos, folder)
    kept = {str(path).lower() for path in results if path.suffix.lower() in CONTAINER_OF_SUFFIX}
    for n, path in enumerate(results):
        if path.suffix.lower() not in CONTAINER_OF_SUFFIX:
            short = path.with_suffix(".mkv")
            results[n] = path.with_name(path.name + ".mkv") if str(short).lower() in kept else short
            kept.add(str(results[n]).lower())
    return results


def _lies_in(inputs, folder):
    """Returns whether an input names files directly in a folder, which then must not be skipped."""
    return any(os.path.dirname(os.path.abspath(path)) == os.path.abspath(folder) for path in inputs)


def _is_file_name(out):
    return out.suffix.lower() in (*FORMAT_OF_SUFFIX, *VIDEO_SUFFIXES) and not out.is_dir()


def _check_single_file(found: list[FoundPhoto], out, suffix):
    if len(found) != 1:
        raise ValueError(
            f"Expected -o to name a folder, since there are {len(found)} photographs. "
            f"Received: the file {out}"
        )
    if is_video(found[0].path):
        find_container(out)
        return out
    if out.suffix.lower() not in FORMAT_OF_SUFFIX:
        raise ValueError(
            f"Expected -o to name a photograph, since {found[0].path} is one, with a name that "
            f"ends in {', '.join(FORMAT_OF_SUFFIX)}. Received: {out}"
        )
    if suffix is not None and find_format(out) != find_format(out, suffix):
        raise ValueError(
            f"Expected --format and the name after -o to agree; leave --format out. "
            f"Received: {suffix[1:]} and {out}"
        )
    return out


def _check_photographs_stay(found, outputs):
    sources = {_identity(photo.path) for photo in found}
    for output in outputs:
        if output.exists() and _identity(output) in sources:
            raise ValueError(
                f"{output} is one of the photographs, and its result would replace it. "
                "Give another folder after -o."
            )


def _identity(path):
    status = os.stat(path)
    return status.st_dev, status.st_ino

"""Data sets that hold each photograph twice, in a folder of gray and one of colour pictures.

The report's own has `bw_images/` and `true_images/` (section 8), others have `gray/` and `color/`.
The models compute their input from the colour picture, so that of a pair that one is read.
"""

from collections.abc import Collection, Iterable, Iterator

GRAY_FOLDERS = ("bw_images", "gray", "grey", "grayscale", "greyscale", "bw")
COLOR_FOLDERS = ("true_images", "color", "colour", "rgb")
"""Names of such folders, in lower case."""


def find_paired_folders(names: Iterable[str]) -> set[str]:
    """Finds the folders that hold one of `COLOR_FOLDERS`.

    Args:
        names: Iterable of paths of pictures within a folder or archive, with `/`, such as
            `"dataset/color/7.jpg"`.

    Returns:
        Set of their paths, such as `"dataset"`; `""` for the folder or archive itself.
    """
    return {parent for name in names for parent in _parents_of(name, COLOR_FOLDERS)}


def is_gray_half(name: str, paired_folders: set[str]) -> bool:
    """Tells whether a picture is the gray one of a pair.

    Args:
        name: Path as in `find_paired_folders`.
        paired_folders: What that returns.

    Returns:
        Whether it lies in one of `GRAY_FOLDERS` beside one of `COLOR_FOLDERS`. A gray picture
        without a partner there has no colours to learn, and counts as well.

    Example:
        >>> is_gray_half("dataset/gray/7.jpg", {"dataset"})
        True
    """
    return not paired_folders.isdisjoint(_parents_of(name, GRAY_FOLDERS))


def _parents_of(name: str, folders: Collection[str]) -> Iterator[str]:
    """Yields the path before each place in a name at which one of the folders stands."""
    parts = name.split("/")[:-1]
    for place, part in enumerate(parts):
        if part.lower() in folders:
            yield "/".join(parts[:place])

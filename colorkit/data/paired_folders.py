"""The layout of the report's own data set: `bw_images/` and `true_images/`, with equal names.

The code that the report links (section 8) writes each photograph twice, gray and in colour. The
networks compute their input from the colour picture, so that of a pair that one is read.
"""

GRAY_FOLDER = "bw_images"
COLOR_FOLDER = "true_images"


def find_paired_folders(names):
    """Finds the folders that hold a `true_images` folder.

    Args:
        names: Iterable of paths of pictures within a folder or archive, with `/`, such as
            `"dataset/true_images/7.jpg"`.

    Returns:
        Set of their paths, such as `"dataset"`; `""` for the folder or archive itself.
    """
    return {parent for name in names for parent in _parents_of(name, COLOR_FOLDER)}


def is_gray_half(name, paired_folders):
    """Tells whether a picture is the gray one of a pair.

    Args:
        name: Path as in `find_paired_folders`.
        paired_folders: What that returns.

    Returns:
        Whether it lies in a `bw_images` folder beside a `true_images` folder. A gray picture
        without a partner there has no colours to learn, and counts as well.

    Example:
        >>> is_gray_half("dataset/bw_images/7.jpg", {"dataset"})
        True
    """
    return not paired_folders.isdisjoint(_parents_of(name, GRAY_FOLDER))


def _parents_of(name, folder):
    """Yields the path before each place in a name at which a folder of this name stands."""
    parts = name.split("/")[:-1]
    for place, part in enumerate(parts):
        if part == folder:
            yield "/".join(parts[:place])

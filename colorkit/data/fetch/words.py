"""The search words of `fetch_photos`."""

from importlib.resources import files
from pathlib import Path

from colorkit.typing import StrPath


def read_words(path: StrPath | None = None) -> tuple[str, ...]:
    """Reads search words from a list, or those that colorkit has.

    Args:
        path: Text file (UTF-8) with one word, or several that are searched for together, a line.
            Surrounding spaces, empty lines and comments after `#` are ignored. `None` means the
            list that colorkit ships: the classes of CIFAR-10 and CIFAR-100, with kinds of them,
            and the other categories of the report (section 3).

    Returns:
        Tuple of strings in the order of the file, in lower case, each once.

    Raises:
        ValueError: If the file holds no word or is no UTF-8 text.

    Example:
        >>> read_words()[:3]
        ('airplane', 'airliner', 'biplane')
    """
    file = files("colorkit") / "assets" / "words.txt" if path is None else Path(path)
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected UTF-8 text. Received: {error}. Save it anew.") from None
    cleaned = (" ".join(line.partition("#")[0].split()).lower() for line in lines)
    words = tuple(dict.fromkeys(word for word in cleaned if word))
    if not words:
        raise ValueError(
            f"{path}: expected search words, one a line. Received: a file without any. "
            "Write at least one, or leave the file out for the list that colorkit ships."
        )
    return words

"""The shipped weights: a table, and the paths of their files."""

import dataclasses
import functools
from pathlib import Path
from types import MappingProxyType

from colorkit.choices import STYLE_NAMES
from colorkit.io.checksum import digest_file

COLORKIT_BASE = "colorkit_base"
COLORKIT_HINTS = "colorkit_hints"


@dataclasses.dataclass(frozen=True)
class ShippedWeights:
    """The weights of a model that colorkit ships.

    Attributes:
        model: Name of the model.
        sha256: Dict from the suffixes of its files to their SHA-256 in hexadecimal.
        parameters: Int, number of trained parameters.
        image_size: Int, best input size: pixels of the shorter side.
        styles: Tuple of its styles.
        licence: SPDX identifier.
        card: File name of the page that describes it.
    """

    model: str
    sha256: dict[str, str]
    parameters: int
    image_size: int
    styles: tuple[str, ...]
    licence: str
    card: str


_WEIGHTS = (
    ShippedWeights(
        model=COLORKIT_BASE,
        sha256={
            ".weights.h5": "d91b7b52df728fd5716b40cfe493eacd9cc861c33ef74c68ed3ada5bbb89e64e",
            ".onnx": "5fea5d24071619e3569c70b608b16bc647d2ac4d08e580e1e4cde50806844e42",
        },
        parameters=7_984_681,
        image_size=192,
        styles=STYLE_NAMES,
        licence="Apache-2.0",
        card="colorkit_base.md",
    ),
    ShippedWeights(
        model=COLORKIT_HINTS,
        sha256={
            ".weights.h5": "ce8b896ad672a7a0705a49b009530c04a977904f5dc151c286aa43a626b9fe27",
            ".onnx": "c19271bfe2ef9a9bd71a95cad21d7d845cf77d6be559f5eaee80e1decb15d216",
        },
        parameters=3_130_556,
        image_size=192,
        styles=STYLE_NAMES,
        licence="Apache-2.0",
        card="colorkit_hints.md",
    ),
)
SHIPPED_WEIGHTS = MappingProxyType({weights.model: weights for weights in _WEIGHTS})
"""The shipped weights by the name of their model. `python -m colorkit.models.weight_files` prints
the checksums of the files that are there."""


def shipped_file(suffix: str, model: str = COLORKIT_BASE) -> Path:
    """Finds a file of shipped weights and verifies its checksum.

    It lies in `models/` at the top of the repository, which is installed as `colorkit/weights`.

    Args:
        suffix: Its suffix, `".weights.h5"` or `".onnx"`.
        model: A key of `SHIPPED_WEIGHTS`.

    Returns:
        A `Path`; the file is missing where none of that suffix is shipped.

    Raises:
        ValueError: If the file is not the one that was shipped.
    """
    path = weights_folder() / f"{model}{suffix}"
    expected = SHIPPED_WEIGHTS[model].sha256.get(suffix)
    if expected is not None and path.is_file():
        status = path.stat()
        found = _digest(path, status.st_size, status.st_mtime_ns)
        if found != expected:
            raise ValueError(
                f"{path}: expected the weights that colorkit ships, of SHA-256 {expected}. "
                f"Received a file of {found}: it is damaged or was replaced. Install colorkit "
                "again, or give the path of a model of your own."
            )
    return path


def weights_folder() -> Path:
    """Returns the folder of the shipped weights and their cards."""
    installed = Path(__file__).parents[1] / "weights"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "models"


@functools.cache
def _digest(path: Path, size: int, modified: int) -> str:
    """Hashes a file; cached while its size and time are unchanged."""
    return digest_file(path)


if __name__ == "__main__":
    for name, weights in SHIPPED_WEIGHTS.items():
        for suffix in weights.sha256:
            print(f"{name}{suffix}", digest_file(weights_folder() / f"{name}{suffix}"))

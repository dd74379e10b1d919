"""The licences of what a site holds: colorkit, its model, and ONNX Runtime."""

import importlib.metadata
import importlib.util
from pathlib import Path

from colorkit.backend.versions import DISTRIBUTION, LITE, is_lite
from colorkit.web.runtime_package import NAME, VERSION

_RULE = "=" * 79


def licence_text() -> str:
    """Returns the licences and notices as one text.

    ONNX Runtime's are those of its package for Python, which is built from the same sources; the
    one for browsers has none.

    Raises:
        ImportError: If ONNX Runtime is not installed, or lacks them.
    """
    parts = {
        "colorkit, its scripts and its models": [_own(name) for name in ("LICENSE", "NOTICE")],
        f"{NAME} {VERSION}": [_of_runtime(name) for name in ("LICENSE", "ThirdPartyNotices.txt")],
    }
    return "\n\n".join(
        "\n\n".join([f"{_RULE}\n{title}\n{_RULE}", *map(str.strip, texts)])
        for title, texts in parts.items()
    )


def _own(name: str) -> str:
    """Reads a file at the top of the repository, or where an installation has it."""
    path = Path(__file__).parents[2] / name
    if path.is_file():
        return path.read_text(encoding="utf-8")
    distribution = importlib.metadata.distribution(LITE if is_lite() else DISTRIBUTION)
    text = distribution.read_text(f"licenses/{name}") or distribution.read_text(name)
    if text is None:
        raise ImportError(f"colorkit was installed without its {name}: install it again.")
    return text


def _of_runtime(name: str) -> str:
    spec = importlib.util.find_spec("onnxruntime")
    path = Path(spec.origin).with_name(name) if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ImportError(
            f"A site holds ONNX Runtime's {name}, which its package for Python has: install it "
            "with pip install onnxruntime."
        )
    return path.read_text(encoding="utf-8")

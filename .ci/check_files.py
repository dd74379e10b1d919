"""Checks that no file of the repository is large, and no weights are there twice.

    python .ci/check_files.py [FILE ...]

looks at the files named, or at all that git knows.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

LARGEST = 30e6  # bytes
WEIGHTS_FOLDER = "models"
WEIGHTS_SUFFIXES = {
    ".h5",
    ".keras",
    ".npz",
    ".onnx",
    ".pb",
    ".pt",
    ".pth",
    ".safetensors",
    ".tflite",
}
SMALLEST_WEIGHTS = 1e6  # bytes; inputs of tests are smaller


def find_faults(paths):
    """Returns a line for each file that should not be there.

    Args:
        paths: Paths relative to the repository's root, which is the working directory.
    """
    faults, place_of = [], {}
    for path in map(Path, paths):
        size = path.stat().st_size
        if size > LARGEST:
            faults.append(f"{path}: {size / 1e6:.0f} MB, expected {LARGEST / 1e6:.0f} at most")
        if path.suffix not in WEIGHTS_SUFFIXES or size < SMALLEST_WEIGHTS:
            continue
        if path.parts[0] != WEIGHTS_FOLDER:
            faults.append(f"{path}: expected weights in {WEIGHTS_FOLDER}/ alone")
        first = place_of.setdefault(hashlib.sha256(path.read_bytes()).digest(), path)
        if first != path:
            faults.append(f"{path}: the same weights as {first}")
    return faults


def list_files():
    """Lists the files that git tracks or would add."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("\0")
    return [name for name in names if name and Path(name).is_file()]


if __name__ == "__main__":
    faults = find_faults(sys.argv[1:] or list_files())
    print(*faults, sep="\n", end="\n" if faults else "")
    sys.exit(bool(faults))

"""ONNX Runtime for browsers, as its npm package has it: fetched, verified and read."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from colorkit.typing import StrPath

NAME, VERSION = "onnxruntime-web", "1.30.0"

INTEGRITY = (
    "sha512-"
    "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZ"
    "ClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
)
"""The checksum of the package's archive, as npm's lock files have it."""

RUNTIMES: Mapping[str, tuple[str, str]] = {
    "wasm": ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"),
    "webgpu": ("ort.jspi.bundle.min.mjs", "ort-wasm-simd-threaded.jspi.wasm"),
}
"""The script and the binary of each way to run a network, in the package's folder `dist`."""

_TO_GO_ON = (
    f"Give the package itself: --onnxruntime-web PATH, its .tgz (what `npm pack {NAME}@{VERSION}` "
    "writes) or its unpacked folder."
)


def read_runtimes(source: StrPath | None = None) -> dict[str, bytes]:
    """Reads the files of `RUNTIMES`.

    Args:
        source: Path of the package's archive, whose checksum is verified, or of its unpacked
            folder, which is taken as it is if it has the right version. `None` to have npm fetch
            the archive.

    Returns:
        Dict from file names to bytes.

    Raises:
        ValueError: If npm is not installed, or `source` is another package, another version or
            damaged.
        OSError: If npm cannot fetch it.
    """
    if source is None:
        with tempfile.TemporaryDirectory() as folder:
            return _read_archive(_fetch(Path(folder)))
    source = Path(source)
    return _read_folder(source) if source.is_dir() else _read_archive(source)


def _fetch(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise ValueError(f"{NAME} {VERSION} is fetched by npm, which is not installed. {_TO_GO_ON}")
    words = [npm, "pack", f"{NAME}@{VERSION}", "--silent"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        reason = (done.stderr.strip() or "it wrote no archive").splitlines()[-1]
        raise OSError(f"npm could not fetch {NAME} {VERSION}: {reason}. {_TO_GO_ON}")
    return archives[0]


def _read_archive(path: Path) -> dict[str, bytes]:
    digest = hashlib.sha512(path.read_bytes()).digest()
    found = f"sha512-{base64.b64encode(digest).decode()}"
    if found != INTEGRITY:
        raise ValueError(
            f"{path}: expected the archive of {NAME} {VERSION}, of checksum {INTEGRITY}. "
            f"Received: {found}. It is another version, or damaged: fetch it again."
        )
    with tarfile.open(path) as archive:
        return {
            name: stream.read()
            for name in _files()
            if (stream := archive.extractfile(f"package/dist/{name}")) is not None
        }


def _read_folder(folder: Path) -> dict[str, bytes]:
    try:
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        found = f"{package['name']} {package['version']}"
    except (OSError, ValueError, KeyError, TypeError):
        found = "a folder without its package.json"
    if found != f"{NAME} {VERSION}":
        raise ValueError(
            f"{folder}: expected the unpacked package {NAME} {VERSION}. Received: {found}."
        )
    return {name: (folder / "dist" / name).read_bytes() for name in _files()}


def _files() -> list[str]:
    return [name for both in RUNTIMES.values() for name in both]

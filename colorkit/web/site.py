"""Writes a site that colours photographs in the browser, of files that any host serves."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import colorkit
from colorkit.inference.exported_runtime import ExportedRuntime
from colorkit.inference.letterbox import DEFAULT_SIZE
from colorkit.inference.runtimes import choose_runtime
from colorkit.io.atomic_write import write_whole
from colorkit.models.weight_files import COLORKIT_BASE, COLORKIT_HINTS
from colorkit.typing import StrPath
from colorkit.web.licences import licence_text
from colorkit.web.runtime_package import RUNTIMES, read_runtimes

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob:",
        "style-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
"""The Content-Security-Policy: browsers refuse requests to any other place."""

SITE_FILE = "site.json"
"""What the page reads first; it also tells a folder that was written here."""

_SERVICE_WORKER = "service_worker.js"
_STATIC = Path(__file__).with_name("static")


@dataclasses.dataclass(frozen=True)
class Site:
    """A site that was written.

    Attributes:
        folder: `Path` of it.
        megabytes: All its files.
        first_load: Dict from the ways to run the network, `"wasm"` and `"webgpu"`, to the megabytes
            that a browser loads before it can colour, once.
        first_hint: Megabytes that it loads with the first hint, once; `None` for a page without
            hints.
    """

    folder: Path
    megabytes: float
    first_load: dict[str, float]
    first_hint: float | None = None


def write_site(
    folder: StrPath,
    model: StrPath = COLORKIT_BASE,
    onnxruntime_web: StrPath | None = None,
    hinted_model: StrPath | None = None,
) -> Site:
    """Writes a site, or writes one anew where it is; other files in its folder stay.

    Args:
        folder: Path of a folder that is empty, missing, or a site already.
        model: `"colorkit_base"`, or the path of a `.onnx` file that `colorkit.export_model` wrote
            with `signature="ab"`.
        onnxruntime_web: As for `runtime_package.read_runtimes`.
        hinted_model: Path of a `.onnx` file of a model that takes hints, of the strides and styles
            of `model`, which browsers load with the first hint. `None` for the shipped companion of
            the default model, or with another `model` for a page that takes no hints.

    Returns:
        A `Site`.

    Raises:
        ValueError: If an argument is not one of these.
        ImportError: If ONNX Runtime is not installed.
        OSError: If the site cannot be written, or npm cannot fetch ONNX Runtime for browsers.
    """
    folder = _check_folder(folder)
    model_file, model_entry = _read_model(model)
    if hinted_model is None and model == COLORKIT_BASE:
        _, hinted_model = choose_runtime(COLORKIT_HINTS, "onnx")
    hinted_file = None if hinted_model is None else _check_hinted(hinted_model, model_entry)
    runtimes = read_runtimes(onnxruntime_web)
    large = {f"{name}.gz": _packed(data) for name, data in runtimes.items() if _is_binary(name)}
    large["network.onnx.gz"] = _packed(model_file.read_bytes())
    if hinted_file is not None:
        large["hinted_network.onnx.gz"] = _packed(hinted_file.read_bytes())
    scripts = {name: data for name, data in runtimes.items() if not _is_binary(name)}

    def describe(name: str) -> dict[str, Any]:
        return {"file": f"{name}.gz", "bytes": len(large[f"{name}.gz"])}

    entry = {
        "colorkit": colorkit.__version__,
        "size": DEFAULT_SIZE,
        "model": {**model_entry, **describe("network.onnx")},
        "hinted_model": describe("hinted_network.onnx") if hinted_file is not None else None,
        "runtimes": {
            name: {"script": script, "binary": describe(binary)}
            for name, (script, binary) in RUNTIMES.items()
        },
    }
    small = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir())}
    service_worker = small.pop(_SERVICE_WORKER)
    small["index.html"] = _fill(small["index.html"], POLICY=POLICY)
    small[SITE_FILE] = json.dumps(entry, indent=1).encode()
    later = {**scripts, **large, "licences.txt": licence_text().encode()}
    files = {**later, **small}
    files[_SERVICE_WORKER] = _fill(
        service_worker,
        POLICY=POLICY,
        VERSION=_digest({**files, _SERVICE_WORKER: service_worker}),
        SMALL_FILES=json.dumps(list(small)),
    )
    # The service worker comes last, as it is what tells browsers of a new version.
    for name, data in files.items():
        write_whole(folder / name, data)
    hinted = large.get("hinted_network.onnx.gz")
    first_hint = None if hinted is None else len(hinted) / 1e6
    return Site(folder, _megabytes(files), _first_load(files, small, entry), first_hint)


def _check_folder(folder: StrPath) -> Path:
    folder = Path(folder)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / SITE_FILE).is_file():
        raise ValueError(
            f"{folder}: expected a folder that is empty, missing, or a site of `colorkit web`. "
            "Received: one with other files. Give a new name."
        )
    return folder


def _read_model(model: StrPath) -> tuple[Path, dict[str, Any]]:
    """Returns a model's ONNX file, and what the page needs to know of it."""
    _, path = choose_runtime(model, "onnx")
    runtime = ExportedRuntime(path)
    if runtime.spec.takes_hints:
        raise ValueError(
            f"{path}: expected a model that colours without hints. Received: {runtime.name!r}, "
            "which takes them. Give it as `hinted_model` (`--hints`), beside the other."
        )
    if runtime.metadata.get("batch") == 1:
        raise ValueError(
            f"{path}: expected a model for pictures of any shape. Received: an export of "
            "--fixed-size. Export it again without."
        )
    return Path(path), {"name": runtime.name, **_shape_entry(runtime)}


def _check_hinted(path: StrPath, model_entry: Mapping[str, Any]) -> Path:
    runtime = ExportedRuntime(path)
    if not runtime.spec.takes_hints:
        raise ValueError(
            f"{path}: expected a model that takes hints. Received: {runtime.name!r}, which takes "
            "none. Write one with `colorkit export colorkit_hints --format onnx`."
        )
    shape = _shape_entry(runtime)
    expected = {key: model_entry[key] for key in shape}
    if shape != expected:
        raise ValueError(
            f"{path}: expected a model of the other's input, stride and styles, {expected}. "
            f"Received: {shape}"
        )
    return Path(path)


def _shape_entry(runtime: ExportedRuntime) -> dict[str, Any]:
    return {
        "image_size": runtime.spec.image_size,
        "size_multiple": runtime.spec.size_multiple,
        "stride": runtime.stride,
        "styles": runtime.styles,
    }


def _is_binary(name: str) -> bool:
    return name.endswith(".wasm")


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _fill(template: bytes, **values: str) -> bytes:
    for name, value in values.items():
        template = template.replace(f"{{{{{name}}}}}".encode(), value.encode())
    return template


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name} {len(data)} ".encode())
        digest.update(data)
    return digest.hexdigest()[:16]


def _first_load(
    files: Mapping[str, bytes], small: Mapping[str, bytes], entry: Mapping[str, Any]
) -> dict[str, float]:
    loaded = {}
    for name, runtime in entry["runtimes"].items():
        names = (runtime["script"], runtime["binary"]["file"], entry["model"]["file"])
        loaded[name] = _megabytes({**small, **{each: files[each] for each in names}})
    return loaded


def _megabytes(files: Mapping[str, bytes]) -> float:
    return sum(map(len, files.values())) / 1e6

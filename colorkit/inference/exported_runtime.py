"""Runs exported models, from lightness to a and b, without Keras."""

from __future__ import annotations

import os
import threading
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.backend.brief_errors import say_briefly
from colorkit.backend.memory import is_out_of_memory
from colorkit.inference.pictures import finite_ab
from colorkit.io.state_files import parse_object
from colorkit.models.spec import HINT_CHANNELS, ModelSpec
from colorkit.typing import StrPath

if TYPE_CHECKING:
    import onnxruntime

METADATA_NAME = "colorkit.json"
"""Name of an export's metadata: the member of a .tflite or .keras file read as a zip, the file in a
SavedModel's `assets.extra`, the property of an ONNX model."""

COARSE_AB = "ab_coarse"
"""The output of a and b before upsampling to the size of the input."""


def coarse_ab_name(style: str | None) -> str:
    """Returns the name of the output of a style's a and b before upsampling.

    Args:
        style: A style's name, or `None` for the model's own.
    """
    return COARSE_AB if style is None else f"{COARSE_AB}_{style}"


class ExportedRuntime:
    """Runs a file that `colorkit.export_model` wrote with `signature="ab"`.

    It has the interface of `colorkit.inference.keras_runtime.KerasRuntime`.

    Args:
        path: Path of a `.onnx` or `.tflite` file.
        style: One of the styles that the file holds, or `None` for the model's own.

    Attributes:
        model: `None`, in the place of a `keras.Model`.
        weights_suffix: String, suffix of the files that it runs, `".onnx"` or `".tflite"`.
        name: The model's name.
        spec: Its `ModelSpec`.
        styles: Tuple of the names of the styles that the file holds.
        stride: Int, input pixels per output pixel.
        metadata: Dict, the file's metadata.

    Raises:
        ValueError: If the file is no such export, or does not hold the style.
        ImportError: If its runtime is not installed.
    """

    model = None

    def __init__(self, path: StrPath, style: str | None = None) -> None:
        path = Path(path)
        self.weights_suffix = path.suffix.lower()
        opened = (_OnnxFile if self.weights_suffix == ".onnx" else _LiteRTFile)(path)
        self.metadata = opened.metadata
        if self.metadata.get("signature") != "ab":
            raise ValueError(
                f"{path}: expected a model that colorkit exported with signature 'ab'. "
                f"Received: signature {self.metadata.get('signature')!r}. Export it again with "
                f"`colorkit export MODEL --signature ab`."
            )
        self.spec = _read_spec(self.metadata, path)
        self.styles = tuple(self.metadata.get("styles", ()))
        if style is not None and style not in self.styles:
            raise ValueError(
                f"{path}: expected `style` to be None or one of those that the file holds, "
                f"{', '.join(self.styles) or 'which are none'}. Received: style={style!r}"
            )
        self._is_single = self.metadata.get("batch") == 1  # `--fixed-size`
        self._output = "ab" if self._is_single else coarse_ab_name(style)
        self.name = self.metadata["name"]
        self.stride = self.metadata["stride"]
        self._run = opened.run

    def predict(
        self, lightness: NDArray[np.float32], hints: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Predicts the colour of a stack of pictures.

        Args:
            lightness: float32 array of shape `(B, H, W)` in [0, 100], H and W as `spec` says.
            hints: As for `KerasRuntime.predict`, if `spec.takes_hints`.

        Returns:
            float32 array of shape `(B, H / stride, W / stride, 2)`: CIE a and b.

        Raises:
            ValueError: If the output has NaN or infinity.
        """
        batch = np.ascontiguousarray(lightness[..., None], "float32")
        if self.spec.takes_hints:
            if hints is None:
                hints = np.zeros((*lightness.shape, HINT_CHANNELS), "float32")
            ab = self._run(self._output, lightness=batch, hints=hints)
        else:
            parts = [batch[n : n + 1] for n in range(len(batch))] if self._is_single else [batch]
            ab = np.concatenate([self._run(self._output, lightness=part) for part in parts])
        return finite_ab(ab, self.name)


def _read_spec(metadata: Mapping[str, Any], path: StrPath) -> ModelSpec:
    """Checks the metadata of an export, and returns its `ModelSpec`."""
    size = metadata.get("image_size")
    styles = metadata.get("styles", [])
    is_whole = (
        isinstance(metadata.get("name"), str)
        and all(_is_count(metadata.get(key)) for key in ("size_multiple", "stride"))
        and (
            size is None or isinstance(size, list) and len(size) == 2 and all(map(_is_count, size))
        )
        and isinstance(styles, list)
        and all(isinstance(style, str) for style in styles)
    )
    if not is_whole:
        raise ValueError(
            f"{path}: expected metadata with the model's name, image_size, size_multiple, stride "
            "and styles. Received: others, or damaged ones. Export the model again."
        )
    takes_hints = metadata.get("takes_hints") is True
    return ModelSpec(size and tuple(size), metadata["size_multiple"], "ab", takes_hints)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


class _OnnxFile:
    """An ONNX file in ONNX Runtime."""

    def __init__(self, path: Path) -> None:
        self._session, self.metadata = open_onnx(path)

    def run(self, output: str, **inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._session.run([output], inputs)[0]


def open_onnx(path: StrPath) -> tuple[onnxruntime.InferenceSession, dict[str, Any]]:
    """Opens a `.onnx` file. It runs on `OMP_NUM_THREADS` threads where the environment has that.

    Args:
        path: Path of the file.

    Returns:
        Tuple of an `onnxruntime.InferenceSession` and the metadata.

    Raises:
        ImportError: If ONNX Runtime is not installed.
        ValueError: If the file is not one.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ImportError(
            f"{path} is run by ONNX Runtime; install it with pip install onnxruntime."
        ) from error
    options = onnxruntime.SessionOptions()
    threads = os.environ.get("OMP_NUM_THREADS", "")
    options.intra_op_num_threads = int(threads) if threads.isdecimal() else 0
    try:
        session = onnxruntime.InferenceSession(
            path, options, providers=_onnx_providers(onnxruntime)
        )
    except Exception as error:  # ONNX Runtime's exceptions have no base of their own
        if is_out_of_memory(error):
            raise MemoryError(f"{path}: its model needs more memory than there is") from error
        raise ValueError(
            f"{path}: expected an ONNX model, which this file is not or is only in part. "
            f"ONNX Runtime says: {say_briefly(error)}"
        ) from error
    properties = session.get_modelmeta().custom_metadata_map
    return session, parse_object(properties.get(METADATA_NAME, "{}"), path)


def _onnx_providers(onnxruntime: ModuleType) -> list[str]:
    """ONNX Runtime's providers, quickest first, but TensorRT, which compiles for minutes."""
    found = onnxruntime.get_available_providers()
    return [name for name in found if name in ("CUDAExecutionProvider", "CPUExecutionProvider")]


class _LiteRTFile:
    """A LiteRT file in its interpreter, which one thread may use at a time."""

    def __init__(self, path: Path) -> None:
        self.metadata = read_zipped_metadata(path)
        try:
            self._interpreter = litert_interpreter(path)
        except ValueError as error:
            raise ValueError(
                f"{path}: expected a LiteRT model, which this file is not or is only in part. "
                f"LiteRT says: {say_briefly(error)}"
            ) from error
        self._lock = threading.Lock()

    def run(self, output: str, **inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._lock:
            return run_litert(self._interpreter, inputs["lightness"])[output]


def litert_interpreter(path: StrPath) -> Any:
    """Opens a `.tflite` file by LiteRT's own package, or else by TensorFlow's copy of it.

    Raises:
        ImportError: If neither is installed.
        ValueError: If the file is not one.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tensorflow.lite import Interpreter
        except ImportError as error:
            raise ImportError(
                f"{path} is run by LiteRT; install it with pip install ai-edge-litert."
            ) from error
    return Interpreter(str(path), num_threads=os.cpu_count())


def run_litert(interpreter: Any, batch: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Runs an interpreter's only signature on a batch of any supported shape.

    Args:
        interpreter: What `litert_interpreter` returned.
        batch: Array.

    Returns:
        Dict from the outputs' names to arrays.
    """
    (key,) = interpreter.get_signature_list()
    runner = interpreter.get_signature_runner(key)
    (name,) = runner.get_input_details()
    return runner(**{name: batch})


def read_zipped_metadata(path: StrPath) -> dict[str, Any]:
    """Reads `METADATA_NAME` from a file that is a zip too; an empty dict where there is none.

    Raises:
        ValueError: If it is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return parse_object(archive.read(METADATA_NAME), path)
    except (KeyError, zipfile.BadZipFile):
        return {}
    except (EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise ValueError(f"{path}: {METADATA_NAME} in it cannot be read ({error}).") from error

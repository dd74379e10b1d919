"""Caches a distillation teacher's feature maps of photographs on disk.

The teacher is the trunk of an InceptionV3. Its input is the whole photograph, in colour, resized to
256 x 256; its output two feature maps of strides 16 and 32. A crop's part of them is interpolated
at the centres of the student's own cells.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from numpy.typing import NDArray

from colorkit.backend.precision import with_precision
from colorkit.backend.weights import hash_weights
from colorkit.data.crops import Crop, resize
from colorkit.io.atomic_write import replace_when_whole
from colorkit.io.photo import PhotoError
from colorkit.models.layers.backbones import load_inception_trunk
from colorkit.training.features.feature_store import FeatureStore
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.source import Photographs

TEACHER_SIZE = 256
"""Side of the square that a photograph is resized to, in pixels."""

MAP_CHANNELS = 128
"""Principal components that are stored of each map."""

_BATCH = 32
_SHARD_PHOTOS = 512
_FITTED_PHOTOS = 1280  # from which the principal components are computed
_WHITENING = 0.25  # 0 keeps the components' variances, 0.5 makes them equal
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class TeacherLayer:
    """A layer of the teacher.

    Attributes:
        name: The layer's name.
        stride: Stride of the feature map, in pixels of the teacher's input.
        first: Position of the first cell's centre, in pixels: convolutions without padding move it.
        cells: Height and width of the feature map, in cells.
        channels: Channels before the projection.
    """

    name: str
    stride: int
    first: int
    cells: int
    channels: int


TEACHER_LAYERS = (
    TeacherLayer("mixed7", stride=16, first=21, cells=14, channels=768),
    TeacherLayer("mixed10", stride=32, first=37, cells=6, channels=2048),
)
"""The layers of InceptionV3 whose feature maps are cached."""


class TeacherFeatures:
    """A cache on disk of the teacher's feature maps of photographs.

    Args:
        folder: Folder of the cache, which several runs may share; made if missing.
        weights: "imagenet", or the path of weights of `keras.applications.InceptionV3` without its
            top; `None` for random ones.
        source: A `PhotoSource` or `ArraySource`.

    Raises:
        ValueError: If there is no such file.
        ConnectionError: If ImageNet weights cannot be downloaded.

    Example:
        >>> maps = TeacherFeatures("maps", None, colorkit.data.open_photos("photos"))
        >>> maps.compute(range(1))
        >>> crop = colorkit.data.crops.draw_crop(96, 128, np.random.default_rng(0))
        >>> maps.crop_features(0, crop, size=128)[0].shape
        (8, 8, 128)
    """

    def __init__(self, folder: StrPath, weights: StrPath | None, source: Photographs) -> None:
        trunk = load_inception_trunk(weights, TEACHER_SIZE)
        outputs = [trunk.get_layer(layer.name).output for layer in TEACHER_LAYERS]
        self._trunk = with_precision(keras.Model(trunk.input, outputs), "auto")
        self._source = source
        self._folder = folder
        self._teacher = hash_weights(trunk)[:20]
        self._digests: dict[int, str] = {}
        self._projections: list[tuple[NDArray[np.float32], NDArray[np.float32]]]
        self._store: FeatureStore

    def __contains__(self, index: int) -> bool:
        """Whether a photograph's feature maps are cached."""
        return index in self._digests and self._digests[index] in self._store

    def compute(self, indices: Iterable[int]) -> None:
        """Computes the feature maps of photographs that are not cached yet.

        Args:
            indices: Which photographs of the source; unreadable ones are left out.
        """
        for index in map(int, indices):
            try:
                self._digests[index] = self._source.digest(index)
            except PhotoError as error:
                _log.warning("Skipped a photograph. %s", error)
        self._projections = self._load_projections(list(self._digests))
        settings = {
            "teacher": self._teacher,
            "projections": _hash(*(array for pair in self._projections for array in pair)),
            "size": TEACHER_SIZE,
        }
        row = [
            (layer.name, "float16", (layer.cells, layer.cells, MAP_CHANNELS))
            for layer in TEACHER_LAYERS
        ]
        self._store = FeatureStore(self._folder, settings, np.dtype(row))
        self._store.open(self._digests.values())
        wanted = {digest: index for index, digest in self._digests.items()}
        missing = [index for digest, index in wanted.items() if digest not in self._store]
        for first in range(0, len(missing), _SHARD_PHOTOS):
            self._compute_shard(missing[first : first + _SHARD_PHOTOS], np.dtype(row))

    def crop_features(self, index: int, crop: Crop, size: int) -> list[NDArray[np.float32]]:
        """Returns the teacher's feature maps of a crop.

        Args:
            index: Index of a photograph that is `in` the cache.
            crop: `colorkit.data.crops.Crop` of it.
            size: Side of the student's input, in pixels, a multiple of 32.

        Returns:
            List of float32 arrays of shape `(size / stride, size / stride, MAP_CHANNELS)`, one for
            each of `TEACHER_LAYERS`.
        """
        row = self._store.read([self._digests[index]])[0]
        maps = []
        for layer in TEACHER_LAYERS:
            cells = size // layer.stride
            centres = (np.arange(cells) + 0.5) / cells * crop.side
            rows, columns = (
                ((start + centres) / length * TEACHER_SIZE - 0.5 - layer.first) / layer.stride
                for start, length in ((crop.top, crop.height), (crop.left, crop.width))
            )
            part = interpolate(row[layer.name].astype("float32"), rows, columns)
            maps.append(part[:, ::-1] if crop.is_mirrored else part)
        return maps

    def _compute_shard(self, indices: Sequence[int], row: np.dtype[np.void]) -> None:
        indices, feature_maps = self._compute_maps(indices)
        if not indices:
            return
        rows = np.empty(len(indices), row)
        for layer, (mean, matrix), layer_maps in zip(
            TEACHER_LAYERS, self._projections, feature_maps, strict=True
        ):
            rows[layer.name] = (layer_maps - mean) @ matrix
        self._store.write([self._digests[index] for index in indices], rows)

    def _compute_maps(self, indices: Sequence[int]) -> tuple[list[int], list[NDArray[np.float32]]]:
        """Returns the readable ones of `indices` and the teacher's maps of them."""
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(self._read_square, indices))
        indices = [n for n, photo in zip(indices, found, strict=True) if photo is not None]
        photos = [photo for photo in found if photo is not None]
        if not photos:
            return [], []
        batches = (np.stack(photos[n : n + _BATCH]) for n in range(0, len(photos), _BATCH))
        feature_maps = [
            self._trunk.predict_on_batch(batch / np.float32(127.5) - 1) for batch in batches
        ]
        return indices, [
            np.concatenate(maps).astype("float32") for maps in zip(*feature_maps, strict=True)
        ]

    def _read_square(self, index: int) -> NDArray[np.uint8] | None:
        try:
            photo = self._source.read(index, TEACHER_SIZE)
        except PhotoError as error:
            _log.warning("Skipped a photograph. %s", error)
            return None
        return resize(photo, TEACHER_SIZE, TEACHER_SIZE)

    def _load_projections(
        self, indices: Sequence[int]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        path = f"{self._folder}/projections-{self._teacher}.npz"
        try:
            with np.load(path, allow_pickle=False) as file:
                return [(file[f"mean{n}"], file[f"matrix{n}"]) for n in range(len(TEACHER_LAYERS))]
        except FileNotFoundError:
            pass
        except Exception as error:  # NumPy raises many kinds for damaged files.
            _log.warning("Projections are damaged and computed again: %s (%s).", path, error)
        chosen = np.random.default_rng(0).permutation(indices)[:_FITTED_PHOTOS]
        _, feature_maps = self._compute_maps([int(index) for index in chosen])
        if not feature_maps:
            raise PhotoError(f"Expected readable photographs. Received: {len(indices)}, none is")
        projections = [principal_components(maps[:, ::2, ::2]) for maps in feature_maps]
        arrays: dict[str, Any] = {}
        for n, (mean, matrix) in enumerate(projections):
            arrays |= {f"mean{n}": mean, f"matrix{n}": matrix}
        with replace_when_whole(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays)
        return projections


def interpolate(
    values: NDArray[np.float32], rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Interpolates a map bilinearly, with edge padding.

    Args:
        values: Array of shape `(height, width, channels)`.
        rows, columns: Positions, arrays of shapes `(h,)` and `(w,)`, in cells.

    Returns:
        Array of shape `(h, w, channels)`.
    """
    for axis, places in ((0, rows), (1, columns)):
        last = values.shape[axis] - 1
        places = np.clip(places, 0, last)
        before = np.floor(places).astype(int)
        share = (places - before).astype(values.dtype)
        share = share[:, None, None] if axis == 0 else share[None, :, None]
        after = np.minimum(before + 1, last)
        values = (1 - share) * values.take(before, axis) + share * values.take(after, axis)
    return values


def principal_components(
    maps: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Finds the `MAP_CHANNELS` first principal components of maps, partly whitened.

    Args:
        maps: Array of shape `(photographs, height, width, channels)`.

    Returns:
        Mean, float32 of shape `(channels,)`, and matrix, float32 of shape
        `(channels, MAP_CHANNELS)`: `(maps - mean) @ matrix` has a mean square of 1.
    """
    values = maps.reshape(-1, maps.shape[-1]).astype("float64")
    mean = values.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(values - mean, rowvar=False))
    variances = np.maximum(variances[::-1][:MAP_CHANNELS], 1e-12)
    scales = variances**-_WHITENING
    scales /= np.sqrt(np.mean(variances * scales**2))
    matrix = directions[:, ::-1][:, :MAP_CHANNELS] * scales
    return mean.astype("float32"), matrix.astype("float32")


def _hash(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(array.tobytes())
    return digest.hexdigest()[:20]

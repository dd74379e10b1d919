"""Caches a frozen backbone's features of photographs on disk.

Where the same views of the photographs are used in every epoch, a frozen backbone's features of
them are the same too. `PhotoFeatures` computes them once, in large batches; the rest of the model
trains on them (`colorkit.training.features.feature_trainer`), and the whole model is saved.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorkit.backend.jit import compile_elementwise
from colorkit.color.lab import rgb_to_lab
from colorkit.data.augmentation.ops import degrade_lightness
from colorkit.data.crops import side_needed
from colorkit.io.photo import PhotoError
from colorkit.models.backbone_split import describe_backbone
from colorkit.training.features.feature_store import FeatureStore
from colorkit.training.recipes.recipe import FEATURE_DTYPES
from colorkit.typing import StrPath, Tensor

if TYPE_CHECKING:
    import keras

    from colorkit.data.augmentation.config import Augmentation
    from colorkit.data.source import Photographs
    from colorkit.training.features.feature_views import PhotoViews

AB_STEPS = 256
"""Steps of a cached a or b in one Lab unit: int16 holds all of sRGB, to 1/512 of a unit."""

SHARD_VIEWS = 512
"""Views in a shard, the most that a killed run computes again."""

BACKBONE_BATCH = 64
"""Batch size of the backbone, in views."""

_log = logging.getLogger(__name__)


class PhotoFeatures:
    """A cache on disk of views of photographs and their features.

    Its keys are the photograph's content, the view, the backbone's weights, layers, preprocessing
    and precision, and the dtype: if one of these changes, features are computed again. Photographs
    that cannot be read are left out.

    Args:
        folder: Folder of the cache, which several runs may share; made if missing.
        backbone: `FrozenModel` from L to features, with its preprocessing.
        source: A `PhotoSource` or `ArraySource`.
        views: `PhotoViews`.
        dtype: "float32" or "float16", as the features are stored.

    Attributes:
        views: The same.
        unreadable: Dict from the names of photographs that could not be read to the reasons.

    Raises:
        ValueError: If `dtype` is not one of the two.

    Example:
        >>> from colorkit.training.features.feature_views import PhotoViews
        >>> model = colorkit.build_vgg_model(image_size=64, weights=None)
        >>> backbone = colorkit.models.split_backbone(model).backbone
        >>> source = colorkit.data.open_photos("photos")
        >>> features = PhotoFeatures("cache", backbone, source, PhotoViews(64))
        >>> features.compute(range(4))
        >>> features.take([0, 1], [0, 0])["features"].shape
        (2, 2, 2, 512)
    """

    def __init__(
        self,
        folder: StrPath,
        backbone: keras.Model,
        source: Photographs,
        views: PhotoViews,
        dtype: str = "float32",
    ) -> None:
        if dtype not in FEATURE_DTYPES:
            raise ValueError(f"`dtype` must be one of {FEATURE_DTYPES}. Received: {dtype!r}")
        self.views = views
        self.unreadable: dict[str, str] = {}
        self._backbone = backbone
        self._source = source
        self._digests: dict[int, str] = {}
        size = views.image_size
        shape = backbone.compute_output_shape((None, size, size, 1))[1:]
        pictures = [("rgb", "u1", (size, size, 3)), ("ab", "<i2", (size, size, 2))]
        self._row = np.dtype([*pictures, ("features", dtype, shape)])
        settings = {
            **describe_backbone(backbone),
            "image_size": size,
            "dtype": dtype,
            "ab_steps": AB_STEPS,
        }
        self._store = FeatureStore(folder, settings, self._row)

    def __contains__(self, index: int) -> bool:
        """Whether a photograph's features are cached."""
        return index in self._digests and self._key(index, 0) in self._store

    def compute(self, indices: Iterable[int]) -> None:
        """Computes the views of photographs that are not cached yet, a shard at a time.

        Args:
            indices: Which photographs of the source.

        Raises:
            PhotoError: If a photograph's file changes in the meantime.
            OSError: If the disk is full.
        """
        wanted: dict[str, tuple[int, int]] = {}
        for index in map(int, indices):
            if self._find_digest(index):
                for view in range(self.views.count):
                    wanted.setdefault(self._key(index, view), (index, view))
        self._store.open(wanted)
        missing = [place for key, place in wanted.items() if key not in self._store]
        for first in range(0, len(missing), SHARD_VIEWS):
            _log.info("Computing features: %d of %d views are there.", first, len(missing))
            self._compute_shard(missing[first : first + SHARD_VIEWS])

    def take(self, indices: Sequence[int], views: Iterable[int]) -> dict[str, NDArray[Any]]:
        """Returns views of photographs with their features.

        Args:
            indices: Which photographs, of those that are `in` the cache.
            views: Index of the view of each.

        Returns:
            Dict of arrays with a row a photograph: "rgb", uint8 `(B, H, W, 3)`; "ab", its a and b
            in `AB_STEPS` of a Lab unit, int16 `(B, H, W, 2)`; "features", float32 or float16; and
            "uniforms", those of the augmentation, float32.
        """
        rows = self._store.read(map(self._key, indices, views))
        drawn = [self._draw(index, view) for index, view in zip(indices, views, strict=True)]
        return {
            **{name: rows[name] for name in self._row.names or ()},
            "uniforms": np.array(drawn),
        }

    def _find_digest(self, index: int) -> bool:
        try:
            self._digests[index] = self._source.digest(index)
        except PhotoError as error:
            self._skip(index, error)
            return False
        return True

    def _key(self, index: int, view: int) -> str:
        return self.views.key(self._digests[index], view)

    def _draw(self, index: int, view: int) -> NDArray[np.float32]:
        return self.views.uniforms(self._digests[index], view)

    def _compute_shard(self, places: Sequence[tuple[int, int]]) -> None:
        with ThreadPoolExecutor() as pool:
            found = list(pool.map(self._crop, places))
        places = [place for place, crop in zip(places, found, strict=True) if crop is not None]
        crops = [crop for crop in found if crop is not None]
        if not places:
            return
        rows = np.empty(len(places), self._row)
        for first in range(0, len(places), BACKBONE_BATCH):
            batch = slice(first, first + BACKBONE_BATCH)
            uniforms = np.stack([self._draw(*place) for place in places[batch]])
            rgb = self.views.augment(np.stack(crops[batch]), uniforms)
            lightness = input_lightness(rgb, self.views.augmentation, uniforms)
            rows["rgb"][batch] = rgb
            rows["ab"][batch] = np.rint(AB_STEPS * np.asarray(rgb_to_lab(rgb))[..., 1:])
            rows["features"][batch] = self._backbone.predict_on_batch(lightness)
        self._store.write([self._key(*place) for place in places], rows)

    def _crop(self, place: tuple[int, int]) -> NDArray[np.uint8] | None:
        index, view = place
        try:
            photo = self._source.read(index, side_needed(self.views.image_size))
        except PhotoError as error:
            self._skip(index, error)
            return None
        if self._source.digest(index) != self._digests[index]:
            raise PhotoError(
                f"{self._source.names[index]} was changed while features were computed. "
                "Start again."
            )
        return self.views.crop(photo, self._digests[index], view)

    def _skip(self, index: int, error: PhotoError) -> None:
        name = self._source.names[index]
        if name not in self.unreadable:
            self.unreadable[name] = str(error)
            _log.warning("Skipped a photograph. %s", error)


def input_lightness(rgb: Tensor, augmentation: Augmentation | None, uniforms: Tensor) -> Tensor:
    """Computes the lightness input of a view.

    Args:
        rgb: uint8 of shape `(batch, height, width, 3)`, augmented except for cutout.
        augmentation: `Augmentation`, or `None`.
        uniforms: Uniform random numbers of each view, float32 of shape `(batch, count_uniforms)`.

    Returns:
        float32 tensor of shape `(batch, height, width, 1)` in [0, 100], 0 in the holes.
    """
    return _compiled_input_lightness(augmentation)(rgb, uniforms)


@functools.cache
def _compiled_input_lightness(
    augmentation: Augmentation | None,
) -> Callable[[Tensor, Tensor], Tensor]:
    def see(rgb: Tensor, uniforms: Tensor) -> Tensor:
        lightness = rgb_to_lab(rgb)[..., :1]
        return (
            lightness
            if augmentation is None
            else degrade_lightness(lightness, augmentation, uniforms)
        )

    return compile_elementwise(see)

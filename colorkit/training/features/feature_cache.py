"""What a frozen backbone says about each photograph, computed once and kept.

Where the same views of the photographs come again in every epoch, so does what a frozen backbone
says about them. `PhotoFeatures` computes it once, in large batches; the rest of the network trains
on it (`colorkit.training.features.feature_trainer`), and the whole network is what is saved.
"""

import functools
import logging
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from colorkit.backend.jit import compile_elementwise
from colorkit.color.lab import rgb_to_lab
from colorkit.data.augmentation.ops import degrade_lightness
from colorkit.data.crops import side_needed
from colorkit.io.photo import PhotoError
from colorkit.models.split import describe_backbone
from colorkit.training.features.feature_store import FeatureStore
from colorkit.training.recipes.recipes import FEATURE_DTYPES

AB_STEPS = 256
"""Steps of a kept a or b in one Lab unit: int16 holds all of sRGB, to 1/512 of a unit."""

SHARD_VIEWS = 512
"""Views in a shard: a killed run computes at most so many again."""

BACKBONE_BATCH = 64
"""Views that the backbone sees at once."""

_log = logging.getLogger(__name__)


class PhotoFeatures:
    """Views of photographs with their features, read from a folder or computed into it.

    Rows are found by the photograph's content, the view, the backbone's weights, layers,
    preprocessing and precision, and how they are stored: whatever of these is changed, they are
    computed anew. Photographs that cannot be read are left out.

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
        >>> backbone = split_network(build_vgg_model()).backbone
        >>> features = PhotoFeatures("cache", backbone, open_photos("photos"), PhotoViews(224))
        >>> features.compute(range(100))
        >>> features.take([0, 1], [0, 0])["features"].shape
        (2, 7, 7, 512)
    """

    def __init__(self, folder, backbone, source, views, dtype="float32"):
        if dtype not in FEATURE_DTYPES:
            raise ValueError(f"`dtype` must be one of {FEATURE_DTYPES}. Received: {dtype!r}")
        self.views = views
        self.unreadable = {}
        self._backbone = backbone
        self._source = source
        self._digests = {}
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

    def __contains__(self, number):
        """Whether a photograph's features are there."""
        return number in self._digests and self._key(number, 0) in self._store

    def compute(self, indices):
        """Computes what is missing of all views of some photographs, a shard at a time.

        Args:
            indices: Which photographs of the source.

        Raises:
            PhotoError: If a photograph is changed in the meantime.
            OSError: If the disk is full.
        """
        wanted = {}
        for number in map(int, indices):
            if self._find_digest(number):
                for view in range(self.views.count):
                    wanted.setdefault(self._key(number, view), (number, view))
        self._store.open(wanted)
        missing = [place for key, place in wanted.items() if key not in self._store]
        for first in range(0, len(missing), SHARD_VIEWS):
            _log.info("Computing features: %d of %d views are there.", first, len(missing))
            self._compute_shard(missing[first : first + SHARD_VIEWS])

    def take(self, indices, views):
        """Returns views of photographs with their features.

        Args:
            indices: Which photographs, of those that are `in` this.
            views: Number of the view of each.

        Returns:
            Dict of arrays with a row a photograph: "rgb", uint8 `(B, H, W, 3)`; "ab", its a and b
            in `AB_STEPS` of a Lab unit, int16 `(B, H, W, 2)`; "features", float32 or float16; and
            "uniforms", those of the augmentation, float32.
        """
        rows = self._store.read(map(self._key, indices, views))
        drawn = [self._draw(number, view) for number, view in zip(indices, views, strict=True)]
        return {**{name: rows[name] for name in self._row.names}, "uniforms": np.array(drawn)}

    def _find_digest(self, number):
        try:
            self._digests[number] = self._source.digest(number)
        except PhotoError as error:
            self._skip(number, error)
            return False
        return True

    def _key(self, number, view):
        return self.views.key(self._digests[number], view)

    def _draw(self, number, view):
        return self.views.uniforms(self._digests[number], view)

    def _compute_shard(self, places):
        with ThreadPoolExecutor() as pool:
            crops = list(pool.map(self._crop, places))
        places = [place for place, crop in zip(places, crops, strict=True) if crop is not None]
        crops = [crop for crop in crops if crop is not None]
        if not places:
            return
        rows = np.empty(len(places), self._row)
        for first in range(0, len(places), BACKBONE_BATCH):
            batch = slice(first, first + BACKBONE_BATCH)
            uniforms = np.stack([self._draw(*place) for place in places[batch]])
            rgb = self.views.augment(np.stack(crops[batch]), uniforms)
            lightness = lightness_seen(rgb, self.views.augmentation, uniforms)
            rows["rgb"][batch] = rgb
            rows["ab"][batch] = np.rint(AB_STEPS * np.asarray(rgb_to_lab(rgb))[..., 1:])
            rows["features"][batch] = self._backbone.predict_on_batch(lightness)
        self._store.write([self._key(*place) for place in places], rows)

    def _crop(self, place):
        number, view = place
        try:
            photo = self._source.read(number, side_needed(self.views.image_size))
        except PhotoError as error:
            self._skip(number, error)
            return None
        if self._source.digest(number) != self._digests[number]:
            raise PhotoError(
                f"{self._source.names[number]} was changed while features were computed. "
                "Start again."
            )
        return self.views.crop(photo, self._digests[number], view)

    def _skip(self, number, error):
        name = self._source.names[number]
        if name not in self.unreadable:
            self.unreadable[name] = str(error)
            _log.warning("Skipped a photograph. %s", error)


def lightness_seen(rgb, augmentation, uniforms):
    """Computes the L that a network sees of a view.

    Args:
        rgb: uint8 of shape `(batch, height, width, 3)`, augmented but for the holes.
        augmentation: `Augmentation`, or `None`.
        uniforms: Random numbers of each view, float32 of shape `(batch, count_uniforms)`.

    Returns:
        float32 tensor of shape `(batch, height, width, 1)` in [0, 100], 0 in the holes.
    """
    return _seeing(augmentation)(rgb, uniforms)


@functools.cache
def _seeing(augmentation):
    def see(rgb, uniforms):
        lightness = rgb_to_lab(rgb)[..., :1]
        return (
            lightness
            if augmentation is None
            else degrade_lightness(lightness, augmentation, uniforms)
        )

    return compile_elementwise(see)

"""The views of a photograph whose features are cached: one plain, or several augmented ones."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from colorkit.backend.jit import compile_elementwise
from colorkit.data.augmentation.config import Augmentation
from colorkit.data.augmentation.ops import augment_photos, count_uniforms
from colorkit.data.crops import center_crop, random_crop
from colorkit.typing import Tensor

_LATER_FIELDS = "aging", "rotation_center"


@dataclasses.dataclass(frozen=True)
class PhotoViews:
    """Which views are made of each photograph.

    A single view is the centre crop, as in validation. Of several, each is an augmented random
    crop, as `PhotoStream` makes them. A view depends on the photograph's content, the seed and its
    own index alone, so that more views can be added later.

    Attributes:
        image_size: Side of the crops, in pixels.
        count: Number of views of a photograph.
        seed: Integer that fixes crops and augmentation.
        augmentation: `Augmentation` of several views, or `None`.
    """

    image_size: int
    count: int = 1
    seed: int = 0
    augmentation: Augmentation | None = None

    def key(self, digest: str, view: int) -> str:
        """Returns a view's cache key.

        Args:
            digest: SHA-256 of the photograph, as text.
            view: Its index, below `count`.

        Returns:
            String, unique to the view among those of one `image_size`.
        """
        if self.count == 1:
            return f"{digest}-center"
        augmentation = None
        if self.augmentation is not None:
            augmentation = dataclasses.asdict(self.augmentation)
            for field in _LATER_FIELDS:
                if not augmentation[field]:
                    del augmentation[field]  # views without it stay what they were
        drawn = hashlib.sha256(json.dumps([self.seed, augmentation]).encode()).hexdigest()
        return f"{digest}-{drawn[:16]}-{view}"

    def crop(self, photo: NDArray[np.uint8], digest: str, view: int) -> NDArray[np.uint8]:
        """Cuts a view out of its photograph.

        Args:
            photo: uint8 array of shape `(height, width, 3)`.
            digest, view: As for `key`.

        Returns:
            uint8 array of shape `(image_size, image_size, 3)`, not augmented yet.
        """
        if self.count == 1:
            return center_crop(photo, self.image_size)
        return random_crop(photo, self.image_size, self._random(digest, view, "crop"))

    def uniforms(self, digest: str, view: int) -> NDArray[np.float32]:
        """Draws the random numbers that `augment_photos` and `degrade_lightness` take for a view.

        Returns:
            float32 array of shape `(count_uniforms,)`; without augmentation, of shape `(0,)`. For
            the plain view all are 1, which no probability exceeds.
        """
        if self.augmentation is None:
            return np.zeros(0, "float32")
        length = count_uniforms(self.augmentation)
        if self.count == 1:
            return np.ones(length, "float32")
        return self._random(digest, view, "numbers").random(length, "float32")

    def augment(self, crops: NDArray[np.uint8], uniforms: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Applies the augmentation that target and input share.

        Args:
            crops: uint8 array of shape `(number, image_size, image_size, 3)`.
            uniforms: Uniform random numbers of each view, float32 of shape `(number,
                count_uniforms)`.

        Returns:
            uint8 array of the shape of `crops`.
        """
        if self.augmentation is None or self.count == 1:
            return crops
        return np.rint(_augmenting(self.augmentation)(crops, uniforms)).astype(np.uint8)

    def _random(self, digest: str, view: int, purpose: str) -> np.random.Generator:
        name = f"{self.key(digest, view)}-{purpose}"
        words = np.frombuffer(hashlib.sha256(name.encode()).digest(), "<u4")
        return np.random.default_rng(words)


@functools.cache
def _augmenting(augmentation: Augmentation) -> Callable[[Tensor, Tensor], Tensor]:
    return compile_elementwise(lambda rgb, uniforms: augment_photos(rgb, augmentation, uniforms))

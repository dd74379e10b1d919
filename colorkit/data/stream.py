"""Photographs as a deterministic, endless stream of square crops.

Position `p` of the stream always holds the same photograph with the same crop, whichever machine
reads it and wherever the stream was entered, so that training can resume at the same step.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from colorkit.data.cache import cache_photos
from colorkit.data.crops import Crop, draw_crop, side_needed
from colorkit.io.photo import PhotoError
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.data.source import Photographs

REPORTED_PHOTOS = 10
"""Maximum number of warnings about unreadable photographs."""

_log = logging.getLogger(__name__)


class PhotoStream:
    """An endless, shuffled, augmented stream of square crops, addressed by position.

    Args:
        source: A `PhotoSource` or `ArraySource`.
        image_size: Side of the crops, in pixels.
        indices: Which photographs of the source to draw from; all by default.
        seed: Integer that fixes order and crops.
        cache: `None`, or where to cache decoded photographs: "memory", or the path of a folder.

    Attributes:
        unreadable: Dict from the names of photographs that could not be read to the reasons.
            Each is replaced by the next readable one.
        failure: The `PhotoError` raised where none could be read, else `None`; tf.data hides it
            in an error of its own. Streams that `resized` makes share it, and `unreadable`.
    """

    def __init__(
        self,
        source: Photographs,
        image_size: int,
        *,
        indices: Sequence[int] | NDArray[np.int_] | None = None,
        seed: int = 0,
        cache: StrPath | None = None,
    ) -> None:
        self.source = cache_photos(source, side_needed(image_size), cache)
        self.image_size = image_size
        self.indices = np.arange(len(source)) if indices is None else np.asarray(indices)
        if not len(self.indices):
            raise PhotoError(
                "Expected at least one photograph to draw from, received none. Training needs "
                "enough photographs for a split of 80 / 10 / 10: give at least 10."
            )
        self.seed = seed
        self.unreadable: dict[str, str] = {}
        self._failures: list[PhotoError] = []
        self._order = (-1, self.indices)

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def failure(self) -> PhotoError | None:
        return self._failures[-1] if self._failures else None

    def resized(self, image_size: int) -> PhotoStream:
        """Returns a stream of the same squares of the same photographs, at another size."""
        stream = copy.copy(self)
        stream.image_size = image_size
        return stream

    def crop(self, position: int) -> NDArray[np.uint8]:
        """Returns the crop at `position`: uint8 of shape `(image_size, image_size, 3)`."""
        return self.find(position)[0]

    def find(self, position: int) -> tuple[NDArray[np.uint8], int, Crop]:
        """Returns the crop at `position` and its origin.

        Returns:
            uint8 array of shape `(image_size, image_size, 3)`, the photograph's index in the
            source, and the `Crop` of that photograph.
        """
        epoch, place = divmod(int(position), len(self))
        random = np.random.default_rng((self.seed, epoch, place))
        index, photo = self._read(self._shuffled(epoch), place)
        height, width = photo.shape[:2]
        crop = draw_crop(height, width, random)
        return crop.cut(photo, self.image_size), index, crop

    def part(self, batch_size: int, part: int, parts: int) -> StreamPart:
        """Returns one worker's part of every batch.

        Args:
            batch_size: Photographs in a whole batch, divisible by `parts`.
            part: Which part, from 0.
            parts: Number of workers.

        Returns:
            A `StreamPart`. The parts of a batch, concatenated, are the batch.
        """
        return StreamPart(self, batch_size, part, parts)

    def _shuffled(self, epoch: int) -> NDArray[np.int_]:
        known_epoch, order = self._order
        if epoch != known_epoch:
            order = np.random.default_rng((self.seed, epoch)).permutation(self.indices)
            self._order = (epoch, order)
        return order

    def _read(self, order: NDArray[np.int_], place: int) -> tuple[int, NDArray[np.uint8]]:
        for step in range(len(order)):
            index = order[(place + step) % len(order)]
            try:
                return index, self.source.read(index, side_needed(self.image_size))
            except PhotoError as error:
                self._skip(index, error)
        failure = PhotoError(
            f"Expected readable photographs, but none of {len(self)} could be read. "
            f"The first: {next(iter(self.unreadable.values()))}"
        )
        self._failures.append(failure)
        raise failure

    def _skip(self, index: int, error: Exception) -> None:
        name = self.source.names[index]
        if name not in self.unreadable:
            self.unreadable[name] = str(error)
            if len(self.unreadable) <= REPORTED_PHOTOS:
                _log.warning("Skipped a photograph. %s", error)
            if len(self.unreadable) == REPORTED_PHOTOS:
                _log.warning("Further photographs that cannot be read are skipped silently.")


class StreamPart:
    """One worker's crops of a `PhotoStream`; made by `PhotoStream.part`.

    Attributes:
        image_size: Side of the crops, in pixels.
    """

    def __init__(self, stream: PhotoStream, batch_size: int, part: int, parts: int) -> None:
        self.image_size = stream.image_size
        self._stream = stream
        self._batch_size = batch_size
        self._rows = batch_size // parts
        self._first_row = part * self._rows

    def crop(self, position: int) -> NDArray[np.uint8]:
        """Returns the crop at a position among those of this part, as `PhotoStream.crop` does."""
        step, row = divmod(int(position), self._rows)
        return self._stream.crop(step * self._batch_size + self._first_row + row)

"""Hypercolumns: the features of all layers at one pixel (Larsson et al. 2016)."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras
from keras import layers, ops

from colorkit.backend.replica_random import draw_uniforms
from colorkit.models.layers.common import BilinearUpSampling2D
from colorkit.typing import Tensor

GRID_STRIDE = 4
"""The output stride for whole pictures, as in the published model."""


@keras.saving.register_keras_serializable(package="colorkit")
class HypercolumnHistograms(layers.Layer):
    """Predicts histograms of hue and chroma of hypercolumns (Larsson et al. 2016, section 3.5).

    A pixel's hypercolumn has the channels of all maps there, the coarse ones interpolated
    bilinearly; a fully connected ReLU layer and one of logits follow.

    Training uses random pixels only: their hypercolumns are gathered, at full resolution, and
    nothing is computed or differentiated elsewhere. For whole pictures the output is at 1/4, as in
    the published model: finer maps are average-pooled to it and coarser ones upsampled. The fully
    connected layer is linear up to its ReLU, so its part for each map is applied at that map's
    size, and hypercolumns, of 12,417 channels each, are never formed.

    Args:
        strides: Tuple of integers, the stride of each map: increasing, from 1, each power of two
            once or more.
        units: Integer, units of the fully connected layer.
        outputs: Integer, number of logits.
        samples: Integer, pixels sampled from each picture in training.
        dropout: Float in [0, 1), dropout rate of the units.
        **kwargs: Base layer keyword arguments, such as `name`.

    Call arguments:
        maps: List of tensors of shape `(batch, height / stride, width / stride, channels)`.
        sampled: Whether to compute random pixels only.
        training: Whether to drop units.

    Returns:
        Logits of shape `(batch, height / 4, width / 4, outputs)`. If `sampled`, float32 of shape
        `(batch, samples, outputs + 2)`: logits, then the row and the column of the pixel.
    """

    def __init__(
        self,
        strides: Iterable[int],
        units: int,
        outputs: int,
        samples: int = 128,
        dropout: float = 0.5,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.strides = tuple(strides)
        self.units = units
        self.outputs = outputs
        self.samples = samples
        self.random = keras.random.SeedGenerator()
        own = {"dtype": self.dtype_policy}
        self.enlarge = BilinearUpSampling2D(name="double", **own)
        self.dropout = layers.Dropout(dropout, name="dropout", **own)
        self.logits = layers.Dense(outputs, name="logits", **own)
        self.fully_connected: dict[str, layers.Dense] = {}

    def build(self, input_shape: Sequence[tuple[int, ...]]) -> None:
        channels = {stride: 0 for stride in self.strides}
        for stride, shape in zip(self.strides, input_shape, strict=True):
            channels[stride] += shape[-1]
        # He et al. 2015, of the whole hypercolumn.
        initializer = keras.initializers.RandomNormal(stddev=(2.0 / sum(channels.values())) ** 0.5)
        for stride, count in channels.items():
            part = layers.Dense(
                self.units,
                use_bias=stride == 1,
                kernel_initializer=initializer.clone(),
                dtype=self.dtype_policy,
                name=f"fully_connected{stride}",
            )
            part.build((None, count))
            self.fully_connected[f"{stride}"] = part
        self.logits.build((None, self.units))

    def call(self, maps: Sequence[Tensor], sampled: bool = False, training: bool = False) -> Tensor:
        if not sampled:
            return self._finish(self._on_grid(maps), training)
        batch, (height, width) = ops.shape(maps[0])[0], ops.shape(maps[0])[1:3]
        uniforms = draw_uniforms(batch, 2 * self.samples, self.random)
        sizes = ops.cast(ops.stack([height, width]), "float32")
        rows = ops.floor(uniforms[:, : self.samples] * sizes[0])
        columns = ops.floor(uniforms[:, self.samples :] * sizes[1])
        logits = self._finish(self._at(maps, rows, columns), training)
        places = ops.stack([rows, columns], axis=-1)
        return ops.concatenate([ops.cast(logits, "float32"), places], axis=-1)

    def compute_output_spec(
        self, maps: Sequence[keras.KerasTensor], sampled: bool = False, training: bool = False
    ) -> keras.KerasTensor:
        # Explicit, since JAX cannot infer upsampled maps of unknown sizes.
        batch, height, width, _ = maps[0].shape
        if sampled:
            return keras.KerasTensor((batch, self.samples, self.outputs + 2), dtype="float32")
        grid = (height and height // GRID_STRIDE, width and width // GRID_STRIDE)
        return keras.KerasTensor((batch, *grid, self.outputs), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "strides": self.strides,
            "units": self.units,
            "outputs": self.outputs,
            "samples": self.samples,
            "dropout": self.dropout.rate,
        }

    def _finish(self, x: Tensor, training: bool) -> Tensor:
        return self.logits(self.dropout(ops.relu(x), training=training))

    def _on_grid(self, maps: Sequence[Tensor]) -> Tensor:
        total = None
        for stride, part in reversed(self._of_each_stride(maps)):
            if stride < GRID_STRIDE:
                finer = GRID_STRIDE // stride
                part = ops.average_pool(part, finer, strides=finer)
            part = self.fully_connected[f"{stride}"](part)
            if total is not None and stride >= GRID_STRIDE:
                total = self.enlarge(total)
            total = part if total is None else total + part
        return total

    def _at(self, maps: Sequence[Tensor], rows: Tensor, columns: Tensor) -> Tensor:
        parts = [
            interpolate(features, rows, columns, stride)
            for features, stride in zip(maps, self.strides, strict=True)
        ]
        return sum(
            self.fully_connected[f"{stride}"](part) for stride, part in self._of_each_stride(parts)
        )

    def _of_each_stride(self, parts: Sequence[Tensor]) -> list[tuple[int, Tensor]]:
        """Joins the channels of each stride: pairs of a stride and a tensor, the finest first."""
        joined: dict[int, list[Tensor]] = {stride: [] for stride in self.strides}
        for stride, part in zip(self.strides, parts, strict=True):
            joined[stride].append(part)
        return [(stride, ops.concatenate(same, axis=-1)) for stride, same in joined.items()]


def interpolate(features: Tensor, rows: Tensor, columns: Tensor, stride: int) -> Tensor:
    """Samples features at pixels, bilinearly.

    Args:
        features: Tensor of shape `(batch, height, width, channels)`, whose cell i covers the
            pixels from `stride * i` on.
        rows, columns: float32 tensors of shape `(batch, pixels)`, whole numbers.
        stride: Integer.

    Returns:
        Tensor of shape `(batch, pixels, channels)`. Beyond the centres of the outermost
        cells, their values.
    """
    if stride == 1:
        return _take(features, ops.cast(rows, "int32"), ops.cast(columns, "int32"))
    (top, bottom, down), (left, right, across) = (
        _neighbors(pixels, stride, ops.shape(features)[axis])
        for pixels, axis in ((rows, 1), (columns, 2))
    )
    down, across = (ops.cast(share, features.dtype)[..., None] for share in (down, across))
    above, below = (
        (1.0 - across) * _take(features, row, left) + across * _take(features, row, right)
        for row in (top, bottom)
    )
    return (1.0 - down) * above + down * below


def _neighbors(pixels: Tensor, stride: int, length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the cells before and after pixels, and the weight of the latter."""
    last = length - 1
    place = (pixels + 0.5) / stride - 0.5
    before = ops.floor(place)
    share = place - before
    before = ops.cast(before, "int32")
    return ops.clip(before, 0, last), ops.clip(before + 1, 0, last), share


def _take(features: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    batch, height, width, channels = ops.shape(features)
    first = ops.arange(batch, dtype="int32")[:, None] * (height * width)
    flat = ops.reshape(features, (-1, channels))
    return ops.take(flat, first + rows * width + columns, axis=0)

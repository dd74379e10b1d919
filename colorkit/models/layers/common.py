"""Layers that the models share. All can be saved and loaded in Keras' safe mode."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from colorkit.backend.weights import layers_of
from colorkit.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="colorkit")
class ScaleLightness(keras.layers.Layer):
    """The first layer of a model: checks the picture's shape and scales lightness.

    Works in float32 under every dtype policy, since bfloat16 would round L to half a unit.

    Args:
        scale: Float, factor of L in [0, 100]: `1 / 100` gives [0, 1], `255 / 100` the
            gray value in [0, 255] that a `keras.applications` backbone expects.
        size_multiple: Int, height and width must be divisible by it. Checked whenever they are
            known, so that a wrong size raises instead of giving an output of another size.
            So is the number of channels, 1.
        **kwargs: Base layer keyword arguments, such as `name`; a `dtype` among them is ignored.

    Example:
        >>> half = ScaleLightness(1 / 100, size_multiple=16)(np.full((1, 32, 32, 1), 50.0))
        >>> float(keras.ops.max(half))
        0.5
    """

    def __init__(self, scale: float, size_multiple: int = 1, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.scale = scale
        self.size_multiple = size_multiple

    def call(self, lightness: Tensor) -> Tensor:
        if lightness.shape[-1] != 1:
            raise ValueError(
                "Expected lightness, L in [0, 100] of shape (batch, height, width, 1), which "
                "`colorkit.rgb_to_lab(rgb)[..., :1]` computes from RGB. "
                f"Received: shape {tuple(lightness.shape)}"
            )
        height_width = tuple(lightness.shape[1:3])
        if any(length is not None and length % self.size_multiple for length in height_width):
            raise ValueError(
                f"Expected a picture whose height and width are multiples of "
                f"{self.size_multiple}; pad it to them. Received: height and width {height_width}"
            )
        return lightness * self.scale

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale, "size_multiple": self.size_multiple}


@keras.saving.register_keras_serializable(package="colorkit")
class RepeatOverGrid(keras.layers.Layer):
    """Repeats an embedding at every position of a feature map (Iizuka et al. 2016, fusion layer).

    Call arguments:
        inputs: `[embedding, features]` of shapes `(B, D)` and `(B, H, W, C)`.

    Returns:
        The embedding, shape `(B, H, W, D)`.
    """

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        embedding, features = inputs
        return embedding[:, None, None, :] + ops.zeros_like(features[..., :1])

    def compute_output_shape(self, input_shape: Sequence[Shape]) -> Shape:
        embedding_shape, features_shape = input_shape
        return (*features_shape[:3], embedding_shape[-1])


@keras.saving.register_keras_serializable(package="colorkit")
class BilinearUpSampling2D(keras.layers.Layer):
    """Doubles height and width, as `UpSampling2D(2, interpolation="bilinear")` does.

    Keras' own layer fails on TensorFlow where height and width are unknown. Where they are known,
    the backend's resizing trains faster; in float32, since Keras clips every resizing of another
    dtype to that dtype's range, which costs more than the resizing itself.

    Call arguments:
        features: Tensor of shape `(B, H, W, C)`.

    Returns:
        Tensor of shape `(B, 2 * H, 2 * W, C)`.
    """

    def call(self, features: Tensor) -> Tensor:
        height, width = features.shape[1:3]
        if height is None or width is None:
            return _double(_double(features, axis=1), axis=2)
        size = (2 * height, 2 * width)
        doubled = ops.image.resize(ops.cast(features, "float32"), size, interpolation="bilinear")
        return ops.cast(doubled, features.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, height, width, channels = input_shape
        return (batch, height and 2 * height, width and 2 * width, channels)


@keras.saving.register_keras_serializable(package="colorkit")
class ResizeToSquare(keras.layers.Layer):
    """Resizes pictures bilinearly to a square, as `keras.layers.Resizing` does.

    Keras' own layer puts the layers behind it into training mode where a model is called without
    `training`, so that batch normalisation there would use the batch's statistics.

    Args:
        side: Int, height and width of the result, in pixels.
        **kwargs: Base layer keyword arguments, such as `name`.

    Call arguments:
        pictures: Tensor of shape `(B, H, W, C)`.

    Returns:
        Tensor of shape `(B, side, side, C)`.
    """

    def __init__(self, side: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.side = side

    def call(self, pictures: Tensor) -> Tensor:
        return ops.image.resize(pictures, (self.side, self.side), interpolation="bilinear")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.side, self.side, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "side": self.side}


@keras.saving.register_keras_serializable(package="colorkit")
class FrozenModel(keras.Model):
    """A functional model that always runs in inference mode, whatever its caller's mode.

    `backbone(x, training=False)` inside a functional model is not enough: Keras overrides it when
    the outer model is called with `training=True`, and the dropout of an EfficientNet then makes
    the embedding of one picture differ from step to step. Set `trainable = False` beside this.

    Args:
        inputs, outputs, name: As for `keras.Model`.
    """

    def call(
        self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None
    ) -> Tensor:
        return super().call(inputs, training=False, mask=mask)


def trained_normalizations(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """Finds the batch normalisation layers that training updates.

    Args:
        model: `keras.Model`.

    Returns:
        List of the `BatchNormalization` layers in it, and in models within it, that are not frozen.
    """
    return [
        layer
        for layer in layers_of(model)
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]


def _double(x: Tensor, axis: int) -> Tensor:
    """Doubles one axis: every value becomes two, each 3/4 itself and 1/4 its neighbour."""

    def part(start: int | None, stop: int | None) -> Tensor:
        return x[(slice(None),) * axis + (slice(start, stop),)]

    before = ops.concatenate([part(None, 1), part(None, -1)], axis)
    after = ops.concatenate([part(1, None), part(-1, None)], axis)
    pairs = ops.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], axis + 1)
    shape = list(ops.shape(x))
    shape[axis] *= 2
    return ops.reshape(pairs, shape)

"""Losses of discriminator and generator, and the generator's content loss."""

import dataclasses
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import keras
from keras import ops

from colorkit.color.lab import AB_SCALE, L_MAX, rgb_to_lab
from colorkit.typing import Tensor


@dataclasses.dataclass(frozen=True)
class Objective:
    """The two losses of an adversarial training.

    Attributes:
        discriminator: Function of the logits of real and of coloured pictures: the
            discriminator's loss, a scalar.
        generator: Function of the logits of coloured pictures: the generator's loss, a scalar.
        border: Logit above which a patch counts as classified real.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]
    border: float


OBJECTIVES = MappingProxyType(
    {
        # Miyato et al. 2018, equations 16 and 17
        "hinge": Objective(
            lambda real, fake: ops.mean(ops.relu(1.0 - real)) + ops.mean(ops.relu(1.0 + fake)),
            lambda fake: -ops.mean(fake),
            border=0.0,
        ),
        # Mao et al. 2017, equation 9: 0 for coloured, 1 for real
        "least_squares": Objective(
            lambda real, fake: (ops.mean(ops.square(real - 1.0)) + ops.mean(ops.square(fake))) / 2,
            lambda fake: ops.mean(ops.square(fake - 1.0)) / 2,
            border=0.5,
        ),
        # Goodfellow et al. 2014 by logits; halved for the discriminator, and the generator makes
        # log D large (Isola et al. 2017, section 3.3)
        "binary_cross_entropy": Objective(
            lambda real, fake: (ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))) / 2,
            lambda fake: ops.mean(ops.softplus(-fake)),
            border=0.0,
        ),
    }
)


@keras.saving.register_keras_serializable(package="colorkit")
class ContentLoss(keras.losses.Loss):
    """Distance of a coloured picture from the photograph, in ab / 128.

    For a model that predicts RGB the distance of L / 100 is added, since nothing else constrains
    its lightness.

    Args:
        kind: "l1" for the mean absolute difference, "mse" for the mean squared one.

    Call arguments:
        y_true: RGB in [0, 255], shape `(batch, height, width, 3)`.
        y_pred: ab / 128, shape `(batch, height, width, 2)`, or RGB in [0, 1] with 3 channels.
    """

    def __init__(self, kind: str = "l1", name: str = "content", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.kind = kind

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        measure = ops.square if self.kind == "mse" else ops.abs
        lab = rgb_to_lab(ops.cast(y_true, "float32") / 255.0)
        if y_pred.shape[-1] == 2:
            ab = ops.cast(y_pred, "float32")
            return ops.mean(measure(lab[..., 1:] / AB_SCALE - ab), axis=-1)
        lab_pred = rgb_to_lab(ops.cast(y_pred, "float32"))
        distance = measure((lab - lab_pred)[..., 1:] / AB_SCALE)
        lightness_distance = measure((lab - lab_pred)[..., 0] / L_MAX)
        return ops.mean(distance, axis=-1) + lightness_distance

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "kind": self.kind}


def chroma_of(output: Tensor) -> Tensor:
    """Returns a model's output as ab / 128.

    Args:
        output: ab / 128 with 2 channels, or RGB in [0, 1] with 3.

    Returns:
        float32 tensor of 2 channels. RGB is converted, and gradients pass.
    """
    if output.shape[-1] == 2:
        return ops.cast(output, "float32")
    return rgb_to_lab(ops.cast(output, "float32"))[..., 1:] / AB_SCALE

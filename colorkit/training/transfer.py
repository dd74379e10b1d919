"""Transfer learning: frozen layers, and learning rates of a pretrained encoder's own."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import keras
from keras import ops

from colorkit.models.efficientnet_lite import LAST_STAGE, encoder_stage, is_encoder_layer
from colorkit.typing import Tensor


def freeze_layers(model: keras.Model, patterns: Iterable[str]) -> None:
    """Freezes the layers of a model whose names match a pattern, so that no step trains them.

    What stands before the first trained layer costs no backward pass either.

    Args:
        model: `keras.Model`.
        patterns: Names of layers, or shell patterns of them, such as `"*_depthwise"`.

    Raises:
        ValueError: If a pattern matches no layer that has trained weights.
    """
    trained = {layer.name: layer for layer in model.layers if layer.trainable_weights}
    for pattern in patterns:
        names = fnmatch.filter(trained, pattern)
        if not names:
            raise ValueError(
                f"`frozen_layers` must be names or patterns of layers with trained weights, of "
                f"the model {model.name!r}: {', '.join(trained)}. Received: {pattern!r}"
            )
        for name in names:
            trained[name].trainable = False


def encoder_rates(model: keras.Model, rate: float, stage_decay: float = 1.0) -> dict[str, float]:
    """Returns what the learning rate of each variable of a pretrained encoder is multiplied by.

    Layer-wise decay as in Clark et al. 2020, "ELECTRA", appendix A, by stage: what an encoder's
    first layers know is the most general.

    Args:
        model: `keras.Model`.
        rate: Multiplier for the last stage.
        stage_decay: Multiplier from each stage to the one before it.

    Returns:
        Dict from the variables' paths to the multipliers; empty if the model has no such encoder.
    """
    return {
        variable.path: rate * stage_decay ** (LAST_STAGE - encoder_stage(layer))
        for layer in model.layers
        if is_encoder_layer(layer)
        for variable in layer.trainable_variables
    }


def with_rates(
    kind: type[keras.optimizers.Optimizer],
    rates: Mapping[str, float],
    resting: Set[str] = frozenset(),
) -> type[keras.optimizers.Optimizer]:
    """Derives an optimizer that multiplies the learning rate of some variables, and rests others.

    Decoupled weight decay follows each variable's own rate.

    Args:
        kind: Class of `keras.optimizers.Optimizer`.
        rates: Dict from the variables' paths to the multipliers.
        resting: Paths of variables that a step leaves as they are, with the averages that the
            optimizer keeps of their gradients. It is read when a step is traced; a compiled step
            does not compute these gradients, as nothing uses them.

    Returns:
        A class derived from `kind`, with its arguments.
    """

    class WithRates(kind):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self._own_decay = settings.get("weight_decay")
            self.weight_decay = None  # Keras would decay all by one rate.

        def build(self, variables: Sequence[keras.Variable]) -> None:
            super().build(variables)
            self._paths = [variable.path for variable in variables]

        def update_step(self, gradient: Tensor, variable: Tensor, learning_rate: Tensor) -> None:
            path = self._paths[self._get_variable_index(variable)]
            if path in resting:
                return
            learning_rate = learning_rate * rates.get(path, 1.0)
            if self._own_decay:
                decay = ops.cast(learning_rate * self._own_decay, variable.dtype)
                self.assign_sub(variable, variable * decay)
            super().update_step(gradient, variable, learning_rate)

    WithRates.__name__ = kind.__name__
    return WithRates

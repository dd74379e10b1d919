"""The two steps of adversarial training: the discriminator's, and the generator's.

Each is a `Trainer` of its own, compiled with its own optimizer, that holds both models and trains
one of them. Keras' own `train_on_batch` makes the step, so that backends, loss scaling and XLA are
handled by Keras. In a batch the discriminator steps first, then the generator through it. Both use
the same augmented photographs and the same coloured pictures: the discriminator's step runs the
generator as the generator's own step will, without changing its state. That costs a second forward
pass of the generator; in return the two steps are independent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import keras
from keras import ops

from colorkit.backend.gradients import input_gradients
from colorkit.backend.replica_loss import share_of_replica
from colorkit.color.lab import AB_SCALE, rgb_to_lab
from colorkit.training.adversarial.coarse_chroma import CoarseChroma
from colorkit.training.adversarial.losses import OBJECTIVES, ContentLoss, chroma_of
from colorkit.training.trainer import Trainer
from colorkit.typing import Tensor

if TYPE_CHECKING:
    from colorkit.training.recipes.adversarial_recipes import AdversarialRecipe


class _OneSide(Trainer):
    """A `Trainer` that trains one of the models it holds, `_trained`.

    Its own dtype policy is float32, whatever the models' are, so that their weights are not
    rounded.
    """

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        return self._trained.trainable_variables

    @property
    def non_trainable_variables(self) -> list[keras.Variable]:
        return self._untrained(self.variables)

    trainable_weights = trainable_variables

    @property
    def non_trainable_weights(self) -> list[keras.Variable]:
        return self._untrained(self.weights)

    def _untrained(self, variables: Iterable[keras.Variable]) -> list[keras.Variable]:
        trained = {id(variable) for variable in self.trainable_variables}
        return [variable for variable in variables if id(variable) not in trained]

    def compute_metrics(
        self, x: Tensor, y: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> dict[str, Tensor]:
        return self.get_metrics_result()  # updated with the loss


class GeneratorTrainer(_OneSide):
    """Trains the generator through a fixed discriminator.

    Args:
        generator: `keras.Model` from L to ab / 128 or RGB.
        discriminator: `keras.Model` of `build_discriminator`.
        recipe: An `AdversarialRecipe`.
        seed: Integer that fixes the augmentation.

    Call arguments:
        rgb: uint8 of shape `(batch, height, width, 3)`.
        training: Whether to augment.

    Returns:
        The augmented photographs in [0, 255], and a tuple of the generator's output and, where
        `adversarial_weight` is not 0, of the discriminator's logits.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        recipe: AdversarialRecipe,
        seed: int = 0,
    ) -> None:
        super().__init__(generator, recipe.augmentation, seed=seed)
        self._trained = generator
        self._discriminator = discriminator
        self._recipe = recipe
        self._content = ContentLoss(recipe.content)
        names = ("content", "adversarial") if recipe.adversarial_weight else ("content",)
        self._means = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, rgb: Tensor, training: bool = False) -> tuple[Tensor, ...]:
        photos, output = super().call(rgb, training)
        if not self._recipe.adversarial_weight:
            return photos, (output,)
        lightness, _ = _lightness_and_chroma(photos)
        logits = self._discriminator([lightness, chroma_of(output)], training=False)
        return photos, (output, logits)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        photos, (output, *logits) = y_pred
        content = ops.mean(self._content.call(photos, output))
        self._means["content"].update_state(content)
        loss = self._recipe.content_weight * content
        if logits:
            adversarial = OBJECTIVES[self._recipe.objective].generator(*logits)
            self._means["adversarial"].update_state(adversarial)
            loss += self._recipe.adversarial_weight * adversarial
        return share_of_replica(loss)


class DiscriminatorTrainer(_OneSide):
    """Trains the discriminator on photographs and on the output of a fixed generator.

    Args:
        generator: `keras.Model` from L to ab / 128 or RGB.
        discriminator: `keras.Model` of `build_discriminator`.
        recipe: An `AdversarialRecipe`.
        seed: Integer that fixes the augmentation.

    Call arguments:
        rgb: uint8 of shape `(batch, height, width, 3)`.
        training: Whether to augment.

    Returns:
        The discriminator's logits for the photographs and for the coloured pictures, and where
        `r1_weight` is not 0, the mean gradient penalty at the photographs.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        recipe: AdversarialRecipe,
        seed: int = 0,
    ) -> None:
        super().__init__(_Untouched(generator), recipe.augmentation, seed=seed)
        self._trained = discriminator
        self._recipe = recipe
        self._coarse = CoarseChroma(generator)
        names = ("told_apart", "r1") if recipe.r1_weight else ("told_apart",)
        self._means = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, rgb: Tensor, training: bool = False) -> tuple[Tensor, ...]:
        photos, output = super().call(rgb, training)
        lightness, true_ab = _lightness_and_chroma(photos)
        true_ab = self._coarse(true_ab)
        both = [
            ops.concatenate([lightness, lightness]),
            ops.concatenate([true_ab, ops.stop_gradient(chroma_of(output))]),
        ]
        logits = ops.split(self._trained(both, training=training), 2)
        if not self._recipe.r1_weight:
            return tuple(logits)
        return (*logits, gradient_penalty(self._trained, lightness, true_ab))

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        real, fake, *penalty = y_pred
        objective = OBJECTIVES[self._recipe.objective]
        right = [real > objective.border, fake <= objective.border]
        self._means["told_apart"].update_state(
            sum(ops.mean(ops.cast(each, "float32")) for each in right) / 2
        )
        loss = objective.discriminator(real, fake)
        if penalty:
            self._means["r1"].update_state(*penalty)
            loss += self._recipe.r1_weight / 2 * penalty[0]
        return share_of_replica(loss)


class _Untouched(keras.layers.Layer):
    """Runs a model in training mode without updating its state.

    Neither its moving statistics nor its random generators change.
    """

    def __init__(self, model: keras.Model) -> None:
        super().__init__(dtype="float32")
        self._model = model
        self.built = True

    def call(self, lightness: Tensor, training: bool = False) -> Tensor:
        values = [
            [variable.value for variable in variables]
            for variables in (
                self._model.trainable_variables,
                self._model.non_trainable_variables,
            )
        ]
        output, _ = self._model.stateless_call(*values, lightness, training=training)
        return output


def gradient_penalty(discriminator: keras.Model, lightness: Tensor, ab: Tensor) -> Tensor:
    """Computes the squared norm of a discriminator's gradient with respect to a picture's colour.

    R1 of Mescheder et al. 2018 (equation 9) is gamma / 2 times this, at real pictures. The
    output is the mean over all patches (Isola et al. 2017, section 3.2.2); lightness is a
    condition, so only the gradient in colour counts.

    Args:
        discriminator: `keras.Model` of `build_discriminator`.
        lightness: L in [0, 100], of shape `(batch, height, width, 1)`.
        ab: ab / 128, of shape `(batch, height, width, 2)`.

    Returns:
        Scalar: the mean over the batch.
    """

    def mean_logit(ab: Tensor) -> Tensor:
        return ops.mean(discriminator([lightness, ab], training=False), axis=(1, 2, 3))

    gradients = input_gradients(mean_logit, ab)
    return ops.mean(ops.sum(ops.square(gradients), axis=(1, 2, 3)))


def _lightness_and_chroma(photos: Tensor) -> tuple[Tensor, Tensor]:
    lab = rgb_to_lab(ops.cast(photos, "float32") / 255.0)
    return lab[..., :1], lab[..., 1:] / AB_SCALE

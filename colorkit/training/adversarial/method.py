"""Training against a discriminator, as a `TrainingMethod`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from colorkit.backend.precision import choose_xla, copy_in_precision, use_precision
from colorkit.backend.weights import copy_weights, hash_weights
from colorkit.models.patch_discriminator import build_discriminator
from colorkit.training.adversarial.loop import AlternatingTrainer
from colorkit.training.adversarial.losses import ContentLoss
from colorkit.training.adversarial.trainers import DiscriminatorTrainer, GeneratorTrainer
from colorkit.training.build import schedule_rate
from colorkit.training.method import ALWAYS_MEASURED, Phase, TrainingMethod
from colorkit.training.photos import TrainingPhotos
from colorkit.training.validation import ValidationSet

if TYPE_CHECKING:
    from colorkit.training.distribution.strategy import Strategy
    from colorkit.training.recipes.adversarial_recipes import AdversarialRecipe


class AdversarialMethod(TrainingMethod):
    """Trains a generator on against a discriminator.

    Args:
        generator: `keras.Model` to begin with, which is not modified.
        recipe: An `AdversarialRecipe` with the `image_size` of the crops.
        photos, seed: As for `TrainingMethod`.
    """

    def __init__(
        self,
        generator: keras.Model,
        recipe: AdversarialRecipe,
        photos: TrainingPhotos,
        seed: int,
    ) -> None:
        super().__init__(recipe, photos, seed)
        self.generator = generator

    @property
    def title(self) -> str:
        return f"{self.generator.name} adversarially by {self.recipe.name}"

    def phase(self, epoch: int) -> Phase:
        return Phase(self.recipe.image_size)

    def describe(self, precision: str) -> dict[str, Any]:
        generator = {
            "name": self.generator.name,
            "weights_sha256": hash_weights(self.generator),
        }
        return {**super().describe(precision), "generator": generator}

    def build_trainer(self, precision: str, strategy: Strategy) -> AlternatingTrainer:
        recipe = self.recipe
        keras.utils.set_random_seed(self.seed)
        self.model = copy_in_precision(self.generator, precision)
        strategy.adapt_model(self.model)
        with use_precision(precision):
            discriminator = build_discriminator(
                recipe.image_size,
                filters=recipe.discriminator_filters,
                spectral_normalization=recipe.spectral_normalization,
            )
        rates = {GeneratorTrainer: recipe.learning_rate}
        if recipe.adversarial_weight:
            rates[DiscriminatorTrainer] = recipe.discriminator_learning_rate
        trainers = []
        for kind, rate in rates.items():
            with use_precision("float32"):
                trainer = kind(self.model, discriminator, recipe, self.seed)
            averages = {}
            if kind is GeneratorTrainer and recipe.ema_momentum is not None:
                averages = {"use_ema": True, "ema_momentum": recipe.ema_momentum}
            optimizer = keras.optimizers.Adam(
                schedule_rate(rate, recipe.schedule, self.epoch_steps * recipe.epochs),
                beta_1=recipe.beta_1,
                beta_2=recipe.beta_2,
                clipnorm=recipe.clipnorm,
                **averages,
            )
            optimizer = strategy.adapt_optimizer(optimizer, precision)
            is_scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
            if precision == "mixed_float16" and not is_scaled:
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
            trainer.compile(optimizer, jit_compile=strategy.allows_xla and choose_xla())
            trainers.append(trainer)
        return AlternatingTrainer(*trainers)

    def open_validation(self, strategy: Strategy) -> ValidationSet:
        return ValidationSet(self.model, self.validation_crops(), batch_size=self.recipe.batch_size)

    def validation_loss(self) -> keras.losses.Loss:
        return ContentLoss(self.recipe.content)

    def validation_metrics(self) -> list[keras.metrics.Metric]:
        return [metric() for metric in ALWAYS_MEASURED]

    def copy_model(self, precision: str) -> keras.Model:
        model = copy_in_precision(self.generator, precision)
        copy_weights(self.model, model)
        return model

"""Times an epoch of the report's recipes: features cached, computed in each step, by notebooks.

Claims, of the recipes as they are (augmentation, optimizer, batch size), each from one run in which
the ways take turns, on photographs in files:

1. `vgg16`: an epoch on kept features takes at most 1/20 of one in which the frozen VGG16 runs.
2. `inception_v3` and `efficientnet_b0`: at most 1/1.5.
3. All four against the notebooks' way, at most 1/8. For the same two a generator augments every
   batch there by SciPy (shear, zoom, rotation, flip), converts and resizes it by scikit-image, and
   asks the backbone by `predict`, in a thread beside the training, as `fit` runs a generator. For
   the other two everything lies in memory ready made, of VGG16 the features, and nothing is
   augmented. All is in float32. The photographs lie in memory at the model's size: nothing is read
   or decoded.

Claim 1 is meant in float32; where the backbone runs in bfloat16 matrix units (AMX), what is left,
pixel by pixel, weighs more. A way's time is its least of some epochs, since other programs can only
add to it; processor time, of all cores together, tells where the machine is not idle.

    python benchmarks/feature_cache.py --photos photos/ --recipe vgg16 --precision float32
    python benchmarks/feature_cache.py --photos photos/ --recipe inception_v3
    python benchmarks/feature_cache.py --photos photos/ --recipe efficientnet_b0
    python benchmarks/feature_cache.py --photos photos/ --recipe encoder_decoder
"""

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import skimage.color
import skimage.transform
from photographs import given_or_drawn
from PIL import Image
from rich.console import Console
from rich.table import Table

from colorkit import losses
from colorkit.backend.precision import choose_training_precision, choose_xla, use_precision
from colorkit.data import load_photo_dataset, open_photos
from colorkit.data.dataset import PhotoStream
from colorkit.models import split_backbone
from colorkit.training import Trainer, get_recipe
from colorkit.training.build import build_optimizer, build_recipe_model
from colorkit.training.features.feature_cache import PhotoFeatures
from colorkit.training.features.feature_trainer import FeatureBatches, FeatureTrainer
from colorkit.training.features.feature_views import PhotoViews

NEEDED = {
    "encoder_decoder": (None, 8.0),
    "vgg16": (20.0, 8.0),
    "inception_v3": (1.5, 8.0),
    "efficientnet_b0": (1.5, 8.0),
}
"""How many times as fast as the backbone in each step, and as the notebooks' way."""

BACKBONES = {
    "inception_v3": (299, keras.applications.inception_v3.preprocess_input),
    "efficientnet_b0": (224, keras.applications.efficientnet.preprocess_input),
}
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}
KEPT_STEPS = {"vgg16": 10}  # times as many in an epoch, where they are so short
WARM_STEPS = 1


class InEachStep:
    """The whole model, on augmented crops."""

    def __init__(self, recipe, source, precision):
        self._batch_size = recipe.batch_size
        with use_precision(precision):
            self._trainer = Trainer(build_recipe_model(recipe), recipe.augmentation)
        compile_for(self._trainer, recipe)
        self._stream = PhotoStream(source, recipe.image_size)

    def train(self, steps):
        batches = load_photo_dataset(self._stream, batch_size=self._batch_size).take(steps)
        self._trainer.fit(batches, shuffle=False, verbose=0)


class Kept:
    """What is behind the backbone, on the features of augmented views."""

    def __init__(self, recipe, source, precision, folder):
        self._batch_size = recipe.batch_size
        self._indices = range(len(source))
        with use_precision(precision):
            split = split_backbone(build_recipe_model(recipe))
            self._trainer = FeatureTrainer(split, recipe.augmentation)
        compile_for(self._trainer, recipe)
        views = PhotoViews(recipe.image_size, 2, 0, recipe.augmentation)
        self._features = PhotoFeatures(folder, split.backbone, source, views)
        start = time.perf_counter()
        self._features.compute(self._indices)
        self.seconds_a_view = (time.perf_counter() - start) / (2 * len(source))

    def train(self, steps):
        batches = FeatureBatches(self._features, self._indices, self._batch_size, steps)
        self._trainer.fit(batches, shuffle=False, verbose=0)


class InMemory:
    """As the notebooks train the other two: on float32 arrays in memory, without augmentation."""

    def __init__(self, recipe, source):
        with use_precision("float32"):
            model = build_recipe_model(recipe)
        self._batch_size = recipe.batch_size
        photos = resized_photos(source, recipe)
        lab = skimage.color.rgb2lab(photos)
        self._inputs = lab[..., :1].astype("float32")
        self._targets = photos.astype("float32")
        if recipe.feature_views:
            split = split_backbone(model)
            model = split.trained_part
            pairs = self._inputs[:, None]
            self._inputs = np.concatenate([split.backbone.predict(one, verbose=0) for one in pairs])
            self._targets = (lab[..., 1:] / 128).astype("float32")
        model.compile(recipe.optimizer, "mse")
        self._model = model

    def train(self, steps):
        number = len(self._inputs)
        for step in range(steps):
            batch = np.arange(step * self._batch_size, (step + 1) * self._batch_size) % number
            self._model.train_on_batch(self._inputs[batch], self._targets[batch])


class Notebook:
    """As the report's notebooks train a fusion model: SciPy, scikit-image, `predict`, float32."""

    def __init__(self, recipe, source):
        import tensorflow as tf

        with use_precision("float32"):
            split = split_backbone(build_recipe_model(recipe))
        self._backbone = next(layer for layer in split.backbone.layers if hasattr(layer, "layers"))
        self._side, self._preprocess = BACKBONES[recipe.model]
        self._rest = split.trained_part
        self._rest.compile(recipe.optimizer, "mse")
        photos = resized_photos(source, recipe)
        augmented = tf.keras.preprocessing.image.ImageDataGenerator(
            shear_range=0.4, zoom_range=0.4, rotation_range=40, horizontal_flip=True
        ).flow(photos, batch_size=recipe.batch_size)
        self._batches = map(self._convert, augmented)

    def _convert(self, rgb):
        gray = skimage.color.gray2rgb(skimage.color.rgb2gray(rgb))
        shape = (self._side, self._side, 3)
        gray = np.array([skimage.transform.resize(one, shape, mode="constant") for one in gray])
        embedding = self._backbone.predict(self._preprocess(gray), verbose=0)
        lab = skimage.color.rgb2lab(rgb)
        return [lab[..., :1], embedding], lab[..., 1:] / 128

    def train(self, steps):
        with ThreadPoolExecutor(max_workers=1) as beside:
            coming = beside.submit(next, self._batches)
            for step in range(steps):
                inputs, ab = coming.result()
                if step + 1 < steps:
                    coming = beside.submit(next, self._batches)
                self._rest.train_on_batch(inputs, ab)


def resized_photos(source, recipe):
    """Photographs in [0, 1] at the model's size, as many as fill whole batches."""
    size = (recipe.image_size, recipe.image_size)
    whole_batches = len(source) // recipe.batch_size * recipe.batch_size
    photos = [Image.fromarray(source.read(number)) for number in range(whole_batches)]
    return np.array([np.asarray(photo.resize(size)) for photo in photos]) / 255.0


def compile_for(trainer, recipe):
    loss = getattr(losses, recipe.loss)()
    trainer.compile(build_optimizer(recipe, epoch_steps=100), loss, jit_compile=choose_xla())


def time_epochs(ways, steps, kept_steps, epochs):
    """Seconds of a step of each way by each clock: the least of some epochs, which take turns."""
    taken = {name: [] for name in ways}
    for way in ways.values():
        way.train(WARM_STEPS)
    for _ in range(epochs):
        for name, way in ways.items():
            epoch = kept_steps if name == "kept" else steps
            start = [clock() for clock in CLOCKS.values()]
            way.train(epoch)
            end = [clock() for clock in CLOCKS.values()]
            taken[name].append(np.subtract(end, start) / epoch)
    least = {name: np.min(seconds, axis=0) for name, seconds in taken.items()}
    return {
        clock: {name: seconds[number] for name, seconds in least.items()}
        for number, clock in enumerate(CLOCKS)
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", help="folder or tar; drawn from scikit-image's if left out")
    parser.add_argument("--recipe", choices=NEEDED, help="one of them; all if left out")
    parser.add_argument("--precision", default=choose_training_precision())
    parser.add_argument("--number", type=int, default=32, help="photographs read")
    parser.add_argument("--epochs", type=int, default=3, help="timed epochs of each way")
    parser.add_argument("--steps", type=int, default=6, help="steps in an epoch")
    parser.add_argument("--batch-size", type=int, help="the recipe's own if left out")
    parser.add_argument("--image-size", type=int, help="the recipe's own if left out")
    options = parser.parse_args()
    given = {"batch_size": options.batch_size, "image_size": options.image_size}
    changes = {name: value for name, value in given.items() if value is not None}
    table = Table(title=f"milliseconds of a step, {options.precision}")
    for column in ("recipe", "clock", "notebook", "in each step", "kept", "gain", "over notebook"):
        table.add_column(column, justify="right")
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        photos = given_or_drawn(options.photos, folder, options.number)
        for name in [options.recipe] if options.recipe else NEEDED:
            recipe = get_recipe(name, weights=None, **changes)
            source = open_photos(photos)
            source.names = source.names[: options.number]
            ways = {"each": InEachStep(recipe, source, options.precision)}
            if recipe.feature_views:
                ways["kept"] = Kept(recipe, source, options.precision, Path(folder, name))
            ways["notebook"] = (Notebook if name in BACKBONES else InMemory)(recipe, source)
            kept_steps = options.steps * KEPT_STEPS.get(name, 1)
            times = time_epochs(ways, options.steps, kept_steps, options.epochs)
            for clock, seconds in times.items():
                own = seconds.get("kept", seconds["each"])
                gains = [seconds[way] / own for way in ("each", "notebook")]
                of_ways = [1000 * seconds.get(way, np.nan) for way in ("notebook", "each", "kept")]
                cells = [*(f"{ms:.0f}" for ms in of_ways), *(f"{gain:.1f}" for gain in gains)]
                table.add_row(name, clock, *cells)
                missed += [
                    f"{name}: {gain:.1f} of {needed} ({clock})"
                    for gain, needed in zip(gains, NEEDED[name], strict=True)
                    if needed and gain < needed
                ]
            if "kept" in ways:
                spent = 1000 * ways["kept"].seconds_a_view
                print(f"{name}: a view's features take {spent:.0f} ms", flush=True)
            keras.backend.clear_session()
    Console(width=100).print(table)
    print("missed: " + "; ".join(missed) if missed else "every claim holds")


if __name__ == "__main__":
    main()

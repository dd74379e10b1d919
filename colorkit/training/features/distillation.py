"""Trains a network to predict, beside colour, what a pretrained network says about each place.

Features of a network that knows objects tell which things are alike; a colouriser that predicts
them learns to tell them apart from fewer photographs (hints as in Romero et al. 2015, "FitNets").
Two 1 x 1 convolutions on the student's features do that in training, and are left out of the
network that is saved.
"""

import functools

import keras
import numpy as np
from keras import layers, ops

from colorkit.data.stream import PhotoStream
from colorkit.io.photo import PhotoError
from colorkit.training.features.teacher_features import (
    MAP_CHANNELS,
    TEACHER_LAYERS,
    TeacherFeatures,
)
from colorkit.training.trainer import Trainer

STUDENT_LAYERS = ("features16", "context_add")
"""The layers of colorkit_base that predict the maps of `TEACHER_LAYERS`."""


class DistillationTrainer(Trainer):
    """A `Trainer` whose loss is that of colour and the mean squared errors of the teacher's maps.

    Args:
        network, augmentation, trained_layer, seed: As for `Trainer`; the augmentation must leave
            things at their places.

    Call arguments:
        batch: Dict of "rgb" and the teacher's maps by the names of `TEACHER_LAYERS`.

    Raises:
        ValueError: If the network has not `STUDENT_LAYERS`, or the augmentation moves things.
    """

    def __init__(self, network, augmentation=None, trained_layer=None, seed=0):
        names = {layer.name for layer in network.layers}
        if not names.issuperset(STUDENT_LAYERS):
            raise ValueError(
                "`teacher` is for the network 'colorkit_base', which has the layers that are "
                f"taught: give None. Received: the network {network.name!r}"
            )
        if augmentation is not None and (
            augmentation.rotation or augmentation.horizontal_flip or augmentation.vertical_flip
        ):
            raise ValueError(
                "`teacher` needs an augmentation without rotation and flips, as the teacher's maps "
                f"lie where the crop was cut. Received: {augmentation}"
            )
        trained = network.get_layer(trained_layer).output if trained_layer else network.output
        taught = keras.Model(network.input, [trained, *_heads(network)])
        super().__init__(taught, augmentation, seed=seed)

    def call(self, batch, training=False):
        return super().call(batch["rgb"], training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        rgb, (output, *answers) = y_pred
        loss = super().compute_loss(x, y, (rgb, output), sample_weight, training)
        errors = [
            ops.mean(ops.square(ops.cast(x[layer.name], "float32") - answer))
            for layer, answer in zip(TEACHER_LAYERS, answers, strict=True)
        ]
        return loss + sum(errors) / len(errors)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        rgb, (output, *_) = y_pred
        return super().compute_metrics(x, y, (rgb, output), sample_weight)


class DistillationBatches(keras.utils.PyDataset):
    """Training batches with the teacher's maps, of a stream that is addressed by position.

    Args:
        stream: `PhotoStream`.
        maps: `TeacherFeatures` of its photographs.
        batch_size: Photographs in a batch.
        steps: Batches in the dataset.
        first_step: Number of batches to leave out at the beginning.
    """

    def __init__(self, stream, maps, batch_size, steps, first_step=0):
        super().__init__(workers=2, max_queue_size=4)
        self._stream = stream
        self._maps = maps
        self._batch_size = batch_size
        self._steps = steps
        self._first_step = first_step

    def __len__(self):
        return self._steps

    def __getitem__(self, step):
        first = (self._first_step + step) * self._batch_size
        crops, maps = [], []
        for position in range(first, first + self._batch_size):
            rgb, number, crop = self._stream.find(position)
            crops.append(rgb)
            maps.append(self._maps.look(number, crop, self._stream.image_size))
        batch = {"rgb": np.stack(crops)}
        for layer, parts in zip(TEACHER_LAYERS, zip(*maps, strict=True), strict=True):
            batch[layer.name] = np.stack(parts)
        return batch, batch["rgb"]


def cache_teacher_features(recipe, source, indices, folder, seed):
    """Computes what is missing of the teacher's maps of a run's photographs.

    Args:
        recipe: A `Recipe` with `teacher`.
        source: A `PhotoSource` or `ArraySource`.
        indices: Which photographs to train on.
        folder: Folder of the maps.
        seed: Integer that fixes order and crops.

    Returns:
        A function of `first_step` and `steps` that returns `DistillationBatches`.

    Raises:
        PhotoError: If none of the photographs can be read.
    """
    maps = TeacherFeatures(folder, recipe.teacher, source)
    maps.compute(indices)
    indices = [number for number in indices if number in maps]
    if not indices:
        raise PhotoError("Expected at least one readable photograph. Received none.")
    stream = PhotoStream(source, recipe.image_size, indices=indices, seed=seed)
    return functools.partial(DistillationBatches, stream, maps, recipe.batch_size)


def _heads(network):
    for layer, student in zip(TEACHER_LAYERS, STUDENT_LAYERS, strict=True):
        features = layers.ReLU()(network.get_layer(student).output)
        yield layers.Conv2D(MAP_CHANNELS, 1, dtype="float32", name=f"{layer.name}_head")(features)

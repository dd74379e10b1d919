"""Times colorkit's default network against the colouriser of Zhang et al. 2016 ("ECCV16").

Claim: for one picture of 256 x 256, network only, the default network is at least 5 times faster
than ECCV16 at the same precision. Both have random weights (speed does not depend on them) and
take turns in one run, so that whatever else the machine does hits both. ECCV16 is rebuilt here
from the layer table of the paper (arXiv 1603.08511); it must show 32.24 M parameters and
41.8 GMAC.

    python benchmarks/network_speed.py
"""

import argparse
import statistics
import time

import keras
import numpy as np
from keras import layers

from colorkit.architectures.base import build_base_model

# (filters, stride, dilation) of each 3x3 convolution; batch normalisation ends each group.
ECCV16_GROUPS = {
    "conv1": [(64, 1, 1), (64, 2, 1)],
    "conv2": [(128, 1, 1), (128, 2, 1)],
    "conv3": [(256, 1, 1), (256, 1, 1), (256, 2, 1)],
    "conv4": [(512, 1, 1), (512, 1, 1), (512, 1, 1)],
    "conv5": [(512, 1, 2), (512, 1, 2), (512, 1, 2)],
    "conv6": [(512, 1, 2), (512, 1, 2), (512, 1, 2)],
    "conv7": [(512, 1, 1), (512, 1, 1), (512, 1, 1)],
}


def build_eccv16_model(image_size):
    """Builds the network of Zhang, Isola, Efros 2016: L in [0, 100] in, ab in Lab units out."""
    lightness = keras.Input((image_size, image_size, 1))
    x = layers.Rescaling(1 / 100, offset=-0.5)(lightness)
    for group, convolutions in ECCV16_GROUPS.items():
        for number, (filters, stride, dilation) in enumerate(convolutions, start=1):
            x = layers.Conv2D(
                filters,
                3,
                strides=stride,
                dilation_rate=dilation,
                padding="same",
                activation="relu",
                name=f"{group}_{number}",
            )(x)
        x = layers.BatchNormalization(name=f"{group}_norm")(x)
    x = layers.Conv2DTranspose(
        256, 4, strides=2, padding="same", activation="relu", name="conv8_1"
    )(x)
    x = layers.Conv2D(256, 3, padding="same", activation="relu", name="conv8_2")(x)
    x = layers.Conv2D(256, 3, padding="same", activation="relu", name="conv8_3")(x)
    x = layers.Conv2D(313, 1, name="conv8_313")(x)
    x = layers.Softmax(dtype="float32")(x)
    ab = layers.Conv2D(2, 1, use_bias=False, dtype="float32", name="class_to_ab")(x)
    ab = layers.Rescaling(110.0, dtype="float32")(ab)
    ab = layers.UpSampling2D(4, interpolation="bilinear", dtype="float32")(ab)
    return keras.Model(lightness, ab, name="eccv16")


def count_multiplications(model):
    """Multiply-accumulates of the convolutions and dense layers for one picture."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose, layers.Dense)):
            enlarges = isinstance(layer, layers.Conv2DTranspose)
            shape = layer.input.shape if enlarges else layer.output.shape
            total += int(np.prod(shape[1:-1])) * int(np.prod(layer.kernel.shape))
    return total


def time_in_turns(models, picture, rounds):
    """Median seconds of each model's run, one run of each in every round."""
    for model in models:
        for _ in range(3):
            model.predict_on_batch(picture)
    seconds = [[] for _ in models]
    for _ in range(rounds):
        for model, taken in zip(models, seconds, strict=True):
            start = time.perf_counter()
            model.predict_on_batch(picture)
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in seconds]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image-size", type=int, default=256, help="side of the picture, pixels")
    parser.add_argument("--rounds", type=int, default=20, help="runs of each network")
    parser.add_argument(
        "--precision",
        nargs="+",
        default=["float32", "mixed_bfloat16"],
        choices=["float32", "mixed_bfloat16", "mixed_float16"],
    )
    options = parser.parse_args()
    picture = np.random.default_rng(0).uniform(
        0, 100, (1, options.image_size, options.image_size, 1)
    )
    picture = picture.astype("float32")
    print(f"{keras.backend.backend()}, one picture of {options.image_size} x {options.image_size}")
    for precision in options.precision:
        keras.config.set_dtype_policy(precision)
        models = [build_base_model(options.image_size), build_eccv16_model(options.image_size)]
        if precision == options.precision[0]:
            for model in models:
                parameters = sum(int(np.prod(w.shape)) for w in model.trainable_weights) / 1e6
                gmac = count_multiplications(model) / 1e9
                print(f"{model.name}: {parameters:.2f} M parameters, {gmac:.1f} GMAC")
        ours, theirs = time_in_turns(models, picture, options.rounds)
        print(
            f"{precision}: {models[0].name} {1e3 * ours:.1f} ms, eccv16 {1e3 * theirs:.1f} ms, "
            f"{theirs / ours:.1f} times faster (median of {options.rounds})"
        )


if __name__ == "__main__":
    main()

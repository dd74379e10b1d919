"""What model 1 predicts after a short training, by momentum and epsilon of batch normalisation.

    python benchmarks/normalization_momentum.py --photos PHOTOS

trains `encoder_decoder` twice from the same weights on the same crops, once with Keras' own numbers
(0.99, 1e-3), once with PyTorch's (0.9, 1e-5), which the code that the report links has, and
compares what it predicts for other photographs, by its moving statistics, with the truth.
"""

import argparse

import keras
import numpy as np

from colorkit.backend.precision import choose_xla
from colorkit.color import rgb_to_lab
from colorkit.data import PhotoSource, center_crop
from colorkit.models import build_encoder_decoder_model

NUMBERS = {"Keras": (0.99, 1e-3), "PyTorch": (0.9, 1e-5)}
VALIDATION_PHOTOS = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    parser.add_argument("--limit", type=int, default=264, help="photographs that are read")
    parser.add_argument("--size", type=int, default=32, help="side of the crops in pixels")
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--steps", type=int, nargs="+", default=[50, 150], help="when to look")
    options = parser.parse_args()
    lightness, rgb = _load(options)
    seen = len(rgb) - VALIDATION_PHOTOS
    print("| numbers | steps | mean output | mean truth | mean squared error |")
    print("|---|---|---|---|---|")
    for name, numbers in NUMBERS.items():
        keras.utils.set_random_seed(0)
        model = _build(options.size, *numbers)
        done = 0
        for steps in options.steps:
            random = np.random.default_rng(steps)
            places = random.integers(0, seen, (steps - done) * options.batch_size)
            model.fit(lightness[places], rgb[places], options.batch_size, shuffle=False, verbose=0)
            done = steps
            output, truth = model.predict(lightness[seen:], verbose=0), rgb[seen:]
            error = np.mean(np.square(output - truth))
            print(f"| {name} | {steps} | {output.mean():.3f} | {truth.mean():.3f} | {error:.4f} |")


def _load(options):
    """Reads crops: L in [0, 100] and RGB in [0, 1], of shape `(number, size, size, 1 or 3)`."""
    source = PhotoSource(options.photos)
    count = min(options.limit, len(source))
    crops = [center_crop(source.read(index, options.size), options.size) for index in range(count)]
    rgb = np.stack(crops).astype("float32") / 255
    return np.asarray(rgb_to_lab(rgb))[..., :1], rgb


def _build(size, momentum, epsilon):
    model = build_encoder_decoder_model(image_size=size)
    for part in ("encoder", "decoder"):
        for layer in model.get_layer(part).layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum, layer.epsilon = momentum, epsilon
    model.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=choose_xla())
    return model


if __name__ == "__main__":
    main()

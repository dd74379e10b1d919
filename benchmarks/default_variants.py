"""Compares ways to train the default network, at an equal number of steps, in one run.

Three variants of colorkit-base, differing in what its last layer predicts and which loss it meets:

- regression: ab directly, Huber loss;
- classification: 313 bins, plain cross-entropy;
- rebalanced: 313 bins, cross-entropy with rare colours weighted up (what colorkit ships).

Prints the validation figures beside the gray picture's; for the classifiers at several settings of
the annealed mean.

    python benchmarks/default_variants.py --photos DIR --steps 700
"""

import argparse
import time

import keras
import numpy as np
from keras import layers, ops

from colorkit import metrics
from colorkit.architectures import base
from colorkit.color import AB_SCALE, lab_to_rgb, rgb_to_lab
from colorkit.feeding.photo_dataset import PhotoStream, load_center_crops, load_photo_dataset
from colorkit.feeding.photo_source import open_photos, split_photos
from colorkit.losses import RebalancedCrossEntropy

HUBER_DELTA = 10.0 / AB_SCALE
DECODINGS = [(t, p) for p in (0.0, 0.25, 0.5) for t in (1.0, 0.6, 0.38)]


class HuberOnAb(keras.losses.Loss):
    def call(self, y_true, y_pred):
        stride = base.OUTPUT_STRIDE
        rgb = ops.average_pool(ops.cast(y_true, "float32") / 255.0, stride, strides=stride)
        ab = rgb_to_lab(rgb)[..., 1:] / AB_SCALE
        error = ops.abs(ab - ops.cast(y_pred, "float32"))
        return ops.where(
            error < HUBER_DELTA, 0.5 * error**2, HUBER_DELTA * (error - 0.5 * HUBER_DELTA)
        )


VARIANTS = {
    "regression": (HuberOnAb(), 2),
    "classification": (RebalancedCrossEntropy(uniform_share=1.0), None),
    "rebalanced": (RebalancedCrossEntropy(), None),
}


def build_trainer(image_size, channels):
    network = base.build_base_model(image_size)
    if channels is None:
        output = network.get_layer("bin_logits").output
    else:
        output = layers.Conv2D(channels, 1)(network.get_layer("decoder_relu").output)
    return network, keras.Model(network.input, output)


def measure(rgb, ab):
    """Prints the figures of ab / 128 at 1/4 of the photographs' size."""
    lab = ops.convert_to_numpy(rgb_to_lab(rgb))
    size = lab.shape[1:3]
    ab = ops.convert_to_numpy(ops.image.resize(ab * AB_SCALE, size, interpolation="bilinear"))
    picture = lab_to_rgb(np.concatenate([lab[..., :1], ab], axis=-1))
    weights = ops.convert_to_numpy(metrics.class_weights(lab[..., 1:]))
    balanced = ops.convert_to_numpy(metrics.ab_error_auc(lab[..., 1:], ab, weights))
    share = weights.mean(axis=(1, 2))
    return {
        "PSNR": float(ops.mean(metrics.psnr(rgb, picture))),
        "AuC": float(ops.mean(metrics.ab_error_auc(lab[..., 1:], ab))),
        "rebalanced AuC": float((balanced * share).sum() / share.sum()),
        "colourfulness": float(ops.mean(metrics.colorfulness(picture))),
    }


def show(name, figures):
    print(f"{name:34}" + "".join(f"{key} {value:6.2f}   " for key, value in figures.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=128)
    parser.add_argument("--only", choices=VARIANTS, nargs="+", default=list(VARIANTS))
    arguments = parser.parse_args()

    source = open_photos(arguments.photos)
    split = split_photos(source.names)
    truth = load_center_crops(source, arguments.image_size, split["validation"][:320])
    show("gray", measure(truth, np.zeros((len(truth), 8, 8, 2), "float32")))
    show("truth", measure(truth, ops.convert_to_numpy(rgb_to_lab(truth))[..., 1:] / AB_SCALE))
    for name in arguments.only:
        keras.utils.set_random_seed(0)
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        loss, channels = VARIANTS[name]
        _, trainer = build_trainer(arguments.image_size, channels)
        rgb = keras.Input((arguments.image_size, arguments.image_size, 3), dtype="uint8")
        lightness = layers.Lambda(lambda rgb: rgb_to_lab(rgb)[..., :1], dtype="float32")(rgb)
        model = keras.Model(rgb, trainer(lightness))
        schedule = keras.optimizers.schedules.CosineDecay(
            1e-4, arguments.steps, warmup_target=1e-3, warmup_steps=arguments.steps // 20
        )
        model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.02, clipnorm=1.0), loss)
        stream = PhotoStream(source, arguments.image_size, numbers=split["train"])
        start = time.perf_counter()
        model.fit(
            load_photo_dataset(stream, batch_size=arguments.batch_size),
            steps_per_epoch=arguments.steps,
            verbose=2,
        )
        seconds = time.perf_counter() - start
        print(f"{name}: {arguments.steps * arguments.batch_size / seconds:.1f} photographs/s")
        output = model.predict(truth, batch_size=32, verbose=0).astype("float32")
        if channels is not None:
            show(name, measure(truth, output))
            continue
        for temperature, power in DECODINGS:
            decode = base.AnnealedMean(temperature, power)
            ab = np.concatenate([decode(part) for part in np.array_split(output, 10)])
            show(f"{name}, T = {temperature}, prior^{power}", measure(truth, ab))


if __name__ == "__main__":
    main()

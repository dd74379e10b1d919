"""Compares ways to train the default model, each for the same few steps, in one run.

Each variant is the recipe `colorkit_base`, from random weights, with some fields changed. Prints
what a variant costs, and its gains over the gray picture on validation photographs in both styles.

    python benchmarks/default_variants.py --photos DIR --out runs --steps 300 [--teacher imagenet]

The runs are kept in folders of `--out`, so that the same command resumes where it was stopped.
"""

import argparse
import json
import time
from pathlib import Path

from colorkit.evaluation import evaluate_models
from colorkit.inference import Colorizer
from colorkit.training import train_model

REGRESSION = {"trained_layer": None, "augmentation": None}
VARIANTS = {
    "squared error of ab": {"loss": "ChromaMSE", **REGRESSION},
    "normalised chroma loss": {"loss": "NormalizedChromaLoss", **REGRESSION},
    "313 bins, 10 nearest, rebalanced": {"loss": "NeighborCrossEntropy", "augmentation": None},
    "313 bins, 4 corners, rebalanced": {"augmentation": None},
    "the same, with ageing": {},
    "the same, with ageing and a teacher": {"teacher": True},
    "the same, with ageing and averages": {"ema_momentum": 0.98},
}
STYLES = ("faithful", "vivid")
METRICS = ("psnr", "auc", "auc_rebalanced")


def train(changes, arguments, run_dir):
    """Returns the trained model and the seconds of processor time that its run took."""
    if "teacher" in changes:
        changes = {**changes, "teacher": arguments.teacher}
    cost = run_dir / "seconds.json"
    start = time.process_time()
    model = train_model(
        "colorkit_base",
        arguments.photos,
        run_dir,
        features=arguments.features,
        epochs=1,
        steps_per_epoch=arguments.steps,
        **changes,
    )
    if not cost.exists():
        cost.write_text(json.dumps(time.process_time() - start))
    return model, json.loads(cost.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--limit", type=int, default=320, help="validation photographs")
    parser.add_argument("--teacher", help="'imagenet' or weights; else that variant is left out")
    parser.add_argument("--features", help="folder of the teacher's cached feature maps")
    arguments = parser.parse_args()

    models, seconds = {}, {}
    for name, changes in VARIANTS.items():
        if "teacher" in changes and not arguments.teacher:
            continue
        model, seconds[name] = train(changes, arguments, arguments.out / name)
        is_regression = "trained_layer" in changes
        for style in (None,) if is_regression else STYLES:
            models[f"{name}, {style or 'as trained'}"] = Colorizer(model, style=style)
    means = evaluate_models(
        models, arguments.photos, split="validation", limit=arguments.limit, perceptual=False
    ).means()

    print(f"\n{'variant':52}{'seconds':>8}{'PSNR':>7}{'AuC':>7}{'balanced':>9}{'colour':>7}")
    for name in models:
        gains = "".join(
            f"{means[name][key] - means['gray'][key]:+{width}.2f}"
            for key, width in zip(METRICS, (7, 7, 9), strict=True)
        )
        cost = seconds[name.rpartition(", ")[0]]
        print(f"{name:52}{cost:8.0f}{gains}{means[name]['colorfulness']:7.2f}")
    print(f"colourfulness of the truth: {means['truth']['colorfulness']:.2f}")


if __name__ == "__main__":
    main()

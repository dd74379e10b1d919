"""Compares ways to build and train the default model, each for the same few steps, in one run.

Each variant is the recipe `colorkit_base`, from ImageNet weights, with some fields changed or
another width of the decoder. Prints what a variant costs, and its gains over the gray picture in
the faithful style, on validation photographs and on those of other sources.

    python benchmarks/default_variants.py --photos DIR [--fresh DIR] --out RUNS --steps 300

The runs are kept in folders of `--out`, so that the same command resumes where it was stopped.
"""

import argparse
import json
import time
from pathlib import Path
from unittest import mock

from colorkit.evaluation import evaluate_models
from colorkit.inference import Colorizer
from colorkit.models import colorkit_base
from colorkit.training import train_model

REGRESSION = {"trained_layer": None, "loss": "ChromaMSE"}
VARIANTS = {
    "the recipe": {},
    "random weights": {"weights": None},
    "encoder frozen": {"encoder_frozen_epochs": 1},
    "encoder's rate 0.1": {"encoder_rate": 0.1},
    "encoder's rate 1": {"encoder_rate": 1.0},
    "stem, blocks 1 and 2, depthwise kernels frozen": {
        "frozen_layers": "stem,block[12]*,*_depthwise"
    },
    "crops of 128": {"image_size": 128},
    "crops of 256": {"image_size": 256},
    "decoder half as wide": {"decoder": 0.5},
    "decoder 1.5 times as wide": {"decoder": 1.5},
    "without aging": {"augmentation": None},
    "without averages": {"ema_momentum": None},
    "10 nearest bins": {"loss": "NeighborCrossEntropy"},
    "squared error of ab": REGRESSION,
}
METRICS = ("psnr", "auc", "auc_rebalanced", "colorfulness")


def train(changes, arguments, run_dir):
    """Returns the trained model and the seconds of processor time that its run took."""
    changes = dict(changes)
    width = changes.pop("decoder", 1)
    filters = {stride: round(width * n) for stride, n in colorkit_base.FILTERS.items()}
    cost = run_dir / "seconds.json"
    start = time.process_time()
    with mock.patch.dict(colorkit_base.FILTERS, filters):
        model = train_model(
            "colorkit_base",
            arguments.photos,
            run_dir,
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
    parser.add_argument("--fresh", help="photographs of other sources, of which all are unseen")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--limit", type=int, default=320, help="photographs of a set")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=VARIANTS, metavar="NAME")
    arguments = parser.parse_args()

    models, seconds = {}, {}
    for name in arguments.only:
        model, seconds[name] = train(VARIANTS[name], arguments, arguments.out / name)
        style = None if "trained_layer" in VARIANTS[name] else "faithful"
        models[name] = Colorizer(model, style=style)

    sets = {"validation": (arguments.photos, "validation")}
    if arguments.fresh:
        sets["fresh"] = (arguments.fresh, "train")
    for title, (photos, split) in sets.items():
        means = evaluate_models(
            models, photos, split=split, limit=arguments.limit, perceptual=False
        ).means()
        print_table(title, means, models, seconds)


def print_table(title, means, models, seconds):
    print(f"\n{title:50}{'seconds':>8}{'PSNR':>8}{'AuC':>8}{'rebal.':>8}{'colour':>8}")
    for name in models:
        gains = "".join(f"{means[name][key] - means['gray'][key]:+8.2f}" for key in METRICS)
        print(f"{name:50}{seconds[name]:8.0f}{gains}")
    print(f"colourfulness of the truth: {means['truth']['colorfulness']:.2f}")


if __name__ == "__main__":
    main()

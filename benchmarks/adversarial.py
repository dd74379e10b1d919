"""Shows what a discriminator does to a model's colours, and what that costs.

Trains the same generator on for the same steps and photographs twice, by the distance from the
truth alone and with the discriminator beside it, and prints the metrics of both, and of the
generator as it was, on photographs that none of them was trained on.

    python benchmarks/adversarial.py --photos photos.tar --steps 400
"""

import argparse
import tempfile
import time
from pathlib import Path

from colorkit.cli.startup import start_keras
from colorkit.evaluation import evaluate_models
from colorkit.inference import Colorizer
from colorkit.training import train_adversarially
from colorkit.training.recipes.adversarial_recipes import (
    ADVERSARIAL_RECIPES,
    get_adversarial_recipe,
)
from colorkit.training.recipes.recipe_overrides import parse_settings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    parser.add_argument("--steps", type=int, required=True, help="training steps of each run")
    parser.add_argument(
        "--generator", default="colorkit_base", help="'colorkit_base' or a .keras file"
    )
    parser.add_argument("--recipe", choices=ADVERSARIAL_RECIPES, default="hinge")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--split", default="test", help="part that is measured")
    parser.add_argument("--limit", type=int, default=160, help="number of photographs measured")
    parser.add_argument("--out", help="folder of the runs; by default none is kept")
    arguments = parser.parse_args()

    start_keras(verbose=False)
    recipe = get_adversarial_recipe(
        arguments.recipe, epochs=1, steps_per_epoch=arguments.steps, image_size=128
    )
    recipe = get_adversarial_recipe(recipe, **parse_settings(recipe, arguments.set))
    out = Path(arguments.out or tempfile.mkdtemp())
    models = {"before": Colorizer(arguments.generator)}
    for name, weight in (("distance alone", 0.0), ("adversarial", recipe.adversarial_weight)):
        start = time.perf_counter()
        model = train_adversarially(
            arguments.generator,
            arguments.photos,
            out / name.replace(" ", "-"),
            recipe,
            precision=arguments.precision,
            adversarial_weight=weight,
        )
        print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
        models[name] = Colorizer(model)
    evaluation = evaluate_models(
        models, arguments.photos, split=arguments.split, limit=arguments.limit, perceptual=False
    )
    print(as_table(evaluation.means(), models))


def as_table(means, names):
    """Returns a table of gains over the gray picture, and of colourfulness as it is."""
    gray = means["gray"]
    lines = [
        "| model | PSNR (dB) | AuC | rebalanced AuC | colourfulness |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        gains = (means[name][key] - gray[key] for key in ("psnr", "auc", "auc_rebalanced"))
        cells = " | ".join(f"{gain:+.2f}" for gain in gains)
        lines.append(f"| {name} | {cells} | {means[name]['colorfulness']:.1f} |")
    lines.append(f"| truth | | | | {means['truth']['colorfulness']:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

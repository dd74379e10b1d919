"""Shows what the default model's decoding and input size do to its metrics.

Colours validation photographs through the same `Colorizer` as a user does, once for each
combination of input size, temperature and rebalancing
(`colorkit.models.layers.annealed_mean`), and prints the metrics as gains over the gray picture.

    python benchmarks/default_decoding.py --photos DIR
"""

import argparse
import itertools

from colorkit.data import open_photos
from colorkit.evaluation import evaluate_model
from colorkit.inference import Colorizer
from colorkit.models import load_model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", required=True, help="folder or tar of photographs")
    parser.add_argument("--model", default="colorkit_base", help="'colorkit_base' or a .keras file")
    parser.add_argument("--limit", type=int, default=160, help="number of photographs")
    parser.add_argument("--sizes", type=int, nargs="+", default=[192])
    parser.add_argument("--temperatures", type=float, nargs="+", default=[1.0, 0.6, 0.38])
    parser.add_argument("--rebalancing", type=float, nargs="+", default=[0.0, 0.2, 0.5, 1.0])
    arguments = parser.parse_args()

    source = open_photos(arguments.photos)
    model = load_model(arguments.model)
    decoding = model.get_layer("annealed_mean")
    columns = ("PSNR", "AuC", "AuC reb.", "colour")
    print(f"{'size':>5} {'T':>5} {'rebalancing':>12}" + "".join(f"{each:>9}" for each in columns))
    for size, temperature, rebalancing in itertools.product(
        arguments.sizes, arguments.temperatures, arguments.rebalancing
    ):
        decoding.temperature, decoding.rebalancing = temperature, rebalancing
        evaluation = evaluate_model(
            Colorizer(model, size=size), source, split="validation", limit=arguments.limit
        )
        means = evaluation.means()
        gains = {key: means["model"][key] - means["gray"][key] for key in means["gray"]}
        print(
            f"{size:5} {temperature:5} {rebalancing:12} {gains['psnr']:+8.2f} {gains['auc']:+8.2f} "
            f"{gains['auc_rebalanced']:+8.2f} {means['model']['colorfulness']:8.2f}",
            flush=True,
        )
    print(f"colourfulness of the truth: {means['truth']['colorfulness']:.2f}")


if __name__ == "__main__":
    main()

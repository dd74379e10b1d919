"""The folder of a training run: what is in it, and how it is written so that nothing is lost.

recipe.json               the recipe, the seed and the versions
split.csv                 each photograph's name and part
log.csv                   losses and figures of each epoch
pictures/epoch_0001.png   validation photographs: gray, coloured, true
checkpoint.weights.h5     weights and optimizer, from which training resumes
model.keras               the trained network
"""

import csv
import dataclasses
import json
from pathlib import Path

import keras

import colorkit
from colorkit.replacing import replace_when_whole


class RunFolder:
    """The folder of one training run.

    Args:
        path: The folder; made when the run claims it.

    Attributes:
        log: Path of the CSV log.
        pictures: Path of the folder of pictures.
        model: Path of the trained network.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.log = self.path / "log.csv"
        self.pictures = self.path / "pictures"
        self.model = self.path / "model.keras"
        self._checkpoint = self.path / "checkpoint.weights.h5"
        self._recipe = self.path / "recipe.json"
        self._split = self.path / "split.csv"

    def claim(self, recipe, seed, names, split):
        """Writes down the recipe and the split, or checks that they are those of the run here.

        Raises:
            ValueError: If the folder holds a run of another recipe, seed or photographs.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        plan = {"recipe": json.loads(json.dumps(dataclasses.asdict(recipe))), "seed": seed}
        part_of = {number: part for part, numbers in split.items() for number in numbers}
        rows = [[names[number], part_of[number]] for number in range(len(names))]
        if not self._recipe.exists():
            self._write_split(rows)
            versions = {"colorkit": colorkit.__version__, "keras": keras.__version__}
            with replace_when_whole(self._recipe) as temporary:
                temporary.write_text(json.dumps({**plan, "versions": versions}, indent=2) + "\n")
            return
        earlier = json.loads(self._recipe.read_text())
        changed = [key for key in plan if earlier.get(key) != plan[key]]
        if self._read_split() != rows:
            changed.append("photographs")
        if changed:
            raise ValueError(
                f"{self.path} holds a run with another {' and '.join(changed)}. "
                "Give the same ones to go on with it, or another folder for a new run."
            )

    def _write_split(self, rows):
        with (
            replace_when_whole(self._split) as temporary,
            open(temporary, "w", newline="", encoding="utf-8") as stream,
        ):
            csv.writer(stream).writerows([["file", "part"], *rows])

    def _read_split(self):
        with open(self._split, newline="", encoding="utf-8") as stream:
            return list(csv.reader(stream))[1:]

    def save_checkpoint(self, trainer):
        """Writes weights and optimizer; an earlier checkpoint stays whole until this one is."""
        with replace_when_whole(self._checkpoint) as temporary:
            trainer.save_weights(temporary)

    def restore(self, trainer):
        """Brings a compiled trainer to the last checkpoint, if there is one.

        Returns:
            The number of training steps done.
        """
        trainer.optimizer.build(trainer.trainable_variables)
        if not self._checkpoint.exists():
            return 0
        trainer.load_weights(self._checkpoint)
        return int(trainer.optimizer.iterations)

    def drop_log_rows(self, from_epoch):
        """Removes the log's rows of epochs that will be trained again."""
        if not self.log.exists():
            return
        with open(self.log, newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))
        kept = rows[:1] + [row for row in rows[1:] if int(row[0]) < from_epoch]
        with (
            replace_when_whole(self.log) as temporary,
            open(temporary, "w", newline="", encoding="utf-8") as stream,
        ):
            csv.writer(stream).writerows(kept)

    def save_model(self, model):
        """Writes the trained network as `model.keras`."""
        with replace_when_whole(self.model) as temporary:
            model.save(temporary)

"""The folder of a training run: its files, and how they are written so that nothing is lost.

recipe.json               the recipe, seed, precision and hash of the photographs; and of each start
                          the versions and the hardware
split.csv                 each photograph's name and part
log.csv                   losses and metrics of each epoch
pictures/epoch_0001.png   validation photographs: gray, coloured, true
tensorboard/              losses, metrics and pictures, where TensorBoard is installed
features/                 cached features of a frozen backbone, where the recipe caches them
decoded/                  decoded photographs, where that is asked for
checkpoint.npz            last weights, optimizer and random states, from which training resumes
best.keras                the model of the best epoch so far, in the precision of the training
curves.png, samples.png   plots of the metrics, and validation photographs, at the end
model.keras               the trained model
model_card.md             a draft of its card, for others who use it
.colorkit.lock            kept locked while a process trains here
"""

from __future__ import annotations

import collections
import csv
import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np

from colorkit.choices import SPLITS
from colorkit.data.augmentation.config import Augmentation
from colorkit.io.atomic_write import replace_when_whole
from colorkit.io.csv_cells import neutral_cell, restore_cell
from colorkit.io.folder_lock import hold_folder
from colorkit.io.state_files import parse_object, read_rows
from colorkit.models.saved_models import BEST_FILE, MODEL_FILE
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipes import direction
from colorkit.typing import StrPath

if TYPE_CHECKING:
    from colorkit.training.recipes.recipe_fields import DataclassInstance

_STEP = "step"


class Trainable(Protocol):
    """A compiled trainer, whose state a checkpoint holds."""

    optimizer: Any

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """The variables that gradients update."""

    @property
    def non_trainable_variables(self) -> list[keras.Variable]:
        """The others, states of random generators among them."""


class RunFolder:
    """The folder of one training run.

    Args:
        path: The folder; made by `start_or_resume`.
        recipe_kind: The dataclass of its recipe.

    Attributes:
        path: The folder.
        log: Path of the CSV log.
        pictures: Path of the folder of pictures.
        tensorboard: Path of TensorBoard's folder.
        features: Path of the folder of cached features.
        decoded: Path of the folder of decoded photographs.
        best: Path of the model of the best epoch so far.
        curves: Path of the plot of all metrics by epoch.
        samples: Path of the contact sheet.
        model: Path of the trained model.
        card: Path of the draft of its card.
    """

    def __init__(self, path: StrPath, recipe_kind: type[DataclassInstance] = Recipe) -> None:
        self.path = Path(path)
        self._recipe_kind = recipe_kind
        self.log = self.path / "log.csv"
        self.pictures = self.path / "pictures"
        self.tensorboard = self.path / "tensorboard"
        self.features = self.path / "features"
        self.decoded = self.path / "decoded"
        self.best = self.path / BEST_FILE
        self.curves = self.path / "curves.png"
        self.samples = self.path / "samples.png"
        self.model = self.path / MODEL_FILE
        self.card = self.path / "model_card.md"
        self._checkpoint = self.path / "checkpoint.npz"
        self._record = self.path / "recipe.json"
        self._split = self.path / "split.csv"

    def read_record(self) -> dict[str, Any]:
        """Returns the content of `recipe.json`: a dict, empty where there is no run."""
        if not self._record.exists():
            return {}
        return parse_object(self._record.read_bytes(), self._record, ("recipe", "precision"))

    def precision(self) -> str | None:
        """Returns the precision of the run in this folder, or `None`."""
        return self.read_record().get("precision")

    def held(self) -> AbstractContextManager[None]:
        """Returns the context of a training, which keeps all others out of the folder."""
        return hold_folder(self.path)

    def start_or_resume(
        self,
        description: Mapping[str, Any],
        names: Sequence[str],
        split: Mapping[str, Iterable[int]],
    ) -> None:
        """Saves a new run's description and split, or checks that they match the run's here.

        Args:
            description, names, split: As in `check`, which comes before all that may fail.

        Raises:
            ValueError: If the folder holds a run with another description or split.
        """
        self.check(description, names, split)
        if not self._record.exists():
            self.path.mkdir(parents=True, exist_ok=True)
            rows = ([neutral_cell(name), part] for name, part in _split_rows(names, split))
            _write_rows(self._split, [["file", "part"], *rows])
            self._write_record({**description, "starts": []})

    def count_parts(self) -> dict[str, int]:
        """Returns the number of photographs in each part of the split, from `split.csv`."""
        counts = collections.Counter(part for _, part, *_ in read_rows(self._split, start=1))
        return {part: counts[part] for part in SPLITS if counts[part]}

    def check(
        self,
        description: Mapping[str, Any],
        names: Sequence[str],
        split: Mapping[str, Iterable[int]],
    ) -> None:
        """Checks that a run in this folder, if there is one, is the one that is meant.

        Args:
            description: Dict of `describe_run`.
            names: Names of the photographs.
            split: Dict from parts to positions in `names`.

        Raises:
            ValueError: If the folder holds a run with another description or split.
        """
        if not self._record.exists():
            return
        earlier = self.read_record()
        earlier["recipe"] = _with_later_fields(
            parse_object(json.dumps(earlier["recipe"]), self._record, ["augmentation"]),
            self._recipe_kind,
        )
        changed = [
            key for key in description if key in earlier and earlier[key] != description[key]
        ]
        rows = [[restore_cell(name), *part] for name, *part in read_rows(self._split, start=1)]
        if rows != _split_rows(names, split):
            changed.append("split")
        if changed:
            raise ValueError(
                f"{self.path} holds a run with another {' and '.join(changed)}. "
                "Give the same ones to resume it, or another folder for a new run."
            )

    def record_start(self, start: Mapping[str, Any]) -> None:
        """Adds a dict of `describe_start` to the record."""
        record = self.read_record()
        self._write_record({**record, "starts": [*record.get("starts", []), start]})

    def save_checkpoint(self, trainer: Trainable, step: int) -> None:
        """Writes all state that training changes, replacing the checkpoint atomically.

        NumPy writes it: HDF5 can crash the process where the disk is full.
        """
        values = [keras.ops.convert_to_numpy(variable) for variable in _variables(trainer)]
        arrays: dict[str, Any] = {str(index): value for index, value in enumerate(values)}
        arrays[_STEP] = step
        with replace_when_whole(self._checkpoint) as temporary, open(temporary, "wb") as stream:
            np.savez(stream, **arrays)

    def restore(self, trainer: Trainable) -> int:
        """Restores a compiled trainer from the last checkpoint, if there is one.

        Returns:
            The number of training steps done.

        Raises:
            ValueError: If the checkpoint is damaged or of another model.
        """
        trainer.optimizer.build(trainer.trainable_variables)
        if not self._checkpoint.exists():
            return 0
        variables = _variables(trainer)
        try:
            with np.load(self._checkpoint, allow_pickle=False) as arrays:
                values = [arrays[str(index)] for index in range(len(arrays) - 1)]
                step = int(arrays[_STEP])
        except Exception as error:  # NumPy raises many kinds for damaged files.
            raise ValueError(
                f"{self._checkpoint} is damaged ({error}). Remove it, and the run starts from the "
                f"beginning; {self.best.name}, if it exists, has the weights of its best epoch."
            ) from error
        if [value.shape for value in values] != [tuple(v.shape) for v in variables]:
            raise ValueError(
                f"Expected {self._checkpoint} to fit the recipe's model, with {len(variables)} "
                f"variables. Received: {len(values)}, or other shapes. Was it made by another "
                "version of colorkit? Give another folder for a new run."
            )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return step

    def checkpoint_step(self) -> int | None:
        """Returns the training step of the checkpoint, or `None`."""
        if not self._checkpoint.exists():
            return None
        with np.load(self._checkpoint, allow_pickle=False) as arrays:
            return int(arrays[_STEP])

    def resume_advice(self) -> str:
        """Returns a sentence for errors on the checkpoint and how to resume."""
        step = self.checkpoint_step()
        if step is None:
            return "No checkpoint had been written yet: the same command starts from the beginning."
        return f"{self._checkpoint} of step {step} is whole: the same command resumes from it."

    def read_log(self) -> list[dict[str, float]]:
        """Returns the log's rows: dicts from metrics to floats, "epoch" counted from 0."""
        header, *rows = read_rows(self.log) or [[]]
        return [
            {name: _as_float(text) for name, text in zip(header, row, strict=True)}
            for row in rows
            if len(row) == len(header)
        ]

    def drop_log_rows(self, from_epoch: int) -> None:
        """Removes the log's rows of epochs that will be trained again, and an incomplete row."""
        header, *rows = read_rows(self.log) or [[]]
        kept = [row for row in rows if len(row) == len(header) and _as_float(row[0]) < from_epoch]
        if kept:
            _write_rows(self.log, [header, *kept])
        else:
            self.log.unlink(missing_ok=True)

    def save_best(self, model: keras.Model) -> None:
        """Writes the model of the best epoch."""
        with replace_when_whole(self.best) as temporary:
            model.save(temporary)

    def save_model(self, model: keras.Model) -> None:
        """Writes the trained model as `model.keras`."""
        with replace_when_whole(self.model) as temporary:
            model.save(temporary)

    def _write_record(self, record: Mapping[str, Any]) -> None:
        with replace_when_whole(self._record) as temporary:
            temporary.write_text(json.dumps(record, indent=2) + "\n")


def find_best_row(
    rows: Sequence[Mapping[str, float]], monitor: str | None
) -> Mapping[str, float] | None:
    """Finds the row of the best epoch.

    Args:
        rows: The log, as `RunFolder.read_log` returns it.
        monitor: The metric that is compared, as in `Recipe`; `None` for none.

    Returns:
        One of `rows`, or `None` where none has that metric.
    """
    if monitor is None:
        return None
    known = [row for row in rows if np.isfinite(row.get(monitor, np.nan))]
    best = min if direction(monitor) == "min" else max
    return best(known, key=lambda row: row[monitor]) if known else None


def _variables(trainer: Trainable) -> list[keras.Variable]:
    """Lists all variables that a training step changes, random states included."""
    return [
        *trainer.trainable_variables,
        *trainer.non_trainable_variables,
        *trainer.optimizer.variables,
    ]


def _split_rows(names: Sequence[str], split: Mapping[str, Iterable[int]]) -> list[list[str]]:
    part_of = {index: part for part, indices in split.items() for index in indices}
    return [[name, part_of[index]] for index, name in enumerate(names)]


def _with_later_fields(recipe: dict[str, Any], kind: type[DataclassInstance]) -> dict[str, Any]:
    """Adds to a stored recipe the fields that an earlier version did not have."""
    recipe = {**_defaults(kind), **recipe}
    if recipe["augmentation"] is not None:
        recipe["augmentation"] = {**_defaults(Augmentation), **recipe["augmentation"]}
    return recipe


def _defaults(kind: type[DataclassInstance]) -> dict[str, Any]:
    fields = dataclasses.fields(kind)
    known = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}
    return json.loads(json.dumps(known))  # as they are stored: lists in place of tuples


def _write_rows(path: StrPath, rows: Iterable[Sequence[str]]) -> None:
    with (
        replace_when_whole(path) as temporary,
        open(temporary, "w", newline="", encoding="utf-8") as stream,
    ):
        csv.writer(stream).writerows(rows)


def _as_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")

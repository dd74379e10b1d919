"""What a run's folder keeps, and what it refuses."""

import dataclasses
import json

import keras
import numpy as np
import pytest

from colorkit.training.recipes.recipes import get_recipe
from colorkit.training.run_folder import RunFolder

pytestmark = pytest.mark.any_backend

PLAN = {
    "recipe": json.loads(json.dumps(dataclasses.asdict(get_recipe("colorkit_base")))),
    "seed": 0,
    "precision": "float32",
    "photographs": {"number": 3, "sha256": "0"},
}
NAMES = ("a", "b", "c")
SPLIT = {"train": np.array([2, 0]), "validation": np.array([1]), "test": np.array([], int)}


def build_trainer(units=3):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    x = keras.layers.Dropout(0.5)(inputs)
    x = keras.layers.BatchNormalization()(keras.layers.Dense(units)(x))
    trainer = keras.Model(inputs, x)
    trainer.compile("adam", "mse")
    return trainer


def train(trainer, steps):
    for _ in range(steps):
        size = trainer.output_shape[-1]
        trainer.train_on_batch(np.ones((8, 4), "float32"), np.ones((8, size), "float32"))


def test_a_trainer_resumes_from_its_checkpoint_as_if_nothing_had_been(tmp_path):
    """Weights, Adam's moments, BatchNormalization's statistics and Dropout's random state."""
    trainer, run = build_trainer(), RunFolder(tmp_path)
    assert run.restore(trainer) == 0 and run.checkpoint_step() is None
    train(trainer, 3)
    run.save_checkpoint(trainer, 3)
    train(trainer, 2)
    other = build_trainer()
    assert run.restore(other) == run.checkpoint_step() == 3
    train(other, 2)
    for weights, expected in zip(other.get_weights(), trainer.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, atol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    trainer, run = build_trainer(), RunFolder(tmp_path)
    run.restore(trainer)
    run.save_checkpoint(trainer, 1)
    with pytest.raises(ValueError, match="to fit the recipe's model.*another folder for a new"):
        run.restore(build_trainer(units=5))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_damaged_checkpoint_is_told(tmp_path, share):
    trainer, run = build_trainer(), RunFolder(tmp_path)
    run.restore(trainer)
    run.save_checkpoint(trainer, 1)
    path = tmp_path / "checkpoint.npz"
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match=r"checkpoint.npz is damaged .*Remove it.*best.keras"):
        run.restore(build_trainer())


def test_a_flipped_bit_in_a_checkpoint_is_told(tmp_path):
    trainer, run = build_trainer(), RunFolder(tmp_path)
    run.restore(trainer)
    run.save_checkpoint(trainer, 1)
    path = tmp_path / "checkpoint.npz"
    with np.load(path) as arrays:
        kernel = next(a.tobytes() for a in arrays.values() if a.size == 12)
    data = path.read_bytes()
    place = data.index(kernel)
    path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    with pytest.raises(ValueError, match="is damaged"):
        run.restore(build_trainer())


def test_claims_and_what_is_refused(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.start_or_resume(PLAN, NAMES, SPLIT)
    assert run.precision() == "float32"
    assert (run.path / "split.csv").read_text().split() == [
        "file,part", "a,train", "b,validation", "c,train",
    ]  # fmt: skip
    run.start_or_resume(PLAN, NAMES, SPLIT)
    for key, value in (("seed", 1), ("precision", "mixed_bfloat16"), ("photographs", {})):
        with pytest.raises(ValueError, match=f"another {key}. Give the same .* another folder"):
            run.start_or_resume({**PLAN, key: value}, NAMES, SPLIT)
    swapped = {**SPLIT, "validation": SPLIT["test"], "test": SPLIT["validation"]}
    with pytest.raises(ValueError, match="another split"):
        run.start_or_resume(PLAN, NAMES, swapped)
    assert RunFolder(tmp_path / "none").precision() is None


def test_a_run_resumes_whose_recipe_has_fewer_fields(tmp_path):
    """A field that an earlier version did not have counts as its default."""
    run = RunFolder(tmp_path)
    later = ("keep", "frozen_layers")
    earlier = {key: value for key, value in PLAN["recipe"].items() if key not in later}
    run.start_or_resume({**PLAN, "recipe": earlier}, NAMES, SPLIT)
    run.start_or_resume(PLAN, NAMES, SPLIT)
    with pytest.raises(ValueError, match="another recipe"):
        run.start_or_resume({**PLAN, "recipe": {**PLAN["recipe"], "keep": "best"}}, NAMES, SPLIT)


def test_a_run_resumes_whose_augmentation_has_fewer_parts(tmp_path):
    run = RunFolder(tmp_path)
    recipe = json.loads(json.dumps(dataclasses.asdict(get_recipe("vgg16"))))
    parts = {part: value for part, value in recipe["augmentation"].items() if part != "aging"}
    run.start_or_resume({**PLAN, "recipe": {**recipe, "augmentation": parts}}, NAMES, SPLIT)
    run.start_or_resume({**PLAN, "recipe": recipe}, NAMES, SPLIT)
    aged = {**recipe, "augmentation": {**parts, "aging": 0.5}}
    with pytest.raises(ValueError, match="another recipe"):
        run.start_or_resume({**PLAN, "recipe": aged}, NAMES, SPLIT)


def test_each_start_is_noted(tmp_path):
    run = RunFolder(tmp_path)
    run.start_or_resume(PLAN, NAMES, SPLIT)
    run.record_start({"first_step": 0})
    run.record_start({"first_step": 9})
    record = json.loads((tmp_path / "recipe.json").read_text())
    assert [start["first_step"] for start in record["starts"]] == [0, 9]
    assert {key: record[key] for key in PLAN} == PLAN


def test_the_log_is_cut_to_the_epochs_that_are_done(tmp_path):
    run = RunFolder(tmp_path)
    run.drop_log_rows(from_epoch=0)
    assert run.read_log() == []
    run.log.write_text("epoch,loss,val_loss\n0,1.5,NA\n1,0.5,2\n2,0.25,3\n3,0.1")
    run.drop_log_rows(from_epoch=2)
    rows = run.read_log()
    assert [(row["epoch"], row["loss"]) for row in rows] == [(0, 1.5), (1, 0.5)]
    assert np.isnan(rows[0]["val_loss"]) and rows[1]["val_loss"] == 2
    run.drop_log_rows(from_epoch=0)
    assert not run.log.exists()

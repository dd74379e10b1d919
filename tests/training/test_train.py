"""Training runs: what they leave behind, and that a killed run resumes as if it had not been."""

import csv
import json

import keras
import numpy as np
import pytest
import skimage.color
import small_models
import tiny_model
from drawn_photos import draw_photo, save_photo
from PIL import Image

from colorkit.data.build import build_dataset
from colorkit.io.photo import PhotoError
from colorkit.models import load
from colorkit.training.recipes.recipe import Recipe
from colorkit.training.recipes.recipes import get_recipe
from colorkit.training.train import train_model


@pytest.fixture(scope="module")
def photos():
    """Twenty photographs, bright ones orange and dark ones blue: something to be learned."""
    random = np.random.default_rng(0)
    blocks = random.random((20, 6, 6, 1)) > 0.5
    colors = np.where(blocks, [230, 170, 90], [30, 50, 110])
    return np.kron(colors, np.ones((1, 8, 8, 1))).astype(np.uint8)


@pytest.fixture(scope="module")
def tiny():
    """The default recipe at the smallest size and few layers, long enough to learn something."""
    with pytest.MonkeyPatch.context() as patch:
        small_models.shrink_shipped_models(patch)
        yield get_recipe(
            "colorkit_base",
            image_size=32,
            batch_size=4,
            epochs=2,
            steps_per_epoch=13,
            learning_rate=0.01,
            weights=None,
        )


@pytest.fixture(scope="module")
def whole_run(photos, tiny, quick_curves, tmp_path_factory):
    run = tmp_path_factory.mktemp("whole") / "run"
    return run, train_model(tiny, photos, run, precision="float32")


@pytest.mark.usefixtures("eagerly", "quick_curves", "quick_histogram")
def test_a_run_keeps_the_split_of_a_built_data_set(tmp_path):
    for number in range(20):
        save_photo(tmp_path / "photos" / f"{number}.png", draw_photo(number))
    build_dataset(tmp_path / "photos", tmp_path / "set", size=32, split=(60, 25, 15))
    recipe = Recipe(**{**tiny_model.RECIPE, "epochs": 1, "steps_per_epoch": 1})
    with tiny_model.registered():
        train_model(recipe, tmp_path / "set", tmp_path / "run", precision="float32")
    rows = list(csv.DictReader((tmp_path / "run" / "split.csv").read_text().splitlines()))
    assert len(rows) == 20
    assert all(row["file"].startswith(f"{row['part']}/color/") for row in rows)


@pytest.mark.usefixtures("eagerly", "quick_curves")
def test_a_run_leaves_gray_photographs_out_and_keeps_twins_together(tmp_path, capsys):
    for number in range(20):
        save_photo(tmp_path / "photos" / f"{number}.png", draw_photo(number))
        save_photo(tmp_path / "photos" / "twins" / f"{number}.jpg", draw_photo(number)[:, ::-1])
    save_photo(tmp_path / "photos" / "gray.png", np.repeat(draw_photo(30)[..., :1], 3, axis=-1))
    recipe = Recipe(**{**tiny_model.RECIPE, "epochs": 1, "steps_per_epoch": 1})
    with tiny_model.registered():
        train_model(recipe, tmp_path / "photos", tmp_path / "run", precision="float32")
    rows = list(csv.DictReader((tmp_path / "run" / "split.csv").read_text().splitlines()))
    part_of = {row["file"]: row["part"] for row in rows}
    assert len(rows) == 40 and "gray.png" not in part_of
    assert all(part_of[f"{n}.png"] == part_of[f"twins/{n}.jpg"] for n in range(20))
    assert {*part_of.values()} == {"train", "validation", "test"}
    printed = capsys.readouterr().out
    assert "Photographs left out as gray or toned: 1." in printed
    assert "Photographs that show the same picture as another: 40, of 20 pictures" in printed


@pytest.mark.slow
@pytest.mark.any_backend
def test_a_run_leaves_recipe_split_log_pictures_and_model(whole_run, tiny):
    run, model = whole_run
    plan = json.loads((run / "recipe.json").read_text())
    assert plan["recipe"]["epochs"] == 2 and plan["seed"] == 0
    assert plan["precision"] == "float32" and plan["photographs"]["number"] == 20
    start = plan["starts"][0]
    assert start["versions"]["keras"] == keras.__version__ and start["first_step"] == 0
    assert start["hardware"]["cores"] >= 1
    rows = list(csv.reader((run / "split.csv").read_text().splitlines()))
    assert rows[0] == ["file", "part"] and len(rows) == 21
    assert [part for _, part in rows[1:]].count("train") == 16
    log = list(csv.DictReader((run / "log.csv").read_text().splitlines()))
    assert [row["epoch"] for row in log] == ["0", "1"]
    assert all(np.isfinite(float(value)) for row in log for value in row.values())
    assert {"loss", "val_loss", "val_auc", "val_auc_rebalanced", "val_psnr"} <= set(log[0])
    picture = np.asarray(Image.open(run / "pictures" / "epoch_0002.png"))
    assert picture.shape == (3 * 32, 2 * 32, 3)
    assert (picture[:32, :, 0] == picture[:32, :, 2]).mean() > 0.9  # the first row is gray
    assert not [path for path in run.iterdir() if path.name.startswith(".colorkit-")]


@pytest.mark.slow
def test_a_run_leaves_a_draft_of_its_card(whole_run, photos, tiny):
    run, _ = whole_run
    card = (run / "model_card.md").read_text(encoding="utf-8")
    assert "2 epochs on 20 photographs" in card and "(train 16, validation 2, test 2)" in card
    *_, log = csv.DictReader((run / "log.csv").read_text().splitlines())
    assert f"| PSNR (dB) | {float(log['val_psnr']):.2f} |" in card
    assert '"learning_rate": 0.01' in card and 'colorkit.Colorizer("model.keras")' in card
    assert "(samples.png)" in card and "(curves.png)" in card and "hf://" not in card
    (run / "model_card.md").write_text("edited")
    train_model(tiny, photos, run, precision="float32")
    assert (run / "model_card.md").read_text() == "edited"


@pytest.mark.slow
@pytest.mark.any_backend
def test_the_saved_model_is_the_returned_one_at_any_size(whole_run):
    run, model = whole_run
    loaded = load.load_model(run / "model.keras")
    lightness = np.random.default_rng(0).uniform(0, 100, (1, 64, 32, 1)).astype("float32")
    np.testing.assert_array_equal(loaded(lightness), model(lightness))


@pytest.mark.slow
@pytest.mark.any_backend
def test_a_finished_run_is_not_trained_further(whole_run, photos, tiny):
    run, model = whole_run
    again = train_model(tiny, photos, run, precision="float32")
    for weights, expected in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected)


@pytest.mark.slow
@pytest.mark.any_backend
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 3}, "holds a run with another recipe"),
        ({"precision": "mixed_bfloat16"}, "holds a run with another precision"),
        ({"seed": 1}, "holds a run with another seed and split"),
    ],
)
def test_a_folder_with_another_run_is_refused(whole_run, photos, tiny, change, message):
    with pytest.raises(ValueError, match=message):
        train_model(tiny, photos, whole_run[0], **change)


@pytest.mark.slow
@pytest.mark.any_backend
def test_other_photographs_are_refused(whole_run, photos, tiny):
    with pytest.raises(ValueError, match="another photographs and split"):
        train_model(tiny, photos[:15], whole_run[0])
    with pytest.raises(ValueError, match="another photographs."):
        train_model(tiny, photos[::-1], whole_run[0])


@pytest.mark.slow
def test_training_learns(whole_run, photos):
    *_, log = csv.DictReader((whole_run[0] / "log.csv").read_text().splitlines())
    chroma = np.linalg.norm(skimage.color.rgb2lab(photos)[..., 1:], axis=-1)
    gray_auc = 100 * np.mean(1 - chroma / 150)
    assert float(log["val_auc"]) > gray_auc + 3


@pytest.mark.slow
@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("name", ["encoder_decoder", "vgg16"])
def test_the_reports_recipes_run(name, photos, tmp_path, monkeypatch):
    small_models.put_in_place(monkeypatch)
    model = train_model(
        name, photos, tmp_path, image_size=32, batch_size=2, epochs=1, steps_per_epoch=1,
        weights=None, precision="float32",
    )  # fmt: skip
    assert model.input_shape == (None, 32, 32, 1)
    log = next(csv.DictReader((tmp_path / "log.csv").read_text().splitlines()))
    assert ("val_accuracy" in log) == (name == "vgg16")


@pytest.mark.any_backend
def test_weight_decay_amounts_to_its_share_an_epoch():
    """With no gradient, one epoch of steps takes the recipe's share of each weight away."""
    from colorkit.training.build import build_optimizer

    recipe = get_recipe("encoder_decoder")
    optimizer = build_optimizer(recipe, epoch_steps=50)
    variable = keras.Variable(np.ones(3, "float32"))
    optimizer.build([variable])
    for _ in range(50):
        optimizer.apply([keras.ops.zeros(3)], [variable])
    np.testing.assert_allclose(variable, (1 - 0.001 / 50) ** 50, rtol=1e-6)


@pytest.mark.any_backend
def test_too_few_photographs_are_an_error(tmp_path):
    with pytest.raises(PhotoError, match="no photographs found"):
        train_model("colorkit_base", tmp_path, tmp_path / "run")


@pytest.mark.any_backend
def test_models_are_loaded_by_name_or_path(tmp_path):
    with pytest.raises(ValueError, match="ships no trained weights for 'vgg16'. Train it with"):
        load.load_model("vgg16")
    with pytest.raises(ValueError, match="'colorkit_base', the path of an existing .keras file"):
        load.load_model(tmp_path / "missing.keras")
    (tmp_path / "broken.keras").write_bytes(b"broken")
    with pytest.raises(ValueError, match="expected a model saved by Keras"):
        load.load_model(tmp_path / "broken.keras")


@pytest.mark.any_backend
def test_half_precision_weights_load_back(tmp_path):
    model = keras.Sequential([keras.Input((500,)), keras.layers.Dense(500)])
    load.save_weights_in_float16(model, tmp_path / "half.weights.h5")
    model.save_weights(tmp_path / "whole.weights.h5")
    sizes = [(tmp_path / f"{name}.weights.h5").stat().st_size for name in ("half", "whole")]
    assert sizes[0] < 0.55 * sizes[1]
    loaded = keras.models.clone_model(model)
    loaded.load_weights(tmp_path / "half.weights.h5")
    for weights, expected in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, expected.astype("float16"))

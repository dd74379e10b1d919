"""Validation metrics and pictures against the same computed by hand."""

import keras
import numpy as np
import pytest
import skimage.color
import tiny_model
from PIL import Image

from colorkit import losses, metrics
from colorkit.training import validation
from colorkit.training.validation import ValidationMetrics, ValidationPictures, ValidationSet

pytestmark = pytest.mark.any_backend


@pytest.fixture(scope="module")
def photos():
    random = np.random.default_rng(0)
    return np.kron(random.integers(0, 256, (5, 4, 4, 3)), np.ones((1, 8, 8, 1))).astype("uint8")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return tiny_model.build_tiny_model()


def predict(model, photos):
    lightness = skimage.color.rgb2lab(photos)[..., :1].astype("float32")
    return np.asarray(model.predict(lightness, verbose=0))


def test_batches_cover_each_photograph_once(model, photos):
    seen, trained, output = zip(*ValidationSet(model, photos, None, 2).batches(), strict=True)
    assert [len(batch) for batch in seen] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(seen), photos)
    np.testing.assert_allclose(np.concatenate(output), predict(model, photos), atol=1e-4)
    np.testing.assert_array_equal(np.concatenate(trained), np.concatenate(output))


def test_the_loss_may_meet_an_earlier_layer(model, photos):
    name = model.layers[2].name
    trained = next(ValidationSet(model, photos, name, 5).batches())[1]
    lightness = skimage.color.rgb2lab(photos)[..., :1]
    np.testing.assert_allclose(trained, lightness / 50 - 1, atol=1e-3)


def test_metrics_are_means_over_photographs_whatever_the_batches(model, photos):
    logs = {"loss": 1.0}
    validation = ValidationSet(model, photos, None, 2)
    callback = ValidationMetrics(validation, losses.ChromaMSE(), [metrics.Psnr()])
    callback.set_model(model)
    for _ in range(2):
        callback.on_epoch_end(0, logs)  # The second time, nothing is left of the first.
    truth, predicted = skimage.color.rgb2lab(photos), predict(model, photos)
    expected = np.mean((truth[..., 1:] / 128 - predicted) ** 2)
    assert logs["val_loss"] == pytest.approx(expected, rel=1e-4)
    lab = np.concatenate([truth[..., :1], 128 * predicted], axis=-1)
    errors = (photos / 255 - np.clip(skimage.color.lab2rgb(lab), 0, 1)) ** 2
    psnr = -10 * np.log10(errors.mean(axis=(1, 2, 3)))
    assert logs["val_psnr"] == pytest.approx(psnr.mean(), abs=0.02)
    assert logs["loss"] == 1.0 and set(logs) == {"loss", "val_loss", "val_psnr"}


def test_the_first_photographs_are_coloured(model, photos):
    gray, colored, true = ValidationSet(model, photos).colorize(2)
    np.testing.assert_array_equal(true, photos[:2])
    truth = skimage.color.rgb2lab(photos[:2])
    lab = np.concatenate([truth[..., :1], 128 * predict(model, photos[:2])], axis=-1)
    for found, expected in ((gray, truth * [1, 0, 0]), (colored, lab)):
        expected = 255 * np.clip(skimage.color.lab2rgb(expected), 0, 1)
        assert found.dtype == np.uint8
        np.testing.assert_allclose(found, expected, atol=1.01)


def test_long_runs_leave_few_pictures(model, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "MAX_PICTURES", 4)
    shown = []
    callback = ValidationPictures(
        ValidationSet(model, photos), 3, tmp_path, 10, lambda epoch, rows: shown.append(epoch)
    )
    callback.set_model(model)
    for epoch in range(10):
        callback.on_epoch_end(epoch)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch_0003.png", "epoch_0006.png", "epoch_0009.png",
    ]  # fmt: skip
    assert shown == [2, 5, 8]
    picture = np.asarray(Image.open(tmp_path / "epoch_0003.png"))
    assert picture.shape == (3 * 32, 3 * 32, 3)
    np.testing.assert_array_equal(picture[64:, 32:64], photos[1])

"""What users of `keras.applications` try first, with a model of the package."""

import keras
import numpy as np
import pytest
import small_models

import colorkit

X = np.full((2, 32, 32, 1), 50.0, "float32")
Y = np.random.default_rng(0).integers(0, 255, (2, 32, 32, 3), "uint8")


@pytest.mark.usefixtures("eagerly")
def test_it_is_compiled_fitted_saved_and_loaded_by_keras(tmp_path, monkeypatch):
    small_models.put_backbones_in_place(monkeypatch)
    model = colorkit.build_model("vgg16", image_size=32, weights=None)
    halve = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    model.compile("adam", colorkit.losses.ChromaMSE(), metrics=[colorkit.metrics.Psnr()])
    history = model.fit(X, Y, epochs=2, callbacks=[halve], verbose=0).history
    assert history["learning_rate"] == pytest.approx([5e-4, 2.5e-4])
    assert set(history) == {"loss", "psnr", "learning_rate"}

    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert isinstance(loaded.loss, colorkit.losses.ChromaMSE)
    np.testing.assert_array_equal(loaded(X), model(X))


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(("name", "better"), [("Psnr", np.greater), ("Ciede2000", np.less)])
def test_callbacks_know_which_way_a_metric_improves(name, better):
    model = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Conv2D(2, 1)])
    metric = getattr(colorkit.metrics, name)()
    stop = keras.callbacks.EarlyStopping(f"val_{metric.name}")
    model.compile("adam", colorkit.losses.ChromaMSE(), metrics=[metric])
    model.fit(X, Y, validation_data=(X, Y), callbacks=[stop], verbose=0)
    assert bool(stop.monitor_op(2.0, 1.0)) == bool(better(2.0, 1.0))


def test_it_is_cloned_and_summarised():
    model = colorkit.build_model("vgg16", image_size=32, weights=None)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone(X), model(X))
    lines = []
    model.summary(expand_nested=True, print_fn=lines.append)
    assert "block5_conv3" in "\n".join(lines)


def test_losses_and_metrics_are_registered():
    """Keras looks registered classes up by name in a config, not as `loss="colorkit>ChromaMSE"`."""
    names = {"loss": "ChromaMSE", "metric": "Psnr"}
    config = {
        kind: {"class_name": f"colorkit>{name}", "config": {}} for kind, name in names.items()
    }
    assert isinstance(keras.losses.get(config["loss"]), colorkit.losses.ChromaMSE)
    assert isinstance(keras.metrics.get(config["metric"]), colorkit.metrics.Psnr)

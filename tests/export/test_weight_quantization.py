"""Exports with smaller weights: float16 and int8."""

import functools

import keras
import numpy as np
import pytest
from exported_models import PICTURE_FORMATS, export_path

from colorkit.export import exporter, weight_quantization
from colorkit.export.exporter import export_model
from colorkit.models.layers.common import BilinearUpSampling2D, ScaleLightness

pytestmark = pytest.mark.usefixtures("two_verified_photos")


@pytest.fixture(scope="module")
def wide():
    return keras.Sequential(
        [
            keras.Input((None, None, 1)),
            ScaleLightness(1 / 50, 32),
            keras.layers.Conv2D(256, 16, 16, activation="relu"),
            keras.layers.Conv2D(256, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(2, 1, activation="tanh"),
            *(BilinearUpSampling2D() for _ in range(4)),
        ]
    )


@pytest.fixture(scope="module")
def export_whole(wide, tmp_path_factory):
    """Exports the model as it is, once in each format."""

    @functools.cache
    def export(file_format):
        folder = tmp_path_factory.mktemp("float32")
        return export_model(wide, export_path(folder, file_format), file_format)

    return export


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file_format", "dtype"),
    [(name, "float16") for name in exporter.FORMATS] + [(name, "int8") for name in PICTURE_FORMATS],
)
def test_small_weights_make_small_files(wide, export_whole, tmp_path, file_format, dtype):
    whole = export_whole(file_format)
    small = export_model(wide, export_path(tmp_path / dtype, file_format), file_format, dtype=dtype)
    expected = {"float16": 0.5, "int8": 0.25}[dtype]
    assert expected <= small.megabytes / whole.megabytes < expected + 0.1
    assert 0 < small.max_difference < {"float16": 0.005, "int8": 0.05}[dtype]
    assert small.metadata["weights"] == dtype


@pytest.mark.parametrize(
    ("shape", "dtype", "expected"),
    [
        ((256, 256, 1, 1), "int8", "int8"),
        ((255, 256, 1, 1), "int8", "float16"),  # too few to be worth their error
        ((256, 256, 1, 1), "float16", "float16"),
        ((256, 256, 1, 1), "float32", "float32"),
        ((32, 32), "int8", "float16"),
        ((31, 33), "int8", "float32"),
        ((70_000,), "int8", "float32"),  # a bias
    ],
)
def test_large_weights_alone_are_stored_in_few_bits(shape, dtype, expected):
    assert weight_quantization.storage_dtype(np.zeros(shape, "float32"), dtype) == expected
    assert weight_quantization.storage_dtype(np.zeros(shape, "int64"), dtype) == "int64"


def test_int8_keeps_each_channel_to_half_a_step():
    weight = np.random.default_rng(0).normal(size=(3, 3, 16, 8)).astype("float32")
    weight[..., 3] *= 100.0
    weight[..., 5] = 0.0
    values, scale = weight_quantization.quantize(weight)
    assert values.dtype == np.int8 and values.min() >= -127 and scale.shape == (1, 1, 1, 8)
    error = np.abs(values * scale - weight).max(axis=(0, 1, 2))
    assert (error <= scale.ravel() / 2 * 1.001).all()
    assert error[5] == 0

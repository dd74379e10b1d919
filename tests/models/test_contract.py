import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorkit.models.arguments import standardize_image_size, standardize_weights
from colorkit.models.contract import ModelSpec, model_spec
from colorkit.models.layers.common import ScaleLightness

MULTIPLES = st.sampled_from([1, 8, 16, 32])


@given(MULTIPLES, st.integers(1, 200), st.integers(1, 200))
def test_multiples_are_sizes(multiple, rows, columns):
    height, width = rows * multiple, columns * multiple
    assert standardize_image_size((height, width), multiple) == (height, width)
    assert standardize_image_size([height, width], multiple) == (height, width)
    assert standardize_image_size(np.int64(height), multiple) == (height, height)
    assert standardize_image_size(None, multiple) == (None, None)


@given(st.sampled_from([8, 16, 32]), st.integers(1, 3000))
def test_everything_else_is_an_error(multiple, length):
    if length % multiple:
        with pytest.raises(ValueError, match=f"multiples of {multiple}.*image_size={length}$"):
            standardize_image_size(length, multiple)
    with pytest.raises(ValueError, match="Received: image_size="):
        standardize_image_size((multiple, -length), multiple)


@pytest.mark.parametrize("image_size", [0, 8.0, True, "8", (8,), (8, 8, 1), (8, None)])
def test_other_kinds_are_an_error(image_size):
    with pytest.raises(ValueError, match="Expected `image_size` .* Received: image_size="):
        standardize_image_size(image_size, 8)


def test_weights(tmp_path):
    path = tmp_path / "some.weights.h5"
    path.touch()
    assert standardize_weights(None) is None
    assert standardize_weights("imagenet") == "imagenet"
    assert standardize_weights(path) == standardize_weights(str(path)) == str(path)
    for wrong in ("imagenet21k", tmp_path, 3, True):
        with pytest.raises(ValueError, match="Received: weights="):
            standardize_weights(wrong)


@pytest.mark.parametrize(
    ("image_size", "channels", "expected"),
    [
        ((None, None), 2, ModelSpec(None, 4, "ab")),
        ((8, 12), 3, ModelSpec((8, 12), 4, "rgb")),
    ],
)
def test_a_spec_is_read_from_the_model(image_size, channels, expected):
    lightness = keras.Input((*image_size, 1))
    inner = keras.Sequential([keras.Input((*image_size, 1)), ScaleLightness(0.01, 4)])
    output = keras.layers.Conv2D(channels, 1)(inner(lightness))
    assert model_spec(keras.Model(lightness, output)) == expected


def test_another_model_has_no_spec():
    lightness = keras.Input((8, 8, 1))
    unscaled = keras.Model(lightness, keras.layers.Conv2D(2, 1)(lightness))
    one_output = keras.Model(lightness, ScaleLightness(0.01)(lightness))
    classifier = keras.Model(lightness, keras.layers.Flatten()(lightness))
    pair = [lightness, keras.Input((8, 8, 1))]
    two_inputs = keras.Model(pair, keras.layers.Concatenate()(list(map(ScaleLightness(1), pair))))
    for model in (unscaled, one_output, classifier, two_inputs):
        with pytest.raises(ValueError, match="Expected a colorkit model.*Received: model"):
            model_spec(model)

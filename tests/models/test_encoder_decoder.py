import keras
import numpy as np
import pytest
from model_checks import (
    assert_weights_equal,
    conv_parameters,
    count,
    fit_briefly,
    lightness,
    save_and_load,
    table_of,
)

from colorkit.models import build_encoder_decoder_model
from colorkit.models.contract import ModelSpec, model_spec

# SPEC, model 1, written out for 512 x 512: filters and the side of the output.
ENCODER = [
    (64, 512),
    (64, 512),
    ("pool", 256),
    (128, 256),
    (128, 256),
    ("pool", 128),
    (256, 128),
    (256, 128),
    (512, 128),
    ("pool", 64),
    (512, 64),
    (512, 64),
    (512, 64),
    ("pool", 32),
    (1024, 32),
]
DECODER = [
    (512, 32),
    ("up", 64),
    (512, 64),
    (512, 64),
    (256, 64),
    ("up", 128),
    (256, 128),
    (128, 128),
    ("up", 256),
    (128, 256),
    (64, 256),
    ("up", 512),
    (64, 512),
    (32, 512),
]


@pytest.fixture(scope="module")
def model():
    return build_encoder_decoder_model()


@pytest.fixture
def small_model():
    keras.utils.set_random_seed(0)
    return build_encoder_decoder_model(image_size=32)


def expected_table(rows, channels):
    table = []
    for what, side in rows:
        if what == "pool":
            table.append(("pool (2, 2)", (side, side, channels)))
        elif what == "up":
            table.append(("up (2, 2) nearest", (side, side, channels)))
        else:
            channels = what
            table.append((3, channels, 1, "linear", (side, side, channels)))
    return table


def test_the_encoder_is_the_specification(model):
    assert table_of(model.get_layer("encoder")) == expected_table(ENCODER, channels=1)
    assert model.get_layer("encoder").output_shape == (None, 32, 32, 1024)


def test_the_decoder_is_the_specification(model):
    rgb = (3, 3, 1, "sigmoid", (512, 512, 3))
    assert table_of(model.get_layer("decoder")) == [*expected_table(DECODER, 1024), rgb]


@pytest.mark.parametrize(
    ("part", "blocks", "after"),
    [
        ("encoder", 11, ["BatchNormalization", "Dropout", "ReLU"]),
        ("decoder", 10, ["BatchNormalization", "ReLU"]),
    ],
)
def test_every_convolution_is_followed_by_its_normalisation(model, part, blocks, after):
    found = model.get_layer(part).layers
    convolutions = [i for i, layer in enumerate(found) if isinstance(layer, keras.layers.Conv2D)]
    hidden = [i for i in convolutions if found[i].name != "rgb"]
    assert len(hidden) == blocks
    for i in hidden:
        followers = found[i + 1 : i + 1 + len(after)]
        assert [type(layer).__name__ for layer in followers] == after
        assert all(layer.name.startswith(found[i].name) for layer in followers)
    rates = {layer.rate for layer in found if isinstance(layer, keras.layers.Dropout)}
    assert rates == ({0.5} if part == "encoder" else set())


def test_the_parameters_are_counted_by_hand(model):
    encoder = [what for what, _ in ENCODER if what != "pool"]
    decoder = [what for what, _ in DECODER if what != "up"]
    normalised = sum(encoder) + sum(decoder)
    convolutions = conv_parameters([*encoder, *decoder, 3], inputs=1)
    assert count(model.trainable_weights) == convolutions + 2 * normalised
    assert model.count_params() == convolutions + 4 * normalised == 25_930_563


def test_contract(model):
    assert model_spec(model) == ModelSpec((512, 512), size_multiple=16, output="rgb")
    assert model.name == "encoder_decoder"
    assert model.input_shape == (None, 512, 512, 1)
    assert model.output_shape == (None, 512, 512, 3)


def test_lightness_is_scaled_inside(model):
    scale = model.get_layer("encoder").get_layer("scale_lightness")
    np.testing.assert_allclose(scale(np.full((1, 16, 16, 1), 100.0)), 1.0, rtol=1e-6)


def test_one_network_takes_any_multiple_of_16():
    model = build_encoder_decoder_model(image_size=None)
    for size in [(16, 16), (48, 16), (16, 80)]:
        rgb = model.predict(lightness(2, *size), verbose=0)
        assert rgb.shape == (2, *size, 3)
        assert rgb.dtype == np.float32
        assert rgb.min() >= 0 and rgb.max() <= 1
    assert model_spec(model) == ModelSpec(None, size_multiple=16, output="rgb")


def test_a_picture_of_another_size_is_an_error_not_a_smaller_output():
    model = build_encoder_decoder_model(image_size=None)
    with pytest.raises(ValueError, match=r"multiples of 16.*Received: height and width \(16, 24\)"):
        model(lightness(1, 16, 24))


def test_saving_and_loading_changes_nothing(small_model, tmp_path):
    pictures = lightness(2, 32, 32)
    loaded = save_and_load(small_model, tmp_path)
    expected = small_model.predict(pictures, verbose=0)
    np.testing.assert_array_equal(loaded.predict(pictures, verbose=0), expected)
    assert model_spec(loaded) == model_spec(small_model)


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
def test_weights_come_from_a_file(small_model, tmp_path, suffix):
    path = tmp_path / f"trained{suffix}"
    small_model.save_weights(path) if suffix == ".weights.h5" else small_model.save(path)
    loaded = build_encoder_decoder_model(image_size=64, weights=path)
    assert_weights_equal(small_model.get_weights(), loaded.get_weights())


def test_training_changes_all_of_it(small_model):
    before = [weight.numpy() for weight in small_model.trainable_weights]
    fit_briefly(small_model, lightness(2, 32, 32), np.zeros((2, 32, 32, 3), "float32"))
    after = [weight.numpy() for weight in small_model.trainable_weights]
    assert small_model.evaluate(lightness(2, 32, 32), np.zeros((2, 32, 32, 3)), verbose=0) < 0.25
    kernels = [i for i, weight in enumerate(small_model.trainable_weights) if weight.ndim == 4]
    assert len(kernels) == 22
    assert all(np.any(before[i] != after[i]) for i in kernels)


def test_the_output_is_float32_under_mixed_precision(mixed_bfloat16):
    model = build_encoder_decoder_model(image_size=16)
    assert model.get_layer("encoder").get_layer("block1_conv1").compute_dtype == "bfloat16"
    assert model.predict(lightness(1, 16, 16), verbose=0).dtype == np.float32


@pytest.mark.parametrize("weights", ["imagenet", "no/such.weights.h5", 3])
def test_other_weights_are_an_error(weights):
    with pytest.raises(ValueError, match=r"None \(random\) or the path .* Received: weights="):
        build_encoder_decoder_model(image_size=16, weights=weights)


@pytest.mark.parametrize("image_size", [250, (256, 250), 0, -16, 16.0, True, "16", (16,)])
def test_other_sizes_are_an_error(image_size):
    with pytest.raises(ValueError, match="multiples of 16.*Received: image_size="):
        build_encoder_decoder_model(image_size=image_size)

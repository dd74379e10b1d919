import keras
import numpy as np
import pytest
from model_checks import (
    check_model,
    conv_parameters,
    count,
    save_and_load,
    table_of,
)

from colorkit.models import build_encoder_decoder_model, encoder_decoder
from colorkit.models.contract import ModelSpec

# The report's model 1, written out for 512 x 512: filters and the side of the output.
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


@pytest.fixture(scope="module")
def slim():
    """A function that builds the model with few channels."""

    def build(**options):
        keras.utils.set_random_seed(0)
        with pytest.MonkeyPatch.context() as patch:
            for table in ("ENCODER_BLOCKS", "DECODER_BLOCKS"):
                blocks = getattr(encoder_decoder, table)
                rows = tuple(tuple(filters // 16 for filters in block) for block in blocks)
                patch.setattr(encoder_decoder, table, rows)
            return build_encoder_decoder_model(**options)

    return build


@pytest.mark.slow
def test_it_is_a_model(slim, tmp_path):
    check_model(
        slim,
        tmp_path,
        name="encoder_decoder",
        spec=ModelSpec((512, 512), size_multiple=16, output="rgb"),
        sizes=[(48, 16), (16, 80), (16, 16)],
        bad_size=(16, 24),
        bad_image_size=[250, (256, 250), 0, -16, 16.0, True, "16", (16,)],
        weights_error=r"None \(random\) or the path",
        bad_weights=["imagenet", "no/such.weights.h5", 3],
        weights_files=(".weights.h5", ".keras"),
        loss_below=0.25,
        in_bfloat16="encoder/block1_conv1",
    )


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


def test_the_normalisation_is_pytorchs(slim):
    """PyTorch: running = 0.9 running + 0.1 batch, and (x - mean) / sqrt(variance + 1e-5)."""
    model = slim(image_size=16)
    found = [
        layer
        for part in ("encoder", "decoder")
        for layer in model.get_layer(part).layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    assert len(found) == 21
    random = np.random.default_rng(0)
    for layer in found:
        x = random.normal(3, 0.01, (2, 4, 4, layer.gamma.shape[0])).astype("float32")
        layer(x, training=True)
        mean, variance = (0.1 * x.mean((0, 1, 2)), 0.9 + 0.1 * x.var((0, 1, 2)))
        np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5)
        np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)
        layer.moving_variance.assign(np.full_like(variance, 1e-4))
        expected = (x - mean) / np.sqrt(1e-4 + 1e-5)
        np.testing.assert_allclose(layer(x, training=False), expected, rtol=1e-4)


def test_a_file_saved_with_keras_own_normalisation_loads_as_it_was(slim, tmp_path):
    model = slim(image_size=16)
    older = [model.get_layer("encoder").get_layer("block1_conv1_bn")]
    older[0].momentum, older[0].epsilon = 0.99, 1e-3
    loaded = save_and_load(model, tmp_path)
    layer = loaded.get_layer("encoder").get_layer("block1_conv1_bn")
    assert (layer.momentum, layer.epsilon) == (0.99, 1e-3)


def test_the_parameters_are_counted_by_hand(model):
    encoder = [what for what, _ in ENCODER if what != "pool"]
    decoder = [what for what, _ in DECODER if what != "up"]
    normalised = sum(encoder) + sum(decoder)
    convolutions = conv_parameters([*encoder, *decoder, 3], inputs=1)
    assert count(model.trainable_weights) == convolutions + 2 * normalised
    assert sum(weight.ndim == 4 for weight in model.trainable_weights) == 22
    assert model.count_params() == convolutions + 4 * normalised == 25_930_563


def test_lightness_is_scaled_inside(model):
    scale = model.get_layer("encoder").get_layer("scale_lightness")
    np.testing.assert_allclose(scale(np.full((1, 16, 16, 1), 100.0)), 1.0, rtol=1e-6)

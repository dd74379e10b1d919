"""The model of Larsson et al. 2016 against the paper and the published model's layers."""

import itertools

import keras
import numpy as np
import pytest
import scipy.special
import skimage.color
import small_models
from model_checks import check_model, count, lightness

from colorkit.color.hue_chroma import faded_direction, median
from colorkit.losses import HueChromaDivergence
from colorkit.models import build_larsson_model
from colorkit.models.contract import ModelSpec
from colorkit.models.layers.annealed_mean import styles_of
from colorkit.training.trainer import Trainer

# The published model for 224 x 224: layer, side of the output, channels and kernel. VGG-16's
# (Simonyan and Zisserman 2015, table 1, D), its fully connected layers as convolutions.
TABLE = [
    ("conv1_1", 224, 64, 3),
    ("conv1_2", 224, 64, 3),
    ("conv2_1", 112, 128, 3),
    ("conv2_2", 112, 128, 3),
    ("conv3_1", 56, 256, 3),
    ("conv3_2", 56, 256, 3),
    ("conv3_3", 56, 256, 3),
    ("conv4_1", 28, 512, 3),
    ("conv4_2", 28, 512, 3),
    ("conv4_3", 28, 512, 3),
    ("conv5_1", 14, 512, 3),
    ("conv5_2", 14, 512, 3),
    ("conv5_3", 14, 512, 3),
    ("fc6", 7, 4096, 7),
    ("fc7", 7, 4096, 1),
]


@pytest.fixture(scope="module")
def model():
    """The whole model, of zeros, since random numbers for 147 million weights take seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.initializers.LecunUniform, "__call__", zeros)
        patch.setattr(keras.initializers.RandomNormal, "__call__", zeros)
        return build_larsson_model(image_size=224)


def zeros(self, shape, dtype=None):
    return keras.ops.zeros(shape, dtype)


@pytest.fixture(scope="module")
def slim():
    """A function that builds the model with few channels and one convolution a block."""

    def build(**options):
        keras.utils.set_random_seed(0)
        with pytest.MonkeyPatch.context() as patch:
            small_models.shrink_larsson(patch)
            return build_larsson_model(**options)

    return build


@pytest.fixture(scope="module")
def any_size(slim):
    return slim()


@pytest.fixture(scope="module")
def photos():
    """Four photographs of 32 x 32 cut from scikit-image's astronaut."""
    corners = itertools.product((0, 64), (128, 192))
    whole = skimage.data.astronaut()[::2, ::2]
    return np.stack([whole[y : y + 32, x : x + 32] for y, x in corners])


@pytest.mark.slow
def test_it_is_a_model(slim, tmp_path):
    check_model(
        slim,
        tmp_path,
        name="larsson",
        spec=ModelSpec(None, size_multiple=32, output="ab"),
        sizes=[(32, 32), (64, 96)],
        bad_size=(48, 64),
        bad_image_size=100,
        weights_error=r"None \(random\) or the path",
        bad_weights="imagenet",
        largest=100 / 128,
        in_bfloat16="histogram_logits",
        in_float32=["hue_chroma"],
        atol=1e-6,
    )


def test_it_knows_no_styles(any_size):
    assert styles_of(any_size) == ()


def test_the_layers_are_the_papers(model):
    rows = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            _, side, width, channels = layer.output.shape
            assert side == width and layer.strides == (1, 1) and layer.padding == "same"
            rows.append((layer.name, side, channels, layer.kernel_size[0]))
    assert rows == TABLE
    pools = [layer for layer in model.layers if isinstance(layer, keras.layers.MaxPooling2D)]
    assert [pool.pool_size for pool in pools] == [(2, 2)] * 5


def test_normalisation_relu_and_dropout_follow(model):
    names = [layer.name for layer in model.layers]
    for name, *_ in TABLE:
        place = names.index(name)
        following = [type(layer).__name__ for layer in model.layers[place + 1 : place + 4]]
        assert following[:2] == ["BatchNormalization", "ReLU"]
        if name.startswith("fc"):
            assert following[2] == "Dropout" and model.layers[place + 3].rate == 0.5


def test_a_hypercolumn_has_the_papers_12417_channels(model):
    head = model.get_layer("histogram_logits")
    assert [each.shape[-1] for each in head.input] == [1, *(row[2] for row in TABLE)]
    assert [224 // each.shape[1] for each in head.input] == list(head.strides)
    kernels = [part.kernel.shape for part in head.fully_connected.values()]
    assert sum(channels for channels, _ in kernels) == 12_417
    assert {units for _, units in kernels} == {1024}
    assert head.samples == 128 and head.dropout.rate == 0.5
    assert head.output.shape == (None, 56, 56, 64)


def test_the_parameters_are_counted_by_hand(model):
    channels = [1, *(row[2] for row in TABLE)]
    convolutions = sum(
        (row[3] ** 2 * before + 1) * row[2]
        for row, before in zip(TABLE, channels[:-1], strict=True)
    )
    head = (12_417 + 1) * 1024 + (1024 + 1) * 2 * 32
    assert count(model.trainable_weights) == convolutions + head == 147_041_024
    assert count(model.non_trainable_weights) == 2 * sum(channels[1:]) == 24_832


def test_colour_is_the_median_chroma_at_the_mean_hue(any_size):
    parts = [any_size.get_layer(name) for name in ("histogram_logits", "hue_chroma")]
    logits = keras.Model(any_size.input, parts[0].output).predict(lightness(1, 32, 64), verbose=0)
    logits = 20 * logits  # far from flat
    found = np.asarray(parts[1](logits))
    hue, chroma = (scipy.special.softmax(part, axis=-1) for part in np.split(logits, 2, axis=-1))
    expected = 100 * np.asarray(median(chroma))[..., None] * np.asarray(faded_direction(hue))
    assert found.shape == (1, 8, 16, 2)
    np.testing.assert_allclose(128 * found, expected, atol=1e-3)


@pytest.mark.slow
def test_the_trainer_trains_it_at_random_pixels(slim, photos):
    model = slim(image_size=32)
    trainer = Trainer(model, trained_layer="histogram_logits", seed=1)
    target, answer = trainer(photos)
    assert answer.shape == (4, 128, 32 + 32 + 2)
    np.testing.assert_array_equal(target, photos)

    before = model.get_weights()
    # Eagerly, since the graph takes longer to trace than to run.
    trainer.compile(keras.optimizers.Adam(0.01), HueChromaDivergence(), run_eagerly=True)
    history = trainer.fit(photos, photos, batch_size=4, epochs=8, verbose=0).history["loss"]
    assert np.mean(history[-3:]) < 0.8 * history[0]
    changed = [np.any(one != other) for one, other in zip(before, model.get_weights(), strict=True)]
    assert all(changed)
    dense = keras.Model(model.input, model.get_layer("histogram_logits").output)
    gray = skimage.color.rgb2lab(photos)[..., :1].astype("float32")
    assert dense.predict(gray, verbose=0).shape == (4, 8, 8, 64)

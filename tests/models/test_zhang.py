"""The model of Zhang et al. 2016 against the paper's table and the published model's."""

import keras
import numpy as np
import pytest
from model_checks import (
    check_model,
    count,
    lightness,
)

from colorkit.color.ab_bins import AB_BINS
from colorkit.models import build_zhang_model, zhang
from colorkit.models.contract import ModelSpec
from colorkit.models.layers.annealed_mean import STYLES, styles_of

# The paper's table for 224 x 224: layer, side of the output, channels, stride, dilation, and
# whether batch normalisation follows.
TABLE = [
    ("conv1_1", 224, 64, 1, 1, False),
    ("conv1_2", 112, 64, 2, 1, True),
    ("conv2_1", 112, 128, 1, 1, False),
    ("conv2_2", 56, 128, 2, 1, True),
    ("conv3_1", 56, 256, 1, 1, False),
    ("conv3_2", 56, 256, 1, 1, False),
    ("conv3_3", 28, 256, 2, 1, True),
    ("conv4_1", 28, 512, 1, 1, False),
    ("conv4_2", 28, 512, 1, 1, False),
    ("conv4_3", 28, 512, 1, 1, True),
    ("conv5_1", 28, 512, 1, 2, False),
    ("conv5_2", 28, 512, 1, 2, False),
    ("conv5_3", 28, 512, 1, 2, True),
    ("conv6_1", 28, 512, 1, 2, False),
    ("conv6_2", 28, 512, 1, 2, False),
    ("conv6_3", 28, 512, 1, 2, True),
    ("conv7_1", 28, 512, 1, 1, False),
    ("conv7_2", 28, 512, 1, 1, False),
    ("conv7_3", 28, 512, 1, 1, True),
    ("conv8_1", 56, 256, 2, 1, False),  # transposed
    ("conv8_2", 56, 256, 1, 1, False),
    ("conv8_3", 56, 256, 1, 1, False),
]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return build_zhang_model(image_size=224)


@pytest.fixture(scope="module")
def any_size():
    keras.utils.set_random_seed(0)
    return build_zhang_model()


def rows_of(model):
    """The table's rows, read from the model."""
    found = [layer for layer in model.layers if not isinstance(layer, keras.layers.ZeroPadding2D)]
    for layer, follower in zip(found, found[1:], strict=False):
        if layer.name.startswith("conv") and hasattr(layer, "kernel"):
            side, width, channels = layer.output.shape[1:]
            (stride, _), (dilation, _) = layer.strides, layer.dilation_rate
            assert side == width and layer.activation.__name__ == "relu" and layer.use_bias
            normalised = isinstance(follower, keras.layers.BatchNormalization)
            yield (layer.name, side, channels, stride, dilation, normalised)


def test_the_normalisation_is_caffes(model):
    norms = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    assert len(norms) == 7 and {norm.epsilon for norm in norms} == {1e-5}


@pytest.fixture(scope="module")
def slim():
    """A function that builds the model with few channels."""

    def build(**options):
        keras.utils.set_random_seed(0)
        blocks = {
            name: tuple((filters // 16, *rest) for filters, *rest in rows)
            for name, rows in zhang.BLOCKS.items()
        }
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(zhang, "BLOCKS", blocks)
            patch.setattr(zhang, "LAST_FILTERS", 16)
            return build_zhang_model(**options)

    return build


@pytest.mark.slow
def test_it_is_a_model(slim, tmp_path):
    check_model(
        slim,
        tmp_path,
        name="zhang",
        spec=ModelSpec(None, size_multiple=8, output="ab"),
        sizes=[(8, 8), (24, 16), (16, 24)],
        bad_size=(12, 16),
        bad_image_size=100,
        weights_error=r"None \(random\) or the path",
        bad_weights="imagenet",
        every_weight_changes=True,
        in_bfloat16="conv5_1",
        in_float32=["center_lightness"],
        atol=1e-6,
    )


def test_the_layers_are_the_papers(model):
    assert list(rows_of(model)) == TABLE
    for name, *_ in TABLE:
        kernel = model.get_layer(name).kernel_size
        assert kernel == ((4, 4) if name == "conv8_1" else (3, 3))
    assert isinstance(model.get_layer("conv8_1"), keras.layers.Conv2DTranspose)
    logits = model.get_layer("bin_logits")
    assert logits.kernel_size == (1, 1) and logits.output.shape[1:] == (56, 56, 313)
    assert logits.activation.__name__ == "linear"


def test_the_parameters_are_counted_by_hand(model):
    channels = [1, *(row[2] for row in TABLE)]
    kernels = [16 if row[0] == "conv8_1" else 9 for row in TABLE]
    convolutions = sum(
        (kernel * before + 1) * after
        for kernel, before, after in zip(kernels, channels[:-1], channels[1:], strict=True)
    )
    expected = convolutions + (256 + 1) * 313
    statistics = 2 * sum(row[2] for row in TABLE if row[-1])
    assert count(model.trainable_weights) == expected == 32_230_393
    assert count(model.non_trainable_weights) == statistics == 4_992
    # The paper's table 1 gives 129.0 MB, which also counts the 313 bins as a convolution.
    megabytes = 4 * (model.count_params() + AB_BINS.size) / 1e6
    assert megabytes == pytest.approx(129.0, abs=0.1)


def test_every_kernel_lies_on_the_middle_of_its_place(any_size):
    """A stride of 2 pads by 1 before, as Caffe does; Keras' "same" pads after only."""
    for name in ("conv1_2", "conv2_2", "conv3_3"):
        pad, convolution = any_size.get_layer(f"{name}_pad"), any_size.get_layer(name)
        assert pad.padding == ((1, 1), (1, 1)) and convolution.padding == "valid"
        part = keras.Model(pad.input, convolution.output)
        picture = np.zeros((1, 8, 8, pad.input.shape[-1]), "float32")
        picture[0, 0, 0] = 1.0
        kernel = np.asarray(convolution.kernel)
        np.testing.assert_allclose(
            np.asarray(part(picture))[0, 0, 0],
            np.maximum(kernel[1, 1].sum(axis=0), 0.0),
            atol=1e-5,
        )


def test_lightness_is_centred_inside(any_size):
    part = keras.Model(any_size.input, any_size.get_layer("center_lightness").output)
    ends = np.float32([0, 50, 75, 100]).reshape(1, 2, 2, 1)
    ends = np.kron(ends, np.ones((1, 4, 4, 1), "float32"))
    np.testing.assert_allclose(np.unique(part(ends)), [-0.5, 0, 0.25, 0.5], atol=1e-6)


def test_colour_is_the_papers_annealed_mean(any_size):
    """Section 2.3 in NumPy, at a temperature of 0.38, at 1/4 of the size."""
    parts = [any_size.get_layer(name).output for name in ("bin_logits", "annealed_mean")]
    logits, ab = keras.Model(any_size.input, parts).predict(lightness(1, 16, 24), verbose=0)
    logits = 10 * logits  # far from flat, so that the temperature shows
    ab = np.asarray(any_size.get_layer("annealed_mean")(logits))
    probability = np.exp(logits.astype("float64"))
    probability /= probability.sum(axis=-1, keepdims=True)
    annealed = np.exp(np.log(probability) / 0.38)
    annealed /= annealed.sum(axis=-1, keepdims=True)
    assert ab.shape == (1, 4, 6, 2)
    np.testing.assert_allclose(ab, annealed @ AB_BINS / 128, atol=1e-4)


def test_it_colours_in_the_styles_of_the_default_model(any_size):
    assert styles_of(any_size) == tuple(STYLES)

"""The model of Iizuka et al. 2016 against the paper's table 1."""

import keras
import numpy as np
import pytest
import small_models
from model_checks import (
    assert_weights_equal,
    check_model,
    conv_parameters,
    count,
    lightness,
    save_and_load,
    table_of,
)

from colorkit.backend.weights import layers_of
from colorkit.models import build_iizuka_model
from colorkit.models.contract import ModelSpec, model_spec

# Table 1 of the paper for 224 x 224: filters, stride and the side of the output.
LOW_LEVEL = [(64, 2, 112), (128, 1, 112), (128, 2, 56), (256, 1, 56), (256, 2, 28), (512, 1, 28)]
GLOBAL = [(512, 2, 14), (512, 1, 14), (512, 2, 7), (512, 1, 7)]
MID_LEVEL = [(512, 1, 28), (256, 1, 28)]


@pytest.fixture(scope="module")
def model():
    """The whole model, of zeros, since random numbers for 42 million weights take long."""
    return build_of_zeros(image_size=224)


@pytest.fixture(scope="module")
def labelled():
    return build_of_zeros(image_size=32, classes=5)


def build_of_zeros(**options):
    with pytest.MonkeyPatch.context() as patch:
        zeros = lambda self, shape, dtype=None: keras.ops.zeros(shape, dtype)  # noqa: E731
        patch.setattr(keras.initializers.VarianceScaling, "__call__", zeros)
        return build_iizuka_model(**options)


@pytest.fixture(scope="module")
def any_size(slim):
    return slim()


@pytest.fixture(scope="module")
def slim():
    """A function that builds the model with few channels."""

    def build(**options):
        keras.utils.set_random_seed(0)
        with pytest.MonkeyPatch.context() as patch:
            small_models.shrink_iizuka(patch)
            return build_iizuka_model(**options)

    return build


@pytest.mark.slow
def test_it_is_a_model(slim, tmp_path):
    check_model(
        slim,
        tmp_path,
        name="iizuka",
        spec=ModelSpec(None, size_multiple=8, output="ab"),
        sizes=[(8, 8), (24, 40), (16, 24)],
        bad_size=(12, 16),
        bad_image_size=100,
        weights_error=r"None \(random\) or the path",
        bad_weights="imagenet",
        in_bfloat16="low_level/conv1",
        in_float32=["resize"],
        atol=1e-6,
    )


@pytest.mark.parametrize(
    ("part", "table"),
    [("low_level", LOW_LEVEL), ("global_features", GLOBAL), ("mid_level", MID_LEVEL)],
)
def test_the_convolutions_are_the_papers(model, part, table):
    expected = [(3, f, stride, "linear", (side, side, f)) for f, stride, side in table]
    assert table_of(model.get_layer(part)) == expected


def test_the_colorization_is_the_papers(model):
    assert table_of(model.get_layer("fusion")) == [(1, 256, 1, "linear", (28, 28, 256))]
    assert table_of(model.get_layer("colorization")) == [
        (3, 128, 1, "linear", (28, 28, 128)),
        ("up (2, 2) nearest", (56, 56, 128)),
        (3, 64, 1, "linear", (56, 56, 64)),
        (3, 64, 1, "linear", (56, 56, 64)),
        ("up (2, 2) nearest", (112, 112, 64)),
        (3, 32, 1, "linear", (112, 112, 32)),
        (3, 2, 1, "sigmoid", (112, 112, 2)),
    ]


def test_the_fully_connected_layers_are_the_papers(model, labelled):
    def units(part):
        found = part.layers
        return [layer.units for layer in found if isinstance(layer, keras.layers.Dense)]

    assert units(model.get_layer("global_features")) == [1024, 512, 256]
    assert model.get_layer("global_features").get_layer("flatten").output.shape == (None, 25088)
    assert units(labelled.get_layer("classification")) == [256, 5]
    assert labelled.get_layer("classification").input_shape == (None, 512)


def test_normalisation_and_relu_follow_every_layer_but_the_last(model, labelled):
    parts = [layer for layer in labelled.layers if hasattr(layer, "layers")]
    assert len(parts) == 6
    for part in parts:
        found = part.layers
        for place, layer in enumerate(found):
            if hasattr(layer, "kernel") and layer.name not in ("chrominance", "dense2"):
                followers = [type(each).__name__ for each in found[place + 1 : place + 3]]
                assert followers == ["BatchNormalization", "ReLU"], layer.name
            elif layer.name == "dense2" and part.name == "global_features":
                assert type(found[place + 1]).__name__ == "BatchNormalization"


def test_the_normalisation_is_torchs(labelled):
    """Statistics of a batch count by a tenth, as in Torch, in which the model was trained."""
    found = [layer for layer in layers_of(labelled) if "Normalization" in type(layer).__name__]
    assert len(found) == 21 and {layer.momentum for layer in found} == {0.9}
    norm = found[0]
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 64)).astype("float32")
    variance = np.asarray(norm.moving_variance)
    norm.moving_variance.assign(np.full(64, 1e-4))
    expected = (x - norm.moving_mean) / np.sqrt(1e-4 + 1e-5)
    np.testing.assert_allclose(norm(x, training=False), expected, rtol=1e-4, atol=1e-4)
    norm.moving_variance.assign(variance)


def test_the_parameters_are_counted_by_hand(model, labelled):
    low_level, global_conv, mid_level = (
        [row[0] for row in table] for table in (LOW_LEVEL, GLOBAL, MID_LEVEL)
    )
    layers = conv_parameters(low_level, inputs=1)
    layers += conv_parameters(global_conv, inputs=512)
    layers += (7 * 7 * 512 + 1) * 1024 + (1024 + 1) * 512 + (512 + 1) * 256
    layers += conv_parameters(mid_level, inputs=512)
    layers += (256 + 256 + 1) * 256
    layers += conv_parameters([128, 64, 64, 32, 2], inputs=256)
    normalised = sum(low_level + global_conv + mid_level) + 1024 + 512 + 256 + 256 + 128 + 160
    assert count(model.trainable_weights) == layers + 2 * normalised == 42_182_818
    assert count(model.non_trainable_weights) == 2 * normalised
    branch = (512 + 1) * 256 + 4 * 256 + (256 + 1) * 5
    assert labelled.count_params() == model.count_params() + branch


@pytest.mark.slow
def test_features_shared_at_224_are_those_computed_twice(slim, any_size):
    """Also where the model is called without saying that it is not being trained."""
    model = slim(image_size=224)
    any_size.set_weights(model.get_weights())
    picture = lightness(1, 224, 224)
    assert "resize" not in [layer.name for layer in model.layers]
    expected = np.asarray(model(picture))
    assert expected.std() > 0.01
    np.testing.assert_allclose(any_size(picture), expected, atol=1e-5)
    np.testing.assert_allclose(any_size(picture, training=False), expected, atol=1e-5)


def test_the_whole_picture_is_seen_at_224(any_size):
    resize = any_size.get_layer("resize")
    assert resize.output.shape == (None, 224, 224, 1)
    picture = lightness(1, 64, 448)
    expected = np.asarray(keras.layers.Resizing(224, 224)(picture))
    np.testing.assert_allclose(resize(picture), expected, rtol=1e-5, atol=1e-4)


def test_what_is_far_away_changes_the_colour_here(any_size):
    """The convolutions see 79 pixels around; only the global features reach further."""
    picture = np.full((1, 16, 400, 1), 50.0, "float32")
    other = picture.copy()
    other[:, :, 300:] = 100.0
    one, two = (any_size.predict(each, verbose=0)[:, :, :100] for each in (picture, other))
    assert np.abs(one - two).max() > 1e-3


def test_the_vector_is_fused_with_every_place(model):
    """Section 3.2.4: the same weights at every place, of the mid-level features and the vector."""
    fusion = model.get_layer("fusion")
    random = np.random.default_rng(0)
    mid, vector = random.random((1, 28, 28, 256)), random.random((1, 256))
    convolution = fusion.get_layer("conv")
    kernel, bias = (random.normal(size=weight.shape) for weight in convolution.weights)
    convolution.set_weights([kernel, bias])
    place = np.concatenate([mid[0, 3, 7], vector[0]])
    norm = fusion.get_layer("conv_norm")
    linear = (place @ kernel[0, 0] + bias) / np.sqrt(1 + norm.epsilon)
    fused = fusion([mid.astype("float32"), vector.astype("float32")])
    np.testing.assert_allclose(np.asarray(fused)[0, 3, 7], np.maximum(linear, 0), atol=1e-4)


@pytest.mark.slow
def test_weights_of_one_size_fit_every_size(slim, tmp_path):
    model = slim(image_size=224)
    model.save_weights(tmp_path / "trained.weights.h5")
    loaded = slim(image_size=16, weights=tmp_path / "trained.weights.h5")
    assert_weights_equal(model.get_weights(), loaded.get_weights())


@pytest.mark.slow
def test_labels_and_colours_train_together(slim):
    """The docstring's joint loss is that of section 3.3, and every weight learns by it."""
    labelled = slim(image_size=32, classes=5)
    before = labelled.get_weights()
    pictures, classes = lightness(2, 32, 32), np.array([3, 1])
    ab = np.random.default_rng(1).uniform(-1, 1, (2, 32, 32, 2)).astype("float32")
    answer = labelled(pictures, training=True)
    chrominance, true_chrominance = (np.asarray(answer["ab"]) + 1) / 2, (ab + 1) / 2
    logits = np.asarray(answer["class_logits"])
    likelihood = logits[[0, 1], classes] - np.log(np.sum(np.exp(logits), axis=-1))
    expected = np.mean((chrominance - true_chrominance) ** 2) - np.mean(likelihood) / 300

    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    labelled.compile(
        keras.optimizers.Adadelta(1.0),
        loss={"ab": "mse", "class_logits": cross_entropy},
        loss_weights={"ab": 1 / 4, "class_logits": 1 / 300},
        run_eagerly=True,
    )
    loss = labelled.train_on_batch(pictures, {"ab": ab, "class_logits": classes})[0]
    assert loss == pytest.approx(expected, rel=1e-4)
    changed = [
        np.any(one != other) for one, other in zip(before, labelled.get_weights(), strict=True)
    ]
    assert all(changed)


@pytest.mark.slow
def test_what_colours_is_taken_out_of_a_labelled_model(slim, tmp_path):
    labelled, any_size = slim(image_size=32, classes=5), slim()
    colors = keras.Model(labelled.input, labelled.output["ab"], name="iizuka")
    assert model_spec(colors) == ModelSpec((32, 32), size_multiple=8, output="ab")
    loaded = save_and_load(colors, tmp_path)
    any_size.set_weights(loaded.get_weights())
    picture = lightness(1, 32, 32)
    expected = labelled.predict(picture, verbose=0)["ab"]
    np.testing.assert_allclose(any_size.predict(picture, verbose=0), expected, atol=1e-5)


@pytest.mark.slow
def test_one_class_is_an_error():
    with pytest.raises(ValueError, match="`classes` must be None or at least 2. Received: 1"):
        build_iizuka_model(image_size=16, classes=1)

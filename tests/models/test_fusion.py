"""Models 3 and 4, by one set of tests: they are one architecture."""

import functools

import cv2
import keras
import numpy as np
import pytest
import small_models
from model_checks import (
    check_model,
    conv_parameters,
    count,
    lightness,
    table_of,
)

from colorkit.models import build_efficientnet_model, build_inception_model
from colorkit.models.contract import ModelSpec
from colorkit.models.layers.backbones import EFFICIENTNETS

# The report's models 3 and 4, written out for 256 x 256.
ENCODER = [
    (3, 64, 2, "relu", (128, 128, 64)),
    (3, 128, 1, "relu", (128, 128, 128)),
    (3, 128, 2, "relu", (64, 64, 128)),
    (3, 256, 1, "relu", (64, 64, 256)),
    (3, 256, 2, "relu", (32, 32, 256)),
    (3, 512, 1, "relu", (32, 32, 512)),
    (3, 512, 1, "relu", (32, 32, 512)),
    (3, 256, 1, "relu", (32, 32, 256)),
]
FUSION = [(1, 256, 1, "relu", (32, 32, 256))]
DECODER = [
    (3, 128, 1, "relu", (32, 32, 128)),
    ("up (2, 2) bilinear", (64, 64, 128)),
    (3, 64, 1, "relu", (64, 64, 64)),
    ("up (2, 2) bilinear", (128, 128, 64)),
    (3, 32, 1, "relu", (128, 128, 32)),
    (3, 16, 1, "relu", (128, 128, 16)),
    (3, 2, 1, "tanh", (128, 128, 2)),
    ("up (2, 2) bilinear", (256, 256, 2)),
]
IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Case:
    """One of the two models beside what keras.applications says of its backbone."""

    def __init__(self, build, name, inner, preprocess, side, parameters, file_name):
        self.build, self.name, self.inner = build, name, inner
        self.preprocess, self.side, self.parameters = preprocess, side, parameters
        self.file_name = file_name

    def embed(self, inner, pictures):
        """The oracle: the gray picture in three channels, resized, preprocessed, embedded."""
        gray = [cv2.resize(picture[..., 0] * 2.55, (self.side, self.side)) for picture in pictures]
        return np.asarray(inner(self.preprocess(np.stack([gray] * 3, axis=-1))))


CASES = [
    Case(
        build_inception_model,
        "inception_v3",
        keras.applications.InceptionV3,
        keras.applications.inception_v3.preprocess_input,
        299,
        23_851_784,
        "inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
    ),
    Case(
        build_efficientnet_model,
        "efficientnet_b0",
        keras.applications.EfficientNetB0,
        keras.applications.efficientnet.preprocess_input,
        224,
        5_330_571,
        "efficientnetb0.h5",
    ),
]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def case(request):
    return request.param


@pytest.fixture(scope="module")
def backbone(case):
    """The backbone with random weights, whose embedding tells pictures apart."""
    keras.utils.set_random_seed(0)
    inner = case.inner(weights=None)
    for layer in inner.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.adapt_mean.assign(IMAGENET_MEAN)
            layer.adapt_variance.assign(np.square(IMAGENET_STD))
            layer.finalize_state()
    top = inner.get_layer("predictions")
    logits = np.log(case.embed(inner, lightness(1, 64, 64)))
    top.kernel.assign(top.kernel / logits.std())
    return inner


@pytest.fixture(scope="module")
def weights_file(case, backbone, tmp_path_factory):
    """Weights in place of ImageNet's."""
    path = tmp_path_factory.mktemp(case.name) / "backbone.weights.h5"
    backbone.save_weights(path)
    return path


@pytest.fixture(scope="module")
def reference(case, weights_file):
    """The backbone as keras.applications makes it for `weights="imagenet"`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras.src.utils.file_utils.get_file", lambda *a, **k: str(weights_file))
        return case.inner(weights="imagenet")


@pytest.fixture(scope="module")
def model(case, weights_file):
    keras.utils.set_random_seed(0)
    return case.build(image_size=(48, 64), weights=weights_file)


@pytest.fixture(scope="module")
def default_model(case):
    """Of the default size, with few layers for its backbone."""
    with pytest.MonkeyPatch.context() as patch:
        small_models.put_backbones_in_place(patch)
        return case.build(weights=None)


@pytest.mark.slow
def test_it_is_a_model(case, tmp_path, monkeypatch):
    """Of few layers, whose own are looked at below."""
    small_models.put_in_place(monkeypatch)
    path = tmp_path / "backbone.weights.h5"
    getattr(keras.applications, case.inner.__name__)().save_weights(path)
    check_model(
        functools.partial(case.build, weights=path),
        tmp_path,
        name=case.name,
        spec=ModelSpec((256, 256), size_multiple=8, output="ab"),
        sizes=[(8, 8), (24, 56)],
        bad_size=(24, 20),
        bad_image_size=300,
        weights_error="'imagenet', None",
        bad_weights="no/such.h5",
        weights_files=(),
        frozen="embedder",
        in_bfloat16="fusion_network/encoder/block1_conv1",
    )


def test_the_fusion_network_is_the_specification(default_model):
    inner = default_model.get_layer("fusion_network")
    assert table_of(inner.get_layer("encoder")) == ENCODER
    assert table_of(inner.get_layer("fusion")) == FUSION
    assert table_of(inner.get_layer("decoder")) == DECODER
    assert inner.get_layer("fusion").get_layer("repeat_embedding").output.shape[1:] == (
        32,
        32,
        1000,
    )


@pytest.mark.slow
def test_the_parameters_are_counted_by_hand(case, model):
    encoder = conv_parameters([64, 128, 128, 256, 256, 512, 512, 256], inputs=1)
    fusion = conv_parameters([256], inputs=256 + 1000, kernel=1)
    decoder = conv_parameters([128, 64, 32, 16, 2], inputs=256)
    assert count(model.trainable_weights) == encoder + fusion + decoder == 6_541_202
    assert count(model.get_layer("fusion_network").weights) == 6_541_202
    assert count(model.get_layer("embedder").weights) == case.parameters
    assert model.count_params() == 6_541_202 + case.parameters
    assert len(model.trainable_weights) == 28
    statistics = [w for w in model.get_layer("embedder").weights if "moving_mean" in w.path]
    assert len(statistics) > 40


@pytest.mark.slow
def test_the_backbone_sees_its_own_size(case, model):
    resize = model.get_layer("embedder").get_layer("resize")
    assert resize.output.shape == (None, case.side, case.side, 3)


@pytest.mark.slow
@pytest.mark.parametrize("weights", ["imagenet", "path"])
def test_the_embedding_is_that_of_keras_applications(
    case, weights, weights_file, reference, model, monkeypatch
):
    if weights == "imagenet":
        names = []
        monkeypatch.setattr(
            "keras.src.utils.file_utils.get_file",
            lambda name, *args, **kwargs: names.append(name) or str(weights_file),
        )
        model = case.build(image_size=(48, 64), weights="imagenet")
        assert names == [case.file_name]
    pictures = lightness(2, 48, 64)
    expected = np.log(case.embed(reference, pictures))
    actual = np.log(model.get_layer("embedder")(pictures))
    scale = expected.std()
    np.testing.assert_allclose(actual, expected, rtol=0, atol=0.01 * scale)
    assert np.abs(np.log(case.embed(reference, pictures / 255)) - expected).max() > 0.2 * scale


@pytest.mark.slow
def test_the_model_without_its_backbone_can_be_taken_apart(model):
    pictures = lightness(2, 48, 64)
    embedding = np.asarray(model.get_layer("embedder")(pictures))
    assert embedding.shape == (2, 1000)
    ab, expected = model.get_layer("fusion_network")([pictures, embedding]), model(pictures)
    strongest = np.abs(expected).max()
    assert strongest > 0
    np.testing.assert_allclose(ab, expected, atol=1e-3 * strongest)


@pytest.mark.slow
def test_the_embedding_reaches_the_output(model):
    pictures = lightness(1, 48, 64)
    inner = model.get_layer("fusion_network")
    one, other = (np.asarray(inner([pictures, np.eye(1000, dtype="float32")[[i]]])) for i in (0, 1))
    assert np.abs(one - other).max() > 1e-3 * np.abs(one).max() > 0


@pytest.mark.slow
def test_the_backbone_stays_in_inference_mode_while_training(case, model, backbone):
    picture = lightness(1, 48, 64)
    embedder = model.get_layer("embedder")
    calm, training = (np.asarray(embedder(picture, training=mode)) for mode in (False, True))
    np.testing.assert_array_equal(calm, training)

    gray = np.full((1, case.side, case.side, 3), 100.0, "float32")
    calm, training = (np.asarray(backbone(gray, training=mode)) for mode in (False, True))
    assert np.any(calm != training)


@pytest.mark.parametrize(
    ("variant", "side", "parameters"),
    [
        ("b1", 240, 7_856_239),
        pytest.param("b3", 300, 12_320_535, marks=pytest.mark.slow),
    ],
)
def test_larger_efficientnets_see_their_own_size(variant, side, parameters):
    """Sides and parameters of the table of keras.applications."""
    model = build_efficientnet_model(image_size=32, weights=None, variant=variant)
    embedder = model.get_layer("embedder")
    assert model.name == f"efficientnet_{variant}"
    assert embedder.get_layer("resize").output.shape == (None, side, side, 3)
    assert count(embedder.weights) == parameters
    assert count(model.trainable_weights) == 6_541_202
    assert model.output_shape == (None, 32, 32, 2)


def test_sizes_grow_with_the_variant():
    """Resolutions of the authors' published code."""
    sides = [backbone.image_size for backbone in EFFICIENTNETS.values()]
    assert sides == [224, 240, 260, 300, 380, 456, 528, 600]
    assert list(EFFICIENTNETS) == [f"b{number}" for number in range(8)]


def test_a_variant_that_is_none():
    with pytest.raises(ValueError, match="`variant` must be one of b0, .*b7. Received: 'b8'"):
        build_efficientnet_model(variant="b8")

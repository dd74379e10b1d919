"""Histograms of hypercolumns: at random pixels, on a grid, against columns formed one by one."""

import keras
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from colorkit.models.layers.hypercolumns import HypercolumnHistograms, interpolate

STRIDES = (1, 1, 2, 4, 8, 16)
CHANNELS = (1, 3, 4, 5, 2, 6)
HEIGHT, WIDTH = 32, 48


def maps_of(seed=0, batch=2):
    random = np.random.default_rng(seed)
    return [
        random.normal(size=(batch, HEIGHT // stride, WIDTH // stride, channels)).astype("float32")
        for stride, channels in zip(STRIDES, CHANNELS, strict=True)
    ]


@pytest.fixture
def layer():
    keras.utils.set_random_seed(0)
    made = HypercolumnHistograms(STRIDES, units=7, outputs=6, samples=20)
    made.build([each.shape for each in maps_of()])
    return made


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def finished(layer, columns):
    """Both layers on whole hypercolumns, whose channels are in the maps' order."""
    kernels = [numpy_of(layer.fully_connected[f"{stride}"].kernel) for stride in (1, 2, 4, 8, 16)]
    hidden = columns @ np.concatenate(kernels) + numpy_of(layer.fully_connected["1"].bias)
    return np.maximum(hidden, 0) @ numpy_of(layer.logits.kernel) + numpy_of(layer.logits.bias)


def looked_up(features, rows, columns, stride):
    """Bilinear interpolation by SciPy, of one picture's map."""
    places = [(rows + 0.5) / stride - 0.5, (columns + 0.5) / stride - 0.5]
    return np.stack(
        [
            scipy.ndimage.map_coordinates(channel, places, order=1, mode="nearest")
            for channel in np.moveaxis(features, -1, 0)
        ],
        axis=-1,
    )


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([1, 2, 4, 32]), st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_interpolation_is_bilinear(stride, height, width, seed):
    random = np.random.default_rng(seed)
    features = random.normal(size=(2, height, width, 3)).astype("float32")
    rows = random.integers(0, stride * height, (2, 5)).astype("float32")
    columns = random.integers(0, stride * width, (2, 5)).astype("float32")
    found = numpy_of(interpolate(features, rows, columns, stride))
    for photo in range(2):
        expected = looked_up(features[photo], rows[photo], columns[photo], stride)
        np.testing.assert_allclose(found[photo], expected, atol=1e-5)


def test_samples_are_answers_of_whole_hypercolumns(layer):
    """Each sampled pixel's column, formed by SciPy from all maps, through the whole layers."""
    maps = maps_of()
    answer = numpy_of(layer(maps, sampled=True))
    assert answer.shape == (2, 20, 6 + 2) and answer.dtype == np.float32
    logits, rows, columns = answer[..., :-2], answer[..., -2], answer[..., -1]
    for photo in range(2):
        whole = np.concatenate(
            [
                looked_up(features[photo], rows[photo], columns[photo], stride)
                for features, stride in zip(maps, STRIDES, strict=True)
            ],
            axis=-1,
        )
        assert whole.shape == (20, sum(CHANNELS))
        np.testing.assert_allclose(logits[photo], finished(layer, whole), atol=1e-4)


def test_the_grid_is_answered_as_if_hypercolumns_were_formed_there(layer):
    """The parts of the fully connected layer, each at its map's size, sum to all of it."""
    columns = []
    for features, stride in zip(maps_of(), STRIDES, strict=True):
        if stride < 4:
            finer = 4 // stride
            features = ops.average_pool(features, finer, strides=finer)
        while features.shape[1] < HEIGHT // 4:
            features = keras.layers.UpSampling2D(2, interpolation="bilinear")(features)
        columns.append(numpy_of(features))
    found = numpy_of(layer(maps_of()))
    assert found.shape == (2, HEIGHT // 4, WIDTH // 4, 6)
    np.testing.assert_allclose(found, finished(layer, np.concatenate(columns, -1)), atol=1e-4)


def test_gradients_at_samples_are_those_of_a_loss_that_picks_them_from_a_dense_answer(layer):
    """Sum of squared logits at the sampled pixels: by gathering, and by way of every pixel."""
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients by tf.GradientTape")
    maps = [tf.Variable(features) for features in maps_of()]
    with tf.GradientTape() as tape:
        answer = layer([ops.convert_to_tensor(features) for features in maps], sampled=True)
        loss = ops.sum(ops.square(answer[..., :-2]))
    sparse = tape.gradient(loss, [*maps, *layer.trainable_variables])
    rows, columns = (ops.cast(answer[..., place], "int32") for place in (-2, -1))
    with tf.GradientTape() as tape:
        every = [tf.image.resize(features, (HEIGHT, WIDTH), method="bilinear") for features in maps]
        kernels = [layer.fully_connected[f"{stride}"].kernel for stride in (1, 2, 4, 8, 16)]
        hidden = ops.matmul(ops.concatenate(every, -1), ops.concatenate(kernels, 0))
        hidden = ops.relu(hidden + layer.fully_connected["1"].bias)
        dense = ops.matmul(hidden, layer.logits.kernel) + layer.logits.bias
        picked = tf.gather_nd(dense, ops.stack([rows, columns], -1), batch_dims=1)
        dense_loss = ops.sum(ops.square(picked))
    expected = tape.gradient(dense_loss, [*maps, *layer.trainable_variables])
    assert float(loss) == pytest.approx(float(dense_loss), rel=1e-4)
    for one, other in zip(sparse, expected, strict=True):
        np.testing.assert_allclose(
            tf.convert_to_tensor(one), tf.convert_to_tensor(other), rtol=1e-3, atol=1e-3
        )


def test_nothing_but_the_sampled_places_has_a_gradient(layer):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("gradients by tf.GradientTape")
    finest = tf.Variable(maps_of()[0])
    with tf.GradientTape() as tape:
        answer = layer([ops.convert_to_tensor(finest), *maps_of()[1:]], sampled=True)
        loss = ops.sum(ops.square(answer[..., :-2]))
    gradient = np.abs(tf.convert_to_tensor(tape.gradient(loss, finest)))[..., 0]
    sampled = np.zeros_like(gradient, bool)
    for photo, (row, column) in enumerate(numpy_of(answer[..., -2:]).astype(int).swapaxes(1, 2)):
        sampled[photo, row, column] = True
    assert 20 < sampled.sum() <= 40
    assert not gradient[~sampled].any() and gradient[sampled].any()


def test_pixels_are_drawn_from_the_whole_picture_and_anew(layer):
    layer.samples = 1000
    drawn, others = (numpy_of(layer(maps_of(), sampled=True))[..., -2:] for _ in range(2))
    assert not np.any(drawn % 1) and drawn.min() == 0
    assert drawn[..., 0].max() == HEIGHT - 1 and drawn[..., 1].max() == WIDTH - 1
    assert len(np.unique(drawn.reshape(-1, 2), axis=0)) > 800
    assert (drawn[0] != drawn[1]).any() and (drawn != others).any()


def test_training_drops_units_and_using_does_not(layer):
    np.testing.assert_array_equal(numpy_of(layer(maps_of())), numpy_of(layer(maps_of())))
    trained = numpy_of(layer(maps_of(), training=True))
    assert np.abs(trained - numpy_of(layer(maps_of()))).max() > 0.1


def test_positions_survive_mixed_precision(mixed_bfloat16):
    made = HypercolumnHistograms((1, 2, 4), units=4, outputs=2, samples=200)
    side = 512
    maps = [np.zeros((1, side // stride, side // stride, 1), "float32") for stride in (1, 2, 4)]
    answer = numpy_of(made(maps, sampled=True))
    assert answer.dtype == np.float32 and made.logits.compute_dtype == "bfloat16"
    assert np.any(answer[..., -2:] % 2 == 1)  # bfloat16 has even numbers only beyond 256
    assert np.any((answer[..., -2:] > 256) & (answer[..., -2:] % 2 == 1))


def test_the_layer_survives_its_config(layer):
    again = HypercolumnHistograms.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.strides, again.units, again.samples) == (STRIDES, 7, 20)

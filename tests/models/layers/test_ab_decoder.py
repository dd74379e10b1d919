"""The decoder of models 2 to 4: where its training starts."""

import keras
import numpy as np
import pytest

from colorkit.models.layers.ab_decoder import build_ab_decoder
from colorkit.models.vgg16 import DECODER_BLOCKS


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1.0, 50.0])
def test_training_starts_from_gray_and_leaves_it_however_large_the_features_are(scale):
    keras.utils.set_random_seed(0)
    decoder = build_ab_decoder((2, 2, 512), DECODER_BLOCKS, "nearest")
    features = scale * np.random.default_rng(0).random((4, 2, 2, 512)).astype("float32")
    target = np.full((4, 64, 64, 2), [0.2, -0.3], "float32")
    assert np.abs(decoder(features)).max() < 0.5
    decoder.compile(keras.optimizers.Adam(1e-3), "mse")
    decoder.fit(features, target, epochs=20, verbose=0)
    assert np.mean((decoder(features) - target) ** 2) < 0.5 * np.mean(target**2)

"""The graph's denoising, against that of pictures on the host."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras.ops import convert_to_numpy

from colorkit.export import denoising_ops
from colorkit.inference.denoising import denoise, estimate_noise

pytestmark = pytest.mark.any_backend


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 99))
def test_each_view_is_denoised_as_on_the_host(height, width, seed):
    random = np.random.default_rng(seed)
    deviation = np.array([0, 1, 3, 10]).reshape(4, 1, 1)
    views = 50 + random.normal(0, 1, (4, height, width)) * deviation
    views = np.clip(views, 0, 100).astype("float32")
    found = convert_to_numpy(denoising_ops.denoise(views))
    noise = convert_to_numpy(denoising_ops.estimate_noise(views))
    for view, own, own_noise in zip(views, found, noise.ravel(), strict=True):
        assert own_noise == pytest.approx(estimate_noise(view), abs=1e-3)
        np.testing.assert_allclose(own, denoise(view), atol=2e-3)

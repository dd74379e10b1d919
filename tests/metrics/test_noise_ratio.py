import numpy as np
import pytest
from hypothesis import given, settings
from keras import ops
from metrics_by_hand import PICTURE_PAIRS, photographs
from skimage.metrics import peak_signal_noise_ratio

from colorkit import metrics

pytestmark = pytest.mark.any_backend


@given(PICTURE_PAIRS)
@settings(max_examples=30, deadline=None)
def test_psnr_equals_skimage(pair):
    measured = ops.convert_to_numpy(metrics.psnr(*pair))
    with np.errstate(divide="ignore"):
        expected = [peak_signal_noise_ratio(*both) for both in zip(*pair, strict=True)]
    np.testing.assert_allclose(measured, np.minimum(expected, metrics.MAX_PSNR), rtol=1e-5)


def test_psnr_takes_8_bit_and_unit_range_alike():
    photos = photographs()
    noisy = np.clip(np.int16(photos) + 9, 0, 255).astype("uint8")
    as_bytes = metrics.psnr(photos, noisy)
    as_floats = metrics.psnr(photos, noisy.astype("float64") / 255)
    np.testing.assert_allclose(as_bytes, as_floats, rtol=1e-5)


def test_psnr_of_equal_pictures_is_finite():
    np.testing.assert_array_equal(metrics.psnr(photographs(), photographs()), metrics.MAX_PSNR)

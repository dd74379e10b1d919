import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from keras import ops
from metrics_by_hand import PICTURE_PAIRS, colorfulness_as_in_the_paper

from colorkit import metrics

pytestmark = pytest.mark.any_backend


@given(PICTURE_PAIRS)
@settings(max_examples=30, deadline=None)
def test_colorfulness_equals_a_direct_reading_of_the_paper(pair):
    measured = ops.convert_to_numpy(metrics.colorfulness(pair[0]))
    expected = [colorfulness_as_in_the_paper(picture) for picture in pair[0]]
    np.testing.assert_allclose(measured, expected, rtol=1e-4, atol=1e-3)


def test_colorfulness_of_known_pictures():
    gray = np.repeat(skimage.data.camera()[:64, :64, None], 3, axis=-1)
    assert float(metrics.colorfulness(gray)) == 0
    red = np.full((8, 8, 3), [255, 0, 0], "uint8")
    assert float(metrics.colorfulness(red)) == pytest.approx(0.3 * np.hypot(255, 127.5), rel=1e-5)
    halves = np.concatenate([red, np.full((8, 8, 3), [0, 255, 0], "uint8")])
    assert float(metrics.colorfulness(halves)) == pytest.approx(255 + 0.3 * 127.5, rel=1e-5)

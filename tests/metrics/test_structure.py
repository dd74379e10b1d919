import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import ops
from metrics_by_hand import ssim_of_skimage

from colorkit.metrics.structure import ssim

PICTURE_PAIRS = st.tuples(st.integers(11, 20), st.integers(11, 20)).flatmap(
    lambda size: hnp.arrays("uint8", (2, *size, 3))
)


@given(PICTURE_PAIRS)
@settings(max_examples=30, deadline=None)
def test_equals_skimage_on_any_picture(pair):
    assert float(ssim(*pair)) == pytest.approx(ssim_of_skimage(*pair, 255), abs=2e-4)


def test_equals_skimage_on_photographs_of_any_batch_shape():
    photo, cat = skimage.data.astronaut()[:90, :110], skimage.data.chelsea()[100:190, 200:310]
    blurred, darker = (photo[:, ::-1] // 2 + photo // 2), (cat * 0.7).astype("uint8")
    expected = [ssim_of_skimage(photo, blurred, 255), ssim_of_skimage(cat, darker, 255)]
    assert expected[0] < 0.9 and expected[0] != pytest.approx(expected[1], abs=0.01)
    truth, changed = np.stack([photo, cat]), np.stack([blurred, darker])
    for shape in ((2,), (2, 1), (1, 1, 2)):
        measured = ops.convert_to_numpy(
            ssim(truth.reshape(*shape, 90, 110, 3), changed.reshape(*shape, 90, 110, 3))
        )
        assert measured.shape == shape
        np.testing.assert_allclose(measured.ravel(), expected, atol=1e-4)
    np.testing.assert_allclose(ssim(truth / 255, changed / 255), expected, atol=1e-4)


def test_equal_pictures_have_one():
    photo = skimage.data.chelsea()[:40, :40]
    assert float(ssim(photo, photo)) == pytest.approx(1, abs=1e-5)


def test_what_it_refuses():
    with pytest.raises(ValueError, match=r"at least 11 x 11 pixels. Received: shape \(10, 30, 3\)"):
        ssim(np.zeros((10, 30, 3), "uint8"), np.zeros((10, 30, 3), "uint8"))
    with pytest.raises(ValueError, match="`rgb_true` and `rgb_pred` must have the same shape"):
        ssim(np.zeros((12, 12, 3), "uint8"), np.zeros((1, 12, 12, 3), "uint8"))

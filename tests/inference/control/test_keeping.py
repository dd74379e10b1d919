"""What keeps its own colour."""

import numpy as np
import pytest
import skimage.data

from colorkit.inference.control.keeping import KeptPixels, check_mask, find_true_color, keep_own


@pytest.mark.parametrize(
    "mask",
    [
        np.array([[True, False]]),
        np.array([[255, 0]], "uint8"),
        np.array([[[65535], [0]]], "uint16"),
        np.array([[1.0, 0.0]]),
    ],
)
def test_white_is_kept(mask):
    kept = check_mask(mask, (1, 2))
    assert kept.dtype == np.float32
    np.testing.assert_array_equal(kept, [[1, 0]])


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((2, 1), bool), r"of the picture's size, \(H, W\) = \(1, 2\).*shape \(2, 1\)"),
        (np.zeros((1, 2, 3), "uint8"), "must be gray"),
        (np.zeros((1, 2), "int64"), "int64"),
        (np.array([[0, 1.5]]), "must lie in .0, 1.. Received: 0 to 1.5"),
    ],
)
def test_what_is_no_mask_is_explained(mask, message):
    with pytest.raises(ValueError, match=message):
        check_mask(mask, (1, 2))


@pytest.mark.parametrize("own_shape", [(4, 6), (4, 6, 1), (4, 6, 3)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_kept_pixels_are_the_pictures_own_to_the_bit(dtype, own_shape):
    random = np.random.default_rng(0)
    scale = 1 if dtype == "float32" else np.iinfo(dtype).max
    own = (random.random(own_shape) * scale).astype(dtype)
    colored = (random.random((4, 6, 3)) * scale).astype(dtype)
    share = np.zeros((4, 6), "float32")
    share[:, 3:] = 1
    made = keep_own(colored, KeptPixels(own, share))
    assert made.dtype == dtype
    np.testing.assert_array_equal(made[:, :3], colored[:, :3])
    expected = np.broadcast_to(own if own.ndim == 3 else own[..., None], (4, 6, 3))
    np.testing.assert_array_equal(made[:, 3:], expected[:, 3:])


def test_what_is_tinted_is_found_in_gray_and_on_sepia():
    photo = skimage.data.coffee()[::2, ::2]
    gray = np.repeat(photo[..., 1:2], 3, -1)
    gray[40:100, 60:160] = (170, 40, 40)
    sepia = (gray * np.array([1.0, 0.85, 0.65])).astype("uint8")
    sepia[40:100, 60:160] = (40, 60, 160)
    for tinted in (gray, sepia):
        found = find_true_color(tinted)
        assert found[45:95, 65:155].min() > 0.99
        found[36:104, 56:164] = 0
        assert found.mean() < 0.01

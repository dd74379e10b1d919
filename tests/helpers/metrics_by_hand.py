"""Photographs to measure, and metrics as the papers and scikit-image define them, in NumPy."""

import numpy as np
import skimage.data
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage.metrics import structural_similarity

from colorkit.color.ab_bins import AB_BINS

PRIOR = np.linspace(1.0, 3.0, len(AB_BINS))
PRIOR /= PRIOR.sum()

PICTURE_PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda shape: hnp.arrays("uint8", (2, *shape, 3))
)


def photographs():
    """Four photographs of 40 x 40 pixels, uint8 RGB."""
    astronaut, cat = skimage.data.astronaut(), skimage.data.chelsea()
    corners = [(astronaut, 0, 180), (astronaut, 300, 100), (cat, 80, 100), (cat, 200, 300)]
    return np.stack([photo[y : y + 40, x : x + 40] for photo, y, x in corners])


def auc_as_in_the_paper(ab_true, ab_pred, weights):
    """Zhang, Isola, Efros 2016, 3.1, read word for word: a cumulative curve, then its area."""
    error = np.sqrt(((np.float64(ab_true) - ab_pred) ** 2).sum(-1))
    thresholds = np.arange(151)
    curve = [(weights * (error <= threshold)).sum() / weights.sum() for threshold in thresholds]
    area = sum((left + right) / 2 for left, right in zip(curve[:-1], curve[1:], strict=True))
    return 100 * area / 150


def weights_as_in_the_paper(ab, prior):
    """Eq. 4 with lambda 0: inverse of the class's probability, expectation 1."""
    distance = ((ab[..., None, :] - AB_BINS) ** 2).sum(-1)
    weight_of_class = 1 / prior
    weight_of_class /= (prior * weight_of_class).sum()
    return weight_of_class[distance.argmin(-1)]


def colorfulness_as_in_the_paper(rgb):
    red, green, blue = np.float64(rgb).reshape(-1, 3).T
    rg, yb = red - green, (red + green) / 2 - blue
    return np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())


def ssim_of_skimage(photo, picture, data_range):
    return structural_similarity(
        photo,
        picture,
        data_range=data_range,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )

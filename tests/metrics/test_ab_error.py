import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import ops
from metrics_by_hand import PRIOR, auc_as_in_the_paper, weights_as_in_the_paper
from skimage.color import rgb2lab

from colorkit import metrics
from colorkit.color.ab_bins import AB_BINS

pytestmark = pytest.mark.any_backend

AB_VALUES = st.floats(-110, 110, width=32)


@given(
    hnp.arrays("float32", (2, 2, 5, 6, 2), elements=AB_VALUES),
    hnp.arrays("float32", (2, 5, 6), elements=st.floats(0.125, 8, width=32)),
)
@settings(max_examples=50, deadline=None)
def test_auc_equals_a_direct_reading_of_the_paper(pair, weights):
    # Whole numbers: float32 and float64 then agree on which side of a threshold they are.
    ab_true, ab_pred = np.round(pair)
    plain = ops.convert_to_numpy(metrics.ab_error_auc(ab_true, ab_pred))
    weighted = ops.convert_to_numpy(metrics.ab_error_auc(ab_true, ab_pred, weights))
    for i in range(2):
        expected = auc_as_in_the_paper(ab_true[i], ab_pred[i], np.ones((5, 6)))
        np.testing.assert_allclose(plain[i], expected, rtol=1e-4, atol=1e-4)
        expected = auc_as_in_the_paper(ab_true[i], ab_pred[i], weights[i])
        np.testing.assert_allclose(weighted[i], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("error", "percent"),
    [(0, 100), (0.5, 149.5 / 1.5), (1, 149.5 / 1.5), (75, 50.333), (150, 0.5 / 1.5), (151, 0)],
)
def test_auc_of_one_constant_error(error, percent):
    ab_true = np.zeros((4, 4, 2))
    ab_pred = ab_true + [error, 0]
    np.testing.assert_allclose(metrics.ab_error_auc(ab_true, ab_pred), percent, atol=1e-3)


@given(hnp.arrays("uint8", (3, 4, 3)))
@settings(max_examples=50, deadline=None)
def test_class_weights_equal_a_direct_reading_of_the_paper(rgb):
    ab = rgb2lab(rgb)[..., 1:]
    measured = ops.convert_to_numpy(metrics.class_weights(ab, PRIOR))
    np.testing.assert_allclose(measured, weights_as_in_the_paper(ab, PRIOR), rtol=1e-4)


def test_class_weights_have_mean_one_over_the_prior():
    weights = ops.convert_to_numpy(metrics.class_weights(AB_BINS, PRIOR))
    assert (weights * PRIOR).sum() == pytest.approx(1, abs=1e-5)
    assert weights[0] == pytest.approx(3 * weights[-1], rel=1e-5)


def test_class_weights_have_a_default_prior():
    gray, vivid = ops.convert_to_numpy(metrics.class_weights([[0.0, 0.0], [70.0, 60.0]]))
    assert gray < 1 < vivid


@pytest.mark.parametrize("prior", [np.ones(312), np.zeros(313), np.ones((313, 1))])
def test_bad_prior_is_refused(prior):
    with pytest.raises(ValueError, match="313 positive probabilities.*Received: shape"):
        metrics.RebalancedAbErrorAuc(prior)

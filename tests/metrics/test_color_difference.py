import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import ops
from skimage.color import deltaE_ciede2000

from colorkit.metrics.color_difference import ciede2000

# Sharma, Wu, Dalal 2005, table 1: pairs that tell apart what implementations get wrong.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]

LAB = st.tuples(
    st.floats(0, 100, width=32), st.floats(-110, 110, width=32), st.floats(-110, 110, width=32)
)


@pytest.mark.parametrize(("lab_true", "lab_pred", "expected"), PUBLISHED)
def test_published_pairs(lab_true, lab_pred, expected):
    assert float(ciede2000(lab_true, lab_pred)) == pytest.approx(expected, abs=2e-4)
    assert float(ciede2000(lab_pred, lab_true)) == pytest.approx(expected, abs=2e-4)


@given(st.lists(st.tuples(LAB, LAB), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_equals_skimage(pairs):
    lab_true, lab_pred = np.float32(pairs).swapaxes(0, 1)
    measured = ops.convert_to_numpy(ciede2000(lab_true, lab_pred))
    expected = deltaE_ciede2000(np.float64(lab_true), np.float64(lab_pred))
    # Opposite hues have two mean hues: there the rounding of the angle decides.
    cross = lab_true[:, 1] * lab_pred[:, 2] - lab_true[:, 2] * lab_pred[:, 1]
    decided = np.abs(cross) > 1e-2
    np.testing.assert_allclose(measured[decided], expected[decided], atol=2e-3, rtol=1e-4)
    assert np.isfinite(measured).all()


@given(hnp.arrays("float32", (3, 4, 3), elements=st.floats(0, 100, width=32)))
def test_shape_and_equal_colours(lab):
    measured = ops.convert_to_numpy(ciede2000(lab, lab))
    assert measured.shape == (3, 4)
    np.testing.assert_allclose(measured, 0, atol=1e-3)


def test_black_and_white_are_a_hundred_apart():
    assert float(ciede2000([0.0, 0, 0], [100.0, 0, 0])) == pytest.approx(100, abs=1e-3)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="`lab_true` and `lab_pred` must have the same shape"):
        ciede2000(np.zeros((2, 3)), np.zeros((1, 3)))

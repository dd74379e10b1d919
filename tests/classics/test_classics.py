"""The classics, against direct and slow readings of their papers."""

import numpy as np
import pytest
import skimage.data
import skimage.transform

import colorkit
from colorkit.classics import levin, spreading, welsh
from colorkit.classics.decorrelated_space import from_decorrelated, to_decorrelated

LMS = [[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]]


@pytest.fixture(scope="module")
def photo():
    return (skimage.transform.resize(skimage.data.astronaut(), (24, 20)) * 255).astype("uint8")


@pytest.fixture(scope="module")
def reference():
    return (skimage.transform.resize(skimage.data.coffee(), (30, 40)) * 255).astype("uint8")


def axes_by_hand(rgb):
    """Equations 4 to 7 of Reinhard et al., a pixel at a time."""
    axes = np.empty(rgb.shape)
    for place in np.ndindex(rgb.shape[:2]):
        long, middle, short = (
            np.log10(max(1 / 1024, sum(m * c for m, c in zip(row, rgb[place] / 255, strict=True))))
            for row in LMS
        )
        axes[place] = (
            (long + middle + short) / 3**0.5,
            (long + middle - 2 * short) / 6**0.5,
            (long - middle) / 2**0.5,
        )
    return axes


def pixels(axes):
    return np.rint(255 * from_decorrelated(axes).clip(0, 1)).astype("uint8")


def test_the_colour_space_is_the_papers_and_can_be_left_again(photo):
    np.testing.assert_allclose(to_decorrelated(photo / 255), axes_by_hand(photo), atol=1e-12)
    # Equation 9, with the paper's digits
    rgb_from_lms = [
        [4.4679, -3.5873, 0.1193],
        [-1.2186, 2.3809, -0.1624],
        [0.0497, -0.2439, 1.2045],
    ]
    gray = np.full((1, 3), 0.5)
    np.testing.assert_allclose(from_decorrelated(to_decorrelated(gray)), gray, atol=1e-9)
    np.testing.assert_allclose(np.linalg.inv(LMS), rgb_from_lms, atol=0.02)


def test_statistics_are_transferred_axis_by_axis(photo, reference):
    own, other = axes_by_hand(photo), axes_by_hand(reference)
    for axis in range(3):
        mean, spread = own[..., axis].mean(), own[..., axis].std()
        for place in np.ndindex(photo.shape[:2]):
            scaled = other[..., axis].std() / spread * (own[place][axis] - mean)
            own[place][axis] = scaled + other[..., axis].mean()
    made = colorkit.classics.transfer_statistics(photo, reference)
    np.testing.assert_allclose(made, pixels(own), atol=1)


def test_a_gray_picture_gets_one_tint(photo, reference):
    made = colorkit.classics.transfer_statistics(photo[..., 1], reference)
    tint = axes_by_hand(reference)[..., 1:].mean((0, 1))
    whole = (made > 3).all(-1) & (made < 252).all(-1)
    np.testing.assert_allclose(
        axes_by_hand(made)[whole][:, 1:].mean(0), tint, atol=0.01, err_msg="the reference's means"
    )


def test_each_pixel_takes_the_sample_nearest_in_luminance(photo, reference):
    gray = np.repeat(photo[..., 1:2], 3, -1)
    own, other = axes_by_hand(gray), axes_by_hand(reference)
    bright, source = own[..., 0], other[..., 0].copy()
    source = (source - source.mean()) / source.std() * bright.std() + bright.mean()
    rows, columns = welsh.jittered_grid(source.shape, 50, np.random.default_rng(3))

    def deviation(plane, row, column):
        window = np.pad(plane, 2, mode="symmetric")[row : row + 5, column : column + 5]
        return window.std()

    samples = [
        (source[r, c], deviation(source, r, c), other[r, c, 1:])
        for r, c in zip(rows, columns, strict=True)
    ]
    for place in np.ndindex(bright.shape):
        spread = deviation(bright, *place)
        differences = [abs(bright[place] - b) / 2 + abs(spread - s) / 2 for b, s, _ in samples]
        own[place][1:] = samples[int(np.argmin(differences))][2]
    made = colorkit.classics.transfer_by_luminance(photo[..., 1], reference, samples=50, seed=3)
    np.testing.assert_allclose(made, pixels(own), atol=1)


def test_samples_cover_the_reference():
    rows, columns = welsh.jittered_grid((30, 40), 200, np.random.default_rng(0))
    assert 180 <= len(rows) <= 220
    assert len({(r // 10, c // 10) for r, c in zip(rows, columns, strict=True)}) == 12


def solved_by_hand(bright, given, uv):
    """Equations 1 and 2 of Levin et al. as one dense system."""
    height, width = bright.shape
    system, right = np.zeros((height * width,) * 2), np.zeros((height * width, 2))
    for r, c in np.ndindex(bright.shape):
        n = r * width + c
        system[n, n] = 1
        if given[r, c]:
            right[n] = uv[r, c]
            continue
        window = bright[max(0, r - 1) : r + 2, max(0, c - 1) : c + 2]
        weights = {
            (i, j): np.exp(-((bright[r, c] - bright[i, j]) ** 2) / (2 * max(window.var(), 2e-6)))
            for i in range(max(0, r - 1), min(height, r + 2))
            for j in range(max(0, c - 1), min(width, c + 2))
            if (i, j) != (r, c)
        }
        for (i, j), weight in weights.items():
            system[n, i * width + j] = -weight / sum(weights.values())
    return np.linalg.solve(system, right).reshape(height, width, 2)


@pytest.fixture(scope="module")
def scribbled(photo):
    gray = photo[:14, :16, 1]
    scribbles = np.zeros((14, 16, 4), "uint8")
    scribbles[3, 2:8] = (200, 40, 40, 255)
    scribbles[11, 6:15] = (40, 60, 180, 1)
    return gray, scribbles


def test_scribbles_spread_as_the_dense_system_says(scribbled):
    gray, scribbles = scribbled
    yuv = np.array([[0.299, 0.587, 0.114], [-0.147, -0.289, 0.436], [0.615, -0.515, -0.1]])
    bright = gray / 255
    uv = solved_by_hand(bright, scribbles[..., 3] > 0, scribbles[..., :3] / 255 @ yuv[1:].T)
    expected = np.dstack([bright, uv]) @ np.linalg.inv(yuv).T
    made = colorkit.classics.colorize_by_optimization(gray, scribbles)
    np.testing.assert_allclose(made, 255 * expected.clip(0, 1), atol=1)


def test_a_large_picture_is_solved_from_coarse_to_fine(monkeypatch):
    """Two smooth halves with an edge between them: the relaxed solution is near the exact one."""
    y, x = np.mgrid[:64, :96]
    gray = (np.where(x < 48, 90, 170) + 8 * np.sin(y / 9) + 8 * np.sin(x / 11)).astype("uint8")
    hints = [(20, 30, "#c03020"), (75, 20, "#2040b0")]
    exact = colorkit.classics.colorize_by_optimization(gray, hints=hints).astype(int)
    monkeypatch.setattr(spreading, "EXACT_PIXELS", 2000)
    coarse = colorkit.classics.colorize_by_optimization(gray, hints=hints)
    difference = np.abs(coarse - exact)
    assert difference[:, 4:44].mean() < 8 and difference[:, 52:].mean() < 8
    np.testing.assert_array_equal(coarse[28:33, 18:23], exact[28:33, 18:23])
    assert (coarse[:, 10, 0] > coarse[:, 10, 2]).all() and (
        coarse[:, 85, 2] > coarse[:, 85, 0]
    ).all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_of_a_larger_picture_a_copy_is_solved(monkeypatch, dtype):
    """The colours are near those of the whole system, and the brightness is the picture's."""
    full = np.iinfo(dtype).max if dtype.startswith("uint") else 1
    levels = np.where(np.arange(120) < 61, 90, 170) * np.ones((80, 1))
    gray = (levels / 255 * full).astype(dtype)
    scribbles = np.zeros((80, 120, 4), dtype)
    scribbles[10:70, 95:100] = np.array([32, 64, 176, 255]) * (full / 255)
    given = scribbles, [(20, 30, "#c03020")]
    whole = colorkit.classics.colorize_by_optimization(gray, *given) / full
    monkeypatch.setattr(levin, "SOLVED_PIXELS", 2400)
    made = colorkit.classics.colorize_by_optimization(gray, *given)
    assert made.shape == (80, 120, 3) and made.dtype == dtype
    unit = made / full
    np.testing.assert_allclose(unit @ [0.299, 0.587, 0.114], gray / full, atol=0.02)
    assert np.abs(unit - whole).mean() < 0.03 < np.abs(unit - gray[..., None] / full).mean() / 4


def test_wrong_arguments_are_explained(photo):
    gray = photo[..., 1]
    with pytest.raises(ValueError, match="spread from scribbles or hints.*Received: none"):
        colorkit.classics.colorize_by_optimization(gray)
    with pytest.raises(ValueError, match=r"shape \(24, 20, 4\). Received: shape \(24, 20, 3\)"):
        colorkit.classics.colorize_by_optimization(gray, photo)
    with pytest.raises(ValueError, match="must lie in the picture of 20 x 24"):
        colorkit.classics.colorize_by_optimization(gray, hints=[(20, 0, "#000000")])
    with pytest.raises(ValueError, match="`samples` must be a positive int"):
        colorkit.classics.transfer_by_luminance(gray, photo, samples=0)
    with pytest.raises(ValueError, match="must have shape"):
        colorkit.classics.transfer_statistics(gray, photo[0, 0])

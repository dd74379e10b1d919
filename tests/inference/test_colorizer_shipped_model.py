"""The shipped model on photographs that scikit-image ships."""

from importlib import resources

import h5py
import keras
import numpy as np
import pytest
import skimage.color

from colorkit.evaluation.evaluator import evaluate_model
from colorkit.inference.colorizer import Colorizer
from colorkit.io.read import read_photo
from colorkit.models.load import load_model
from colorkit.models.weight_files import shipped_file

PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")


@pytest.fixture(scope="module")
def photos():
    shipped = resources.files("skimage") / "data"
    return [read_photo(shipped / name).pixels[::2, ::2] for name in PHOTOS]


@pytest.fixture(scope="module")
def colorizer(shipped_colorizer):
    return shipped_colorizer


@pytest.fixture(scope="module")
def in_float32(shipped_in_float32):
    return shipped_in_float32


@pytest.fixture(scope="module")
def colored(colorizer, photos):
    return colorizer.colorize_batch(photos)


@pytest.mark.slow
@pytest.mark.parametrize("style", [None, "faithful", "vivid"])
def test_the_shipped_onnx_file_is_the_same_model(photos, in_float32, style):
    """But for the rounding of its weights to int8."""
    pytest.importorskip("onnxruntime")
    exported = Colorizer("colorkit_base", runtime="onnx", style=style)
    original = in_float32.with_style(style) if style else in_float32
    for photo in photos:
        difference = exported.colorize(photo).astype(int) - original.colorize(photo)
        assert np.abs(difference).max() <= 4 and np.abs(difference).mean() < 0.25


def test_weights_are_half_precision_and_small():
    assert shipped_file(".weights.h5").stat().st_size < 32e6
    with h5py.File(shipped_file(".weights.h5")) as weights:
        kinds = set()
        weights.visititems(lambda _, item: kinds.add(str(getattr(item, "dtype", "float16"))))
    assert kinds == {"float16"}


def test_it_beats_the_gray_picture(colorizer, photos):
    """Rebalanced AuC of the four together, which gray pictures score 0 gain on."""

    class Photos:
        names = PHOTOS

        def __len__(self):
            return len(photos)

        def read(self, number):
            return photos[number]

    means = evaluate_model(colorizer, Photos()).means()
    assert means["model"]["auc_rebalanced"] > means["gray"]["auc_rebalanced"] + 1
    assert means["model"]["colorfulness"] > 15


def test_skin_fur_and_coffee_are_warm(colored):
    """Regions drawn by hand: the astronaut's face, the cat, the cup's coffee."""
    regions = {0: np.s_[50:90, 95:125], 1: np.s_[40:120, 60:160], 2: np.s_[60:110, 110:180]}
    for number, region in regions.items():
        a, b = skimage.color.rgb2lab(colored[number][region])[..., 1:].reshape(-1, 2).mean(axis=0)
        assert b > 4 and a > -4, f"{PHOTOS[number]}: a = {a:.1f}, b = {b:.1f}"


def test_lightness_is_kept(colored, photos):
    for picture, photo in zip(colored, photos, strict=True):
        difference = skimage.color.rgb2lab(picture) - skimage.color.rgb2lab(photo)
        assert np.abs(difference[..., 0]).mean() < 0.5


def test_gray_levels_alone_decide(colorizer, photos):
    """The same lightness without colour gives the same picture, to the rounding of 8 bits."""
    lab = skimage.color.rgb2lab(photos[0])
    lab[..., 1:] = 0
    gray = skimage.color.lab2rgb(lab).astype("float32")
    of_gray, of_color = colorizer.colorize_batch([gray, photos[0] / np.float32(255)])
    assert np.abs(of_gray - of_color).mean() < 2 / 255


@pytest.mark.slow
def test_it_is_loaded_the_same_each_time():
    first, second = load_model("colorkit_base"), load_model("colorkit_base")
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_no_seams_show_where_the_coarsest_cells_meet(photos):
    """Colour changes there, each 8 of the classified places, hardly more than elsewhere."""
    model = load_model("colorkit_base")
    coarse = keras.Model(model.input, model.get_layer("annealed_mean").output)
    at_seams, elsewhere = [], []
    for photo in photos:
        height, width = (length // 32 * 32 for length in photo.shape[:2])
        lab = skimage.color.rgb2lab(photo[:height, :width]).astype("float32")
        ab = keras.ops.convert_to_numpy(coarse(lab[None, ..., :1])[0])
        for axis in (0, 1):
            steps = np.linalg.norm(np.diff(ab, axis=axis), axis=-1).mean(axis=1 - axis)
            is_seam = np.arange(1, len(steps) + 1) % 8 == 0
            at_seams.append(steps[is_seam].mean())
            elsewhere.append(steps[~is_seam].mean())
    assert sum(at_seams) < 1.2 * sum(elsewhere)

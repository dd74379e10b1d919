"""Exports that take whole pictures and colour them as `Colorizer` does."""

import numpy as np
import pytest
import skimage.data
from exported_models import PICTURE_FORMATS, classifying_model, export_path, load, small_model
from hypothesis import example, given, settings
from hypothesis import strategies as st

from colorkit.export.exporter import export_model
from colorkit.inference.colorizer import Colorizer

pytestmark = pytest.mark.usefixtures("two_verified_photos")

LEVEL = 1 / 255


@pytest.fixture(scope="module")
def model():
    return small_model()


@pytest.fixture(scope="module")
def keras_colorizer(model):
    return Colorizer(model, precision="float32")


@pytest.fixture(scope="module")
def pictures(model, tmp_path_factory):
    """Functions from pictures to coloured ones, one a format."""
    folder = tmp_path_factory.mktemp("pictures")
    runs = {}
    for file_format in PICTURE_FORMATS:
        export = export_model(model, export_path(folder, file_format), file_format, "picture")
        assert export.max_difference <= LEVEL
        run, _ = load(export, file_format)
        runs[file_format] = lambda batch, run=run: run(batch)["colored"]
    return runs


@pytest.mark.slow
@pytest.mark.parametrize("file_format", PICTURE_FORMATS)
@settings(max_examples=4)
@given(height=st.integers(1, 400), width=st.integers(1, 400), channels=st.sampled_from((1, 3)))
@example(height=1, width=1, channels=3)
@example(height=2, width=300, channels=1)
@example(height=901, width=30, channels=3)
@example(height=193, width=257, channels=3)
@example(height=203, width=190, channels=1)
def test_pictures_of_any_size_are_coloured_as_by_colorizer(
    keras_colorizer, pictures, file_format, height, width, channels
):
    """Within 1 level; 2 at single pixels of colours that sRGB does not hold, near its black."""
    coffee = skimage.data.coffee()
    rows = np.arange(height) * 7 % 400 if height > 400 else slice(0, height)
    photo = coffee[rows][:, :width][..., :channels]
    colored = pictures[file_format](photo[None])
    assert colored.dtype == np.uint8 and colored.shape == (1, height, width, 3)
    difference = np.abs(colored[0].astype(int) - keras_colorizer.colorize(photo))
    assert difference.max() <= 2 and np.mean(difference > 1) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("file_format", PICTURE_FORMATS)
def test_a_batch_is_coloured_as_one_by_one(pictures, file_format):
    photos = np.stack([skimage.data.coffee()[:200, :300], skimage.data.astronaut()[:200, :300]])
    together = pictures[file_format](photos)
    for photo, colored in zip(photos, together, strict=True):
        alone = pictures[file_format](photo[None])[0]
        assert np.abs(colored.astype(int) - alone).max() <= 1
        assert colored.std(axis=-1).mean() > 5, "colours must be strong for this to tell"


@pytest.mark.slow
def test_a_picture_is_exported_in_the_style_asked(tmp_path):
    model = classifying_model()
    photo = skimage.data.coffee()
    export = export_model(model, tmp_path / "vivid", "saved_model", "picture", style="vivid")
    run, _ = load(export, "saved_model")
    expected, own = (
        Colorizer(model, style=style, precision="float32").colorize(photo).astype(int)
        for style in ("vivid", None)
    )
    assert np.abs(run(photo[None])["colored"][0] - expected).max() <= 1
    assert np.abs(own - expected).mean() > 1


@pytest.mark.slow
def test_pictures_by_a_model_of_one_size_and_of_rgb(tmp_path):
    fixed = small_model((64, 96), output="rgb")
    export = export_model(fixed, tmp_path / "fixed", "saved_model", "picture")
    assert export.max_difference <= LEVEL
    assert export.metadata["image_size"] == [64, 96]

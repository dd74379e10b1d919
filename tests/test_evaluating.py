import functools
import json
import threading
import weakref

import keras
import numpy as np
import pytest
import skimage.data
import skimage.io
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab
from skimage.metrics import peak_signal_noise_ratio

from colorkit import evaluating
from colorkit.architectures.layers import ScaleLightness
from colorkit.color_bins import AB_BINS
from colorkit.colorizing import Colorizer
from colorkit.evaluating import evaluate_model
from colorkit.photo import PhotoError
from colorkit.photo_source import split_photos

PRIOR = np.linspace(1.0, 3.0, len(AB_BINS)) / (2.0 * len(AB_BINS))
SIZES = [(40, 40), (31, 48), (1, 5), (24, 17), (40, 40)]


class Source:
    """Crops of a photograph in the given sizes; those in `bad` cannot be read."""

    def __init__(self, sizes=SIZES, bad=()):
        astronaut = skimage.data.astronaut()
        self.photos = [astronaut[30 * i :, 60 * i :][:h, :w] for i, (h, w) in enumerate(sizes)]
        self.names = [f"photo-{i}.jpg" for i in range(len(sizes))]
        self.bad = bad

    def __len__(self):
        return len(self.names)

    def read(self, index):
        if index in self.bad:
            raise PhotoError(f"{self.names[index]} is truncated")
        return self.photos[index].copy()


class FakeColorizer:
    """Answers with `change(photo)` and remembers the sizes of its batches."""

    def __init__(self, change):
        self.change = change
        self.batch_sizes = []

    def colorize_batch(self, images):
        self.batch_sizes.append(len(images))
        return [self.change(image) for image in images]


def tint_by_lightness():
    """A network of three numbers: bluish shadows, yellowish lights."""
    tint = keras.layers.Conv2D(2, 1)
    network = keras.Sequential([keras.Input((None, None, 1)), ScaleLightness(0.01, 1), tint])
    tint.set_weights([np.float32([[[[0.1, 0.6]]]]), np.float32([-0.05, -0.3])])
    return network


def tinted(photo):
    return np.clip(np.int16(photo) + [20, -5, 3], 0, 255).astype("uint8")


def auc(photo, picture, weights):
    """Zhang, Isola, Efros 2016, 3.1: a cumulative curve over thresholds, then its area."""
    error = np.sqrt(((rgb2lab(photo) - rgb2lab(picture))[..., 1:] ** 2).sum(-1))
    curve = [(weights * (error <= threshold)).sum() / weights.sum() for threshold in range(151)]
    return 100 * np.mean(np.add(curve[1:], curve[:-1]) / 2)


def class_weights(photo):
    distance = ((rgb2lab(photo)[..., None, 1:] - AB_BINS) ** 2).sum(-1)
    return 1 / (len(PRIOR) * PRIOR[distance.argmin(-1)])


def test_figures_of_each_photo_equal_independent_ones():
    source = Source()
    evaluation = evaluate_model(FakeColorizer(tinted), source, class_prior=PRIOR)
    assert [photo.name for photo in evaluation.photos] == source.names
    for photo, measured in zip(source.photos, evaluation.photos, strict=True):
        assert (measured.height, measured.width) == photo.shape[:2]
        candidates = {"model": tinted(photo), "gray": evaluating.gray_picture(photo)}
        weights = class_weights(photo)
        assert measured.class_weight == pytest.approx(weights.mean(), rel=1e-3)
        for who, picture in candidates.items():
            expected = {
                "psnr": peak_signal_noise_ratio(photo, picture),
                "auc": auc(photo, picture, np.ones(photo.shape[:2])),
                "auc_rebalanced": auc(photo, picture, weights),
            }
            for figure, value in expected.items():
                assert measured.figures[who][figure] == pytest.approx(value, abs=0.2), (who, figure)
        assert measured.figures["gray"]["colorfulness"] == pytest.approx(0, abs=0.5)
        assert measured.figures["truth"].keys() == {"colorfulness"}


def test_means_give_each_photo_the_same_say():
    evaluation = evaluate_model(FakeColorizer(tinted), Source(), class_prior=PRIOR)
    means = evaluation.means()
    for who in ("model", "gray"):
        for figure in ("psnr", "auc", "colorfulness"):
            of_photos = [photo.figures[who][figure] for photo in evaluation.photos]
            assert means[who][figure] == pytest.approx(sum(of_photos) / len(of_photos))
    assert means["truth"]["colorfulness"] > 5


def test_rebalanced_mean_is_that_of_all_pixels_in_one_picture():
    source = Source(sizes=[(20, 30)] * 4)
    evaluation = evaluate_model(FakeColorizer(tinted), source, class_prior=PRIOR)
    together = np.concatenate(source.photos)
    expected = auc(together, tinted(together), class_weights(together))
    assert evaluation.means()["model"]["auc_rebalanced"] == pytest.approx(expected, abs=0.02)


def test_perfect_model():
    evaluation = evaluate_model(FakeColorizer(np.copy), Source(), class_prior=PRIOR)
    means = evaluation.means()
    assert means["model"]["psnr"] == pytest.approx(100)
    assert means["model"]["auc"] == pytest.approx(100, abs=1e-3)
    assert means["model"]["auc_rebalanced"] == pytest.approx(100, abs=1e-3)
    assert means["model"]["colorfulness"] == means["truth"]["colorfulness"]
    assert means["gray"]["auc"] < 95


def test_gray_model_equals_the_baseline():
    evaluation = evaluate_model(FakeColorizer(evaluating.gray_picture), Source(), class_prior=PRIOR)
    assert evaluation.means()["model"] == evaluation.means()["gray"]
    assert all(row[3] in ("+0.00", "-0.00") for row in evaluation.rows())


def test_colour_of_the_photo_does_not_reach_the_model():
    colorizer = Colorizer(tint_by_lightness(), size=32, precision="float32")
    of_gray_input = FakeColorizer(
        lambda photo: colorizer.colorize(evaluating.gray_picture(photo)[..., 0])
    )
    source = Source([(40, 40), (31, 48)])
    told_colour, told_gray = (
        evaluate_model(each, source, class_prior=PRIOR).means()["model"]
        for each in (colorizer, of_gray_input)
    )
    assert told_colour == pytest.approx(told_gray, abs=0.3)
    assert told_colour["colorfulness"] > 10


def test_gray_picture_keeps_lightness_and_has_no_colour():
    photo = skimage.data.chelsea()[:60, :60]
    gray = evaluating.gray_picture(photo)
    assert gray.dtype == "uint8"
    np.testing.assert_array_equal(gray, gray[..., :1].repeat(3, axis=-1))
    np.testing.assert_allclose(rgb2lab(gray)[..., 0], rgb2lab(photo)[..., 0], atol=0.25)


@functools.cache
def evaluation_of_all():
    return evaluate_model(FakeColorizer(tinted), Source(), class_prior=PRIOR).photos


@given(st.integers(1, 7), st.none() | st.integers(1, 6), st.sets(st.integers(0, 4), max_size=3))
@settings(max_examples=5, deadline=None)
def test_batch_size_and_bad_photos_change_no_figure(batch_size, limit, bad):
    good = [photo for i, photo in enumerate(evaluation_of_all()[:limit]) if i not in bad]
    colorizer, source = FakeColorizer(tinted), Source(bad=bad)
    if not good:
        with pytest.raises(ValueError, match="at least one readable photograph"):
            evaluate_model(colorizer, source, limit=limit, class_prior=PRIOR)
        return
    part = evaluate_model(colorizer, source, limit=limit, batch_size=batch_size, class_prior=PRIOR)
    names = source.names[:limit]
    assert list(part.photos) == good
    assert list(part.unreadable) == [name for i, name in enumerate(names) if i in bad]
    assert sum(colorizer.batch_sizes) == len(good)
    assert all(size == batch_size for size in colorizer.batch_sizes[:-1])


def test_unreadable_photos_are_listed_with_their_reason():
    evaluation = evaluate_model(FakeColorizer(tinted), Source(bad=[3]), class_prior=PRIOR)
    assert evaluation.unreadable == {"photo-3.jpg": "photo-3.jpg is truncated"}
    assert len(evaluation.photos) == 4


def test_no_photo_is_an_error_that_says_how_many_were_bad():
    with pytest.raises(ValueError, match="Received: 2 photographs, 2 unreadable"):
        evaluate_model(FakeColorizer(tinted), Source(SIZES[:2], bad=[0, 1]), class_prior=PRIOR)
    with pytest.raises(ValueError, match="Received: 0 photographs"):
        evaluate_model(FakeColorizer(tinted), Source([]), class_prior=PRIOR)


@pytest.mark.parametrize("change", [lambda photo: photo[:1], lambda photo: photo / 255])
def test_pictures_of_another_shape_or_dtype_are_refused(change):
    with pytest.raises(ValueError, match=r"uint8 of shape \(40, 40, 3\) for photo-0.jpg. Received"):
        evaluate_model(FakeColorizer(change), Source(), class_prior=PRIOR)


def test_splits_are_those_of_training():
    source = Source([(2, 2)] * 20)
    parts = {
        split: [
            photo.name
            for photo in evaluate_model(
                FakeColorizer(tinted), source, split=split, split_seed=3
            ).photos
        ]
        for split in ("train", "validation", "test")
    }
    for split, rows in split_photos(source.names, seed=3).items():
        assert parts[split] == [source.names[row] for row in rows]
    with pytest.raises(ValueError, match="train, validation, test, or None.*Received: 'dev'"):
        evaluate_model(FakeColorizer(tinted), source, split="dev")


def test_photos_may_be_a_folder_or_an_array(tmp_path):
    photos = np.stack([skimage.data.chelsea()[:20, :30], skimage.data.chelsea()[60:80, :30]])
    for number, photo in enumerate(photos):
        skimage.io.imsave(tmp_path / f"{number}.png", photo, check_contrast=False)
    (tmp_path / "broken.jpg").write_bytes(b"no photograph")
    from_array = evaluate_model(FakeColorizer(tinted), photos)
    from_folder = evaluate_model(FakeColorizer(tinted), tmp_path)
    assert [photo.name for photo in from_folder.photos] == ["0.png", "1.png"]
    assert from_folder.means() == from_array.means()
    assert list(from_folder.unreadable) == ["broken.jpg"]


def test_progress_is_told():
    told = []
    evaluate_model(
        FakeColorizer(tinted),
        Source(bad=[4]),
        batch_size=2,
        class_prior=PRIOR,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_reading_goes_on_while_the_network_runs():
    class WatchedSource(Source):
        def __init__(self):
            super().__init__([(4, 4)] * 6)
            self.readers = set()
            self.third_is_read = threading.Event()

        def read(self, index):
            self.readers.add(threading.current_thread())
            if index == 2:
                self.third_is_read.set()
            return super().read(index)

    source = WatchedSource()

    def wait_for_the_next_batch(photo):
        assert source.third_is_read.wait(timeout=20)
        return photo

    evaluate_model(FakeColorizer(wait_for_the_next_batch), source, batch_size=2, class_prior=PRIOR)
    assert threading.current_thread() not in source.readers


def test_memory_does_not_grow_with_the_number_of_photos():
    alive = weakref.WeakSet()
    most = 0

    class Pixels(np.ndarray):  # can be hashed, which a plain array cannot
        __hash__ = object.__hash__

        def __eq__(self, other):
            return self is other

    class CountingSource(Source):
        def read(self, index):
            nonlocal most
            photo = super().read(index).view(Pixels)
            alive.add(photo)
            most = max(most, len(alive))
            return photo

    source = CountingSource([(3, 4)] * 16)
    evaluate_model(
        FakeColorizer(lambda photo: np.array(photo)), source, batch_size=2, class_prior=PRIOR
    )
    assert 2 <= most <= 9


def test_json_holds_everything():
    evaluation = evaluate_model(
        FakeColorizer(tinted), Source(bad=[1]), class_prior=PRIOR, model_name="tint"
    )
    told = json.loads(evaluation.to_json())
    assert told["model"] == "tint"
    assert told["photo_count"] == len(told["photos"]) == 4
    assert told["unreadable_count"] == 1
    assert told["unreadable"] == evaluation.unreadable
    assert told["figure_titles"] == evaluating.FIGURES
    assert told["means"] == evaluation.means()
    assert told["photos"][0]["figures"] == evaluation.photos[0].figures


def test_rows_are_a_table_of_text():
    evaluation = evaluate_model(FakeColorizer(tinted), Source(), class_prior=PRIOR)
    means = evaluation.means()
    rows = evaluation.rows()
    assert all(len(row) == len(evaluating.TABLE_COLUMNS) for row in rows)
    assert [row[0] for row in rows] == list(evaluating.FIGURES.values())
    psnr = rows[0]
    assert psnr[1] == f"{means['model']['psnr']:.2f}"
    assert float(psnr[3]) == pytest.approx(float(psnr[1]) - float(psnr[2]), abs=0.011)
    assert rows[-1][4] == f"{means['truth']['colorfulness']:.2f}"

import functools
import threading
import weakref

import keras
import numpy as np
import pytest
import skimage.data
import skimage.io
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from colorkit.architectures.layers import ScaleLightness
from colorkit.color_bins import AB_BINS
from colorkit.colorizing import Colorizer
from colorkit.evaluating import evaluate_model, evaluate_models
from colorkit.evaluation.baselines import constant_color_picture, gray_picture, mean_color
from colorkit.evaluation.protocols import PROTOCOLS, prepare_photo
from colorkit.feeding.photo_source import split_photos
from colorkit.files.photo import PhotoError

PRIOR = np.linspace(1.0, 3.0, len(AB_BINS)) / (2.0 * len(AB_BINS))
SIZES = [(40, 40), (31, 48), (11, 15), (24, 17), (40, 40)]


class Source:
    """Crops of a photograph in the given sizes; those in `bad` cannot be read."""

    def __init__(self, sizes=SIZES, bad=()):
        astronaut = skimage.data.astronaut()
        self.photos = [
            astronaut[30 * i % 210 :, 60 * i % 420 :][:h, :w] for i, (h, w) in enumerate(sizes)
        ]
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


def colorfulness(rgb, change=lambda opponent: opponent):
    """Hasler, Suesstrunk 2003, M(3)."""
    red, green, blue = np.float64(rgb).reshape(-1, 3).T
    rg, yb = change(red - green), change((red + green) / 2 - blue)
    return np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean())


def test_figures_of_each_photo_equal_independent_ones():
    source = Source()
    evaluation = evaluate_model(FakeColorizer(tinted), source, class_prior=PRIOR)
    assert [photo.name for photo in evaluation.photos] == source.names
    for photo, measured in zip(source.photos, evaluation.photos, strict=True):
        assert (measured.height, measured.width) == photo.shape[:2]
        candidates = {
            "model": tinted(photo),
            "gray": gray_picture(photo),
            "mean_color": constant_color_picture(photo, mean_color(PRIOR)),
        }
        weights = class_weights(photo)
        assert measured.class_weight == pytest.approx(weights.mean(), rel=1e-3)
        assert set(measured.figures) == {*candidates, "truth"}
        for who, picture in candidates.items():
            excess = colorfulness(picture) - colorfulness(photo)
            expected = {
                "psnr": peak_signal_noise_ratio(photo, picture),
                "ssim": structural_similarity(
                    photo,
                    picture,
                    channel_axis=-1,
                    gaussian_weights=True,
                    use_sample_covariance=False,
                ),
                "ciede2000": deltaE_ciede2000(rgb2lab(photo), rgb2lab(picture)).mean(),
                "auc": auc(photo, picture, np.ones(photo.shape[:2])),
                "auc_rebalanced": auc(photo, picture, weights),
                "colorfulness": colorfulness(picture),
                "colorfulness_bias": excess,
                "colorfulness_error": abs(excess),
                "cf": colorfulness(picture, np.abs),
                "cf_bias": colorfulness(picture, np.abs) - colorfulness(photo, np.abs),
            }
            assert set(measured.figures[who]) == set(expected)
            for figure, value in expected.items():
                tolerance = {"ssim": 1e-3, "ciede2000": 0.02}.get(figure, 0.2)
                found = measured.figures[who][figure]
                assert found == pytest.approx(value, abs=tolerance), (who, figure)
        assert measured.figures["truth"] == pytest.approx(
            {"colorfulness": colorfulness(photo), "cf": colorfulness(photo, np.abs)}, abs=1e-3
        )


def test_means_give_each_photo_the_same_say():
    evaluation = evaluate_model(FakeColorizer(tinted), Source(), class_prior=PRIOR)
    means = evaluation.means()
    for who in ("model", "gray"):
        for figure in ("psnr", "auc", "colorfulness"):
            of_photos = [photo.figures[who][figure] for photo in evaluation.photos]
            assert means[who][figure] == pytest.approx(sum(of_photos) / len(of_photos))
    truth, tint = means["truth"]["colorfulness"], means["model"]["colorfulness"]
    assert truth > 5
    assert means["model"]["colorfulness_bias"] == pytest.approx(tint - truth, abs=1e-4)
    excesses = [photo.figures["model"]["colorfulness_bias"] for photo in evaluation.photos]
    assert means["model"]["colorfulness_error"] == pytest.approx(np.mean(np.abs(excesses)))


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
    evaluation = evaluate_model(FakeColorizer(gray_picture), Source(), class_prior=PRIOR)
    assert evaluation.means()["model"] == evaluation.means()["gray"]
    gains = [row[1].split(" ")[1] for row in evaluation.rows() if "(" in row[1]]
    assert len(gains) == 6 and {float(gain.strip("()")) for gain in gains} == {0.0}


def test_colour_of_the_photo_does_not_reach_the_model():
    colorizer = Colorizer(tint_by_lightness(), size=32, precision="float32")
    of_gray_input = FakeColorizer(lambda photo: colorizer.colorize(gray_picture(photo)[..., 0]))
    source = Source([(40, 40), (31, 48)])
    told_colour, told_gray = (
        evaluate_model(each, source, class_prior=PRIOR).means()["model"]
        for each in (colorizer, of_gray_input)
    )
    assert told_colour == pytest.approx(told_gray, abs=0.3)
    assert told_colour["colorfulness"] > 10


def test_gray_picture_keeps_lightness_and_has_no_colour():
    photo = skimage.data.chelsea()[:60, :60]
    gray = gray_picture(photo)
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
    source = Source([(11, 11)] * 20)
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
            super().__init__([(12, 12)] * 6)
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

    source = CountingSource([(13, 14)] * 24)
    evaluate_model(
        FakeColorizer(lambda photo: np.array(photo)), source, batch_size=2, class_prior=PRIOR
    )
    assert 2 <= most <= 9


def test_photos_too_small_for_a_window_are_left_out():
    source = Source([(40, 40), (10, 60)])
    evaluation = evaluate_model(FakeColorizer(tinted), source, class_prior=PRIOR)
    assert [photo.name for photo in evaluation.photos] == ["photo-0.jpg"]
    assert "SSIM needs 11 x 11" in evaluation.unreadable["photo-1.jpg"]
    assert "Received: 10 x 60" in evaluation.unreadable["photo-1.jpg"]
    enlarged = evaluate_model(FakeColorizer(tinted), source, protocol="resize256")
    assert len(enlarged.photos) == 2


@pytest.mark.parametrize("name", PROTOCOLS)
def test_models_and_figures_see_what_the_protocol_makes(name):
    seen, source = [], Source([(300, 280), (31, 48)])
    model = FakeColorizer(lambda photo: seen.append(photo) or tinted(photo))
    evaluation = evaluate_model(model, source, protocol=name, class_prior=PRIOR)
    for photo, shown, measured in zip(source.photos, seen, evaluation.photos, strict=True):
        expected = prepare_photo(photo, PROTOCOLS[name])
        np.testing.assert_array_equal(shown, expected)
        assert (measured.height, measured.width) == expected.shape[:2]
        value = peak_signal_noise_ratio(expected, tinted(expected))
        assert measured.figures["model"]["psnr"] == pytest.approx(value, abs=0.01)
    assert evaluation.settings["protocol"] == name


def test_several_models_are_told_apart_and_each_photo_is_read_once():
    reads = []

    class CountedSource(Source):
        def read(self, index):
            reads.append(index)
            return super().read(index)

    models = {"tint": FakeColorizer(tinted), "perfect": FakeColorizer(np.copy)}
    both = evaluate_models(models, CountedSource(), class_prior=PRIOR)
    assert reads == [0, 1, 2, 3, 4]
    assert both.model_names == ("tint", "perfect")
    alone = evaluate_model(FakeColorizer(tinted), Source(), class_prior=PRIOR).means()
    means = both.means()
    assert means["tint"] == alone["model"]
    assert means["perfect"]["psnr"] == pytest.approx(100)
    for who in ("gray", "mean_color", "truth"):
        assert means[who] == alone[who]


@pytest.mark.parametrize("models", [{}, {"gray": 0}, {"truth": 0, "mine": 1}])
def test_names_of_models_must_not_be_taken(models):
    with pytest.raises(ValueError, match="`models` must be a dict of at least one model.*Received"):
        evaluate_models(models, Source())


def test_unknown_protocol_and_ranking():
    with pytest.raises(ValueError, match="native, resize256, crop256. Received: 'val5k'"):
        evaluate_model(FakeColorizer(tinted), Source(), protocol="val5k")
    with pytest.raises(ValueError, match="`rank_by` must be one of psnr, .*Received: 'cf'"):
        evaluate_model(FakeColorizer(tinted), Source(), examples=1, rank_by="cf")
    with pytest.raises(ValueError, match="lpips is skipped: not asked for. Received: 'lpips'"):
        evaluate_model(
            FakeColorizer(tinted), Source(), examples=1, rank_by="lpips", perceptual=False
        )


def test_settings_and_versions_are_noted():
    evaluation = evaluate_model(
        FakeColorizer(tinted), Source(), limit=2, split="train", settings={"size": 7}
    )
    noted = {"protocol": "native", "split": "train", "limit": 2, "split_seed": 0, "size": 7}
    assert {name: evaluation.settings[name] for name in noted} == noted
    assert evaluation.versions["keras"] == keras.version()
    assert keras.backend.backend() in evaluation.versions


def test_chroma_histograms_are_mean_shares_of_pixels():
    source = Source()
    evaluation = evaluate_model(FakeColorizer(tinted), source, class_prior=PRIOR)
    for who, change in (("truth", np.copy), ("model", tinted)):
        shares = [
            np.histogram(np.hypot(*rgb2lab(change(photo))[..., 1:].T), np.arange(0, 136, 2))[0]
            / photo[..., 0].size
            for photo in source.photos
        ]
        np.testing.assert_allclose(evaluation.chroma[who], np.mean(shares, axis=0), atol=2e-3)
        assert evaluation.chroma[who].sum() == pytest.approx(1)

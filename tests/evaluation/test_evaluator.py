"""Which photographs an evaluation sees, how, and what it tells of them."""

import functools
import json
import threading
import weakref

import cv2
import keras
import numpy as np
import pytest
import skimage.data
import skimage.io
from drawn_photos import draw_photo, save_photo
from evaluated_photos import PRIOR, SIZES, FakeColorizer, Source, tinted
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from colorkit.data.split import split_photos
from colorkit.evaluation.evaluator import evaluate_model, evaluate_models
from colorkit.evaluation.protocols import PROTOCOLS, prepare_photo


@functools.cache
def evaluation_of_all():
    return evaluate_model(FakeColorizer(tinted), Source(), class_prior=PRIOR).photos


@pytest.mark.slow
@given(st.integers(1, 7), st.none() | st.integers(1, 6), st.sets(st.integers(0, 4), max_size=3))
@settings(max_examples=5, deadline=None)
def test_batch_size_and_bad_photos_change_no_metric(batch_size, limit, bad):
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
    assert max(colorizer.batch_sizes) <= batch_size


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
    photos = np.stack([draw_photo(number) for number in range(2)])
    for number, photo in enumerate(photos):
        skimage.io.imsave(tmp_path / f"{number}.png", photo, check_contrast=False)
    (tmp_path / "broken.jpg").write_bytes(b"no photograph")
    from_array = evaluate_model(FakeColorizer(tinted), photos)
    from_folder = evaluate_model(FakeColorizer(tinted), tmp_path)
    assert [photo.name for photo in from_folder.photos] == ["0.png", "1.png"]
    assert from_folder.means() == from_array.means()
    assert list(from_folder.unreadable) == ["broken.jpg"]


def test_gray_photographs_are_no_truth(tmp_path):
    """Gray copies in a folder of another name, and one that is toned."""
    for number in range(4):
        photo = draw_photo(number)
        gray = np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=-1)
        save_photo(tmp_path / f"{number}.png", photo)
        save_photo(tmp_path / "copies" / f"{number}.jpg", gray, quality=90)
    save_photo(tmp_path / "sepia.png", np.uint8(gray * [1.0, 0.8, 0.6]))
    told = []
    evaluation = evaluate_model(
        FakeColorizer(tinted),
        tmp_path,
        perceptual=False,
        on_survey=lambda *each: told.append(each),
    )
    assert [photo.name for photo in evaluation.photos] == [f"{n}.png" for n in range(4)]
    assert evaluation.gray == (*(f"copies/{n}.jpg" for n in range(4)), "sepia.png")
    assert told == [(9, 9)]
    assert "Photographs left out as gray or toned: 5." in evaluation.notes()
    record = json.loads(evaluation.to_json())
    assert record["gray_count"] == 5 and record["gray"] == list(evaluation.gray)
    few = evaluate_model(FakeColorizer(tinted), tmp_path, perceptual=False, limit=2)
    assert [photo.name for photo in few.photos] == ["0.png", "1.png"]


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


def test_reading_continues_while_the_model_runs():
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
def test_models_and_metrics_see_what_the_protocol_makes(name):
    seen, source = [], Source([(300, 280), (31, 48)])
    model = FakeColorizer(lambda photo: seen.append(photo) or tinted(photo))
    evaluation = evaluate_model(model, source, protocol=name, class_prior=PRIOR)
    for photo, shown, measured in zip(source.photos, seen, evaluation.photos, strict=True):
        expected = prepare_photo(photo, PROTOCOLS[name])
        np.testing.assert_array_equal(shown, expected)
        assert (measured.height, measured.width) == expected.shape[:2]
        value = peak_signal_noise_ratio(expected, tinted(expected))
        assert measured.metrics["model"]["psnr"] == pytest.approx(value, abs=0.01)
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

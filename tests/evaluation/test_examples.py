import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorkit.evaluation.examples import THUMBNAIL_SIDE, ExampleKeeper
from colorkit.evaluation.result import PhotoEvaluation


def photo(number, **gains):
    metrics = {who: {"psnr": 20 + gain, "ciede2000": gain} for who, gain in gains.items()}
    metrics["gray"] = {"psnr": 20.0, "ciede2000": 0.0}
    return PhotoEvaluation(f"{number}", 20, 30, 1.0, metrics)


def pictures(*names, shape=(20, 30)):
    return {who: np.full((*shape, 3), 90, "uint8") for who in (*names, "gray", "truth")}


@given(st.lists(st.integers(-5, 5), max_size=30), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_keeps_the_best_and_worst_of_all(gains, number):
    keeper = ExampleKeeper(["mine"], "psnr", number)
    for n, gain in enumerate(gains):
        keeper.offer(photo(n, mine=gain), pictures("mine"))
    kept = keeper.examples()
    ranked = sorted(range(len(gains)), key=lambda n: (-gains[n], n))  # earlier first among equals
    assert [int(example.name) for example in kept.best["mine"]] == ranked[:number]
    ranked = sorted(range(len(gains)), key=lambda n: (gains[n], n))
    assert [int(example.name) for example in kept.worst["mine"]] == ranked[:number]


def test_less_is_better_for_differences():
    keeper = ExampleKeeper(["mine"], "ciede2000", 1)
    for n, difference in enumerate([3, -4, 5]):
        keeper.offer(photo(n, mine=difference), pictures("mine"))
    kept = keeper.examples()
    assert [(each.name, each.gain) for each in kept.best["mine"]] == [("1", 4)]
    assert [(each.name, each.gain) for each in kept.worst["mine"]] == [("2", -5)]


def test_each_model_has_its_own_and_shows_all():
    keeper = ExampleKeeper(["a", "b"], "psnr", 1)
    keeper.offer(photo(0, a=1, b=5), pictures("a", "b"))
    keeper.offer(photo(1, a=2, b=3), pictures("a", "b"))
    kept = keeper.examples()
    assert (kept.best["a"][0].name, kept.best["b"][0].name) == ("1", "0")
    assert list(kept.best["a"][0].pictures) == ["gray", "a", "b", "truth"]


def test_pictures_are_small_jpegs():
    keeper = ExampleKeeper(["a"], "psnr", 1)
    keeper.offer(photo(0, a=1), pictures("a", shape=(600, 900)))
    image = Image.open(io.BytesIO(keeper.examples().best["a"][0].pictures["truth"]))
    assert image.format == "JPEG" and max(image.size) == THUMBNAIL_SIDE
    assert image.size[0] / image.size[1] == pytest.approx(1.5, abs=0.01)

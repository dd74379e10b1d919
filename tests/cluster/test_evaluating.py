"""An evaluation on a cluster of three nodes: the figures that one machine finds."""

import numpy as np
import pytest

pytest.importorskip("ray", reason="clusters need Ray: pip install 'colorkit-keras[ray]'")

from drawn_photos import draw_photo, save_photo
from evaluated_photos import FakeColorizer, tinted

from colorkit.cluster import evaluate_on_cluster
from colorkit.evaluation.evaluator import evaluate_models
from colorkit.inference.colorizer import Colorizer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for number in range(21):
        save_photo(folder / f"{number:02}.png", draw_photo(number, 24 + number % 3, 32))
    gray = draw_photo(30, 24, 32).mean(axis=-1, keepdims=True)
    save_photo(folder / "gray.png", np.repeat(gray, 3, axis=-1).astype("uint8"))
    (folder / "05a.jpg").write_bytes(b"no photograph")
    return folder


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("options", [{"examples": 3}, {"split": "train", "limit": 9}])
def test_figures_are_those_of_one_machine(cluster, photos, workers, options):
    models = {"tinted": FakeColorizer(tinted), "gray photo": FakeColorizer(np.array)}
    options = {"perceptual": False, "batch_size": 4, **options}
    one = evaluate_models(models, photos, **options)
    many = evaluate_on_cluster(models, photos, workers=workers, **options)
    assert many.to_json() == one.to_json()
    assert many.to_csv() == one.to_csv()
    assert many.examples == one.examples
    assert many.gray == one.gray == ("gray.png",)


def test_the_shipped_model_has_the_same_figures(cluster, photos):
    models = {"colorkit_base": Colorizer(size=64)}
    one = evaluate_models(models, photos, perceptual=False, limit=10).means()
    many = evaluate_on_cluster(models, photos, perceptual=False, limit=10).means()
    assert many.keys() == one.keys()
    for name, means in one.items():
        assert many[name] == pytest.approx(means, rel=1e-6)


def test_progress_is_told_and_errors_are_raised_as_they_were(cluster, photos):
    told = []
    model = {"model": FakeColorizer(tinted)}
    evaluate_on_cluster(
        model, photos, perceptual=False, on_progress=lambda *progress: told.append(progress)
    )
    assert told == [(8, 22), (16, 22), (22, 22)]
    with pytest.raises(ValueError, match="must return a picture as it was given"):
        evaluate_on_cluster({"model": FakeColorizer(lambda photo: photo[:4])}, photos)

"""The report's layout of pairs, read as pairs."""

import zipfile

import numpy as np
import pytest
from drawn_photos import draw_photo, save_photo
from PIL import Image

from colorkit.data.build import build_dataset
from colorkit.data.manifest import read_manifest
from colorkit.data.paired_folders import find_paired_folders, is_gray_half
from colorkit.data.source import PhotoSource


@pytest.fixture
def layout(tmp_path):
    """`dataset/bw_images` and `dataset/true_images` as the linked code writes them."""
    for number in range(3):
        color = tmp_path / "dataset" / "true_images" / f"{number}.jpg"
        gray = tmp_path / "dataset" / "bw_images" / f"{number}.jpg"
        for path in (color, gray):
            path.parent.mkdir(parents=True, exist_ok=True)
        save_photo(color, draw_photo(number))
        Image.open(color).convert("L").save(gray)
    return tmp_path / "dataset"


def test_names_in_any_depth():
    names = {
        "a/bw_images/1.jpg", "a/true_images/1.jpg", "a/bw_images/2.jpg", "a/true_images/deep/3.jpg",
        "b/bw_images/4.jpg", "bw_images.jpg", "c/bw_images", "true_images.jpg",
    }  # fmt: skip
    folders = find_paired_folders(names)
    assert folders == {"a"}
    gray = {name for name in names if is_gray_half(name, folders)}
    assert gray == {"a/bw_images/1.jpg", "a/bw_images/2.jpg"}
    assert find_paired_folders(["bw_images/1.jpg", "true_images/2.jpg"]) == {""}
    assert is_gray_half("bw_images/1.jpg", {""}) and not is_gray_half("true_images/1.jpg", {""})


@pytest.mark.parametrize(("gray", "color"), [("gray", "color"), ("Grey", "Colour"), ("bw", "rgb")])
def test_names_of_other_data_sets(gray, color):
    names = [f"set/{gray}/1.jpg", f"set/{color}/1.jpg", f"{gray}/2.jpg", "other/gray/3.jpg"]
    folders = find_paired_folders(names)
    assert [is_gray_half(name, folders) for name in names] == [True, False, False, False]


@pytest.mark.parametrize("above", [False, True])
def test_training_and_evaluation_read_the_colour_pictures(layout, above):
    source = PhotoSource(layout.parent if above else layout)
    prefix = "dataset/" if above else ""
    assert source.names == tuple(f"{prefix}true_images/{number}.jpg" for number in range(3))
    assert all(np.ptp(source.read(n).astype(int), axis=-1).max() > 20 for n in range(3))
    assert len(PhotoSource(layout / "bw_images")) == 3, "asked for by themselves"


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_data_set_is_built_of_the_colour_pictures(layout, tmp_path, kind):
    photos = layout
    if kind == "zip":  # as the linked code downloads it
        photos = tmp_path / "dataset.zip"
        with zipfile.ZipFile(photos, "w") as archive:
            for path in sorted(layout.rglob("*.jpg")):
                archive.write(path, path.relative_to(layout.parent))
    report = build_dataset(photos, tmp_path / "built", size=32, workers=1)
    assert (sum(report.kept.values()), sum(report.dropped.values())) == (3, 0)
    sources = [row["source"] for row in read_manifest(tmp_path / "built")]
    assert len(sources) == 3 and all("true_images/" in source for source in sources)

"""Photographs in, pairs in three splits out: complete, clean, the same every time."""

import hashlib
import itertools
import json
import re
import tarfile
import zipfile

import cv2
import numpy as np
import pytest
from drawn_dataset import DROPPED, GOOD, draw_photos, rows_of, tree
from drawn_photos import draw_photo, save_photo
from PIL import Image

from colorkit.choices import FITS
from colorkit.data.build import build_dataset
from colorkit.data.filters import make_thumbnail
from colorkit.data.near_duplicates import LARGEST_DISTANCE, hash_picture
from colorkit.data.resize_square import resize_to_square
from colorkit.data.source import PhotoSource

pytestmark = pytest.mark.usefixtures("quick_histogram")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return draw_photos(tmp_path_factory.mktemp("photos"))


@pytest.fixture(scope="module")
def built(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "dataset"
    return out, build_dataset(photos, out, size=32, workers=1)


def test_every_photograph_is_counted(built, photos):
    _, report = built
    assert report.dropped == DROPPED
    assert report.kept == {"train": 32, "validation": 4, "test": 4}
    assert report.photos == GOOD + sum(DROPPED.values())
    assert re.fullmatch(
        r"Kept 40 of 48 photographs in [\d.]+ s \([\d.]+ a second\)\. \S+manifest.csv lists .*",
        report.summary(),
    )


def test_pairs_are_the_photographs_and_their_gray_by_opencv(built, photos):
    out, _ = built
    kept = [row for row in rows_of(out) if row["split"]]
    assert len(kept) == GOOD
    for row in kept:
        color = np.asarray(Image.open(out / row["split"] / "color" / row["file"]))
        gray = np.asarray(Image.open(out / row["split"] / "gray" / row["file"]))
        assert color.shape == (32, 32, 3) and gray.shape == (32, 32)
        np.testing.assert_array_equal(gray, cv2.cvtColor(color, cv2.COLOR_RGB2GRAY))
        source = np.asarray(Image.open(photos / row["source"]).convert("RGB"))
        np.testing.assert_array_equal(color, resize_to_square(source, 32, "crop"))


def test_nothing_else_lies_in_the_folder(built):
    out, _ = built
    pictures = {
        f"{row['split']}/{kind}/{row['file']}"
        for row in rows_of(out)
        if row["split"]
        for kind in ("gray", "color")
    }
    others = {"manifest.csv", "colorkit-dataset.json", "contact_sheet.png", "ab_histogram.png"}
    assert set(tree(out)) == pictures | others
    assert not (out / ".building").exists()


def test_the_manifest_tells_all(built, photos):
    out, _ = built
    rows = rows_of(out)
    assert [row["source"] for row in rows] == sorted(row["source"] for row in rows)
    for row in rows:
        assert bool(row["split"]) != bool(row["drop_reason"])
        assert bool(row["split"]) == bool(row["file"])
        for kind in ("gray", "color"):
            if row["split"]:
                data = (out / row["split"] / kind / row["file"]).read_bytes()
                assert row[f"{kind}_sha256"] == hashlib.sha256(data).hexdigest()
        if row["drop_reason"] != "refused":
            data = (photos / row["source"]).read_bytes()
            assert row["source_sha256"] == hashlib.sha256(data).hexdigest()
        if row["drop_reason"] not in ("refused", "unreadable"):
            size = Image.open(photos / row["source"]).size
            assert (int(row["width"]), int(row["height"])) == size
    dropped = {row["source"]: (row["drop_reason"], row["detail"]) for row in rows if row["detail"]}
    assert dropped["2/small.png"] == ("too small", "50 x 31; at least 32 a side are taken")
    assert dropped["shard.tar/../008.webp"][1] == "its path leads out of the archive"
    assert dropped["3/gray.png"][1] == "its colours spread by 0.02; from 4 are taken"
    assert dropped["0/broken.jpg"][0] == dropped["1/cut.jpg"][0] == "unreadable"
    copies = {name: detail for name, (reason, detail) in dropped.items() if reason[0] == "n"}
    assert copies == {
        "a copy.jpg": "of 1/005.webp",
        "half.png": "of 2/006.png",
        "mirrored.png": "of 3/007.jpg",
    }


def test_the_description_vouches_for_the_manifest(built):
    out, report = built
    description = json.loads((out / "colorkit-dataset.json").read_text())
    manifest = (out / "manifest.csv").read_bytes()
    assert description["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
    assert description["counts"] == {"kept": report.kept, "dropped": report.dropped}
    assert description["settings"]["size"] == 32 and description["settings"]["fit"] == "crop"
    assert set(description["versions"]) >= {"colorkit", "numpy", "opencv", "ImageHash"}


def test_no_two_pairs_are_near_duplicates_in_whichever_split(built):
    out, _ = built
    pictures = [np.asarray(Image.open(path)) for path in sorted(out.glob("*/color/*.png"))]
    hashes = [hash_picture(make_thumbnail(picture)) for picture in pictures]
    for (first, mirrored), (second, _) in itertools.combinations(hashes, 2):
        assert (first ^ second).bit_count() > LARGEST_DISTANCE
        assert (mirrored ^ second).bit_count() > LARGEST_DISTANCE


def test_the_largest_of_near_duplicates_is_kept(tmp_path):
    for name, side in (("a", 40), ("b", 90), ("c", 60)):
        pixels = cv2.resize(draw_photo(0), (side, side), interpolation=cv2.INTER_AREA)
        save_photo(tmp_path / "photos" / f"{name}.png", pixels)
    build_dataset(tmp_path / "photos", tmp_path / "out", size=32)
    assert [row["detail"] for row in rows_of(tmp_path / "out")] == ["of b.png", "", "of b.png"]


def test_two_workers_give_the_same_bytes_as_one(built, photos, tmp_path):
    build_dataset(photos, tmp_path / "two", size=32, workers=2)
    assert tree(tmp_path / "two") == tree(built[0])


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_an_archive_gives_the_same_pairs_as_its_folder(kind, built, photos, tmp_path):
    path = tmp_path / f"photos.{kind}"
    files = sorted((path for path in photos.rglob("*") if path.is_file()), reverse=True)
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in files:
                archive.write(file, file.relative_to(photos))
    else:
        with tarfile.open(path, "w:gz" if kind == "tar.gz" else "w") as archive:
            for file in files:
                archive.add(file, file.relative_to(photos))
    report = build_dataset(path, tmp_path / "out", size=32)
    assert report.dropped == {**DROPPED, "refused": 0}, "an archive within is no photograph"
    pairs = {name: digest for name, digest in tree(built[0]).items() if "/" in name}
    assert {name: digest for name, digest in tree(tmp_path / "out").items() if "/" in name} == pairs


@pytest.mark.parametrize("fit", FITS)
def test_fits(fit, photos, tmp_path):
    build_dataset(photos, tmp_path / "out", size=24, fit=fit)
    row = next(row for row in rows_of(tmp_path / "out") if row["source"] == "0/000.png")
    color = np.asarray(Image.open(tmp_path / "out" / row["split"] / "color" / row["file"]))
    np.testing.assert_array_equal(color, resize_to_square(draw_photo(0), 24, fit))


def test_seed_and_shares_decide_the_split(photos, tmp_path):
    splits = []
    for seed, shares in ((0, (50, 25, 25)), (0, (50, 25, 25)), (1, (50, 25, 25)), (0, (100, 0, 0))):
        out = tmp_path / f"{len(splits)}"
        report = build_dataset(photos, out, size=32, split=shares, seed=seed)
        assert list(report.kept.values()) == [round(GOOD * share / 100) for share in shares]
        splits.append({row["source"]: row["split"] for row in rows_of(out)})
    assert splits[0] == splits[1] != splits[2]


def test_the_folders_of_the_source_can_be_its_splits(tmp_path):
    splits = ["train"] * 3 + ["validation"] * 2 + ["test"]
    for number, split in enumerate(splits):
        place = ("", "cats")[number % 2]
        save_photo(tmp_path / "source" / split / place / f"{number}.png", draw_photo(number))
    out = tmp_path / "out"
    report = build_dataset(tmp_path / "source", out, size=32, split="folders")
    assert report.kept == {"train": 3, "validation": 2, "test": 1}
    assert all(row["source"].split("/")[0] == row["split"] for row in rows_of(out))
    assert build_dataset(tmp_path / "source", out, size=32, split="folders").was_built
    save_photo(tmp_path / "source" / "else" / "9.png", draw_photo(9))
    with pytest.raises(ValueError, match="folder train, validation or test.*Received: else/9.png"):
        build_dataset(tmp_path / "source", tmp_path / "other", size=32, split="folders")
    assert not (tmp_path / "other").exists()


def test_a_name_that_stands_twice_in_a_tar_is_two_photographs(tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for number in range(2):
            path = save_photo(tmp_path / f"{number}.png", draw_photo(number))
            archive.add(path, "same.png")
    report = build_dataset(tmp_path / "x.tar", tmp_path / "out", size=32)
    assert report.kept["train"] == 2
    assert [row["source"] for row in rows_of(tmp_path / "out")] == ["same.png", "same.png"]


def test_small_photographs_are_enlarged_where_asked(tmp_path):
    save_photo(tmp_path / "photos" / "a.png", draw_photo(0))
    report = build_dataset(tmp_path / "photos", tmp_path / "out", size=100, min_side=48)
    assert report.kept["train"] == 1
    (picture,) = (tmp_path / "out").glob("train/color/a_*.png")
    assert Image.open(picture).size == (100, 100)


def test_progress_ends_at_its_total(photos, tmp_path):
    seen = {}
    build_dataset(
        photos,
        tmp_path / "out",
        size=16,
        on_progress=lambda stage, done, total: seen.setdefault(stage, []).append((done, total)),
    )
    assert list(seen) == ["Preparing photographs", "Placing pairs"]
    assert all(steps == sorted(steps) and steps[-1][0] == steps[-1][1] for steps in seen.values())


def test_the_contact_sheet_shows_pairs_of_each_split(built):
    sheet = np.asarray(Image.open(built[0] / "contact_sheet.png"))
    assert sheet.shape == (3 * (30 + 240 + 6) + 6, 10 * 126 + 6, 3)
    for row, pairs in enumerate((10, 4, 4)):
        for column in range(10):
            top, left = 276 * row + 30, 126 * column + 6
            pair = sheet[top : top + 240, left : left + 120]
            if column >= pairs:
                assert (pair == 255).all()
                continue
            gray, color = pair[:120], pair[120:]
            expected = cv2.cvtColor(color, cv2.COLOR_RGB2GRAY)[..., None].astype(int)
            assert np.abs(gray - expected).max() <= 2 and np.ptp(color, axis=-1).max() > 50


def test_the_data_set_is_a_source_of_its_colour_pictures(built):
    out, _ = built
    source = PhotoSource(out)
    assert len(source) == GOOD and all("/color/" in name for name in source.names)

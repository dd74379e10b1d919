"""Photographs in, pairs in three splits out: complete, clean, the same every time."""

import csv
import hashlib
import io
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import time
import zipfile

import cv2
import numpy as np
import pytest
from drawn_photos import draw_photo, save_photo
from PIL import Image

from colorkit.dataset import building, preparing
from colorkit.dataset.building import build_dataset
from colorkit.dataset.dataset_summary import count_ab, draw_ab_histogram
from colorkit.dataset.near_duplicates import LARGEST_DISTANCE, hash_picture
from colorkit.dataset.screening import make_thumbnail
from colorkit.dataset.squaring import FITS, square
from colorkit.feeding.photo_source import PhotoSource
from colorkit.files.photo import PhotoError

GOOD = 40


@pytest.fixture(scope="module", autouse=True)
def quick_histogram():
    """Drawing one takes longer than all the rest of a small data set."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "draw_ab_histogram", lambda path, *_: path.write_bytes(b"drawn"))
        yield


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Forty good photographs, and one or more of each kind that is dropped."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(GOOD):
        suffix = ("png", "jpg", "webp")[number % 3]
        save_photo(folder / f"{number % 4}" / f"{number:03d}.{suffix}", draw_photo(number))
    (folder / "0" / "broken.jpg").write_bytes(b"no picture")
    (folder / "1" / "cut.jpg").write_bytes((folder / "0" / "004.jpg").read_bytes()[:400])
    save_photo(folder / "2" / "small.png", draw_photo(100, 31, 50))
    gray = cv2.cvtColor(draw_photo(101), cv2.COLOR_RGB2GRAY)
    save_photo(folder / "3" / "gray.png", gray)
    save_photo(folder / "a copy.jpg", draw_photo(5), quality=60)
    save_photo(folder / "half.png", cv2.resize(draw_photo(6, 96, 128), (64, 48)))
    save_photo(folder / "mirrored.png", np.ascontiguousarray(draw_photo(7)[:, ::-1]))
    with tarfile.open(folder / "shard.tar", "w") as archive:
        archive.add(folder / "0" / "008.webp", "../008.webp")
    return folder


DROPPED = {"refused": 1, "unreadable": 2, "too small": 1, "gray": 1, "near-duplicate": 3}


@pytest.fixture(scope="module")
def built(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("built") / "dataset"
    return out, build_dataset(photos, out, size=32, workers=1)


def tree(folder):
    """Dict from the path of every file to its bytes' digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(out):
    with open(out / "manifest.csv", newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


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
        np.testing.assert_array_equal(color, square(source, 32, "crop"))


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
    np.testing.assert_array_equal(color, square(draw_photo(0), 24, fit))


def test_seed_and_shares_decide_the_split(photos, tmp_path):
    splits = []
    for seed, shares in ((0, (50, 25, 25)), (0, (50, 25, 25)), (1, (50, 25, 25)), (0, (100, 0, 0))):
        out = tmp_path / f"{len(splits)}"
        report = build_dataset(photos, out, size=32, split=shares, seed=seed)
        assert list(report.kept.values()) == [round(GOOD * share / 100) for share in shares]
        splits.append({row["source"]: row["split"] for row in rows_of(out)})
    assert splits[0] == splits[1] != splits[2]


def test_a_name_that_stands_twice_in_a_tar_is_two_photographs(tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        for number in range(2):
            path = save_photo(tmp_path / f"{number}.png", draw_photo(number))
            archive.add(path, "same.png")
    report = build_dataset(tmp_path / "x.tar", tmp_path / "out", size=32)
    assert report.kept["train"] == 2
    assert [row["source"] for row in rows_of(tmp_path / "out")] == ["same.png", "same.png"]


class Stopped(BaseException):
    """What Ctrl-C does, at a chosen moment."""


def stop_after(calls, function):
    counter = itertools.count(1)

    def wrapper(*arguments, **options):
        if next(counter) > calls:
            raise Stopped
        return function(*arguments, **options)

    return wrapper


@pytest.mark.parametrize(
    ("module", "name", "calls"),
    [
        (building, "prepare_photo", 0),
        (building, "prepare_photo", 25),
        (preparing, "replace_when_whole", 31),
        (building, "find_originals", 0),
        (building, "split_photos", 0),
        (os, "replace", 90),
        (os, "replace", 130),
        (building, "write_manifest", 0),
        (building, "draw_ab_histogram", 0),
        (os, "replace", 163),
        (building.shutil, "rmtree", 0),
    ],
)
def test_a_stopped_build_goes_on_to_the_same_bytes(
    module, name, calls, built, photos, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(module, name, stop_after(calls, getattr(module, name)))
        with pytest.raises(Stopped):
            build_dataset(photos, out, size=32, workers=2)
    report = build_dataset(photos, out, size=32, workers=2)
    assert tree(out) == tree(built[0])
    assert (report.kept, report.dropped) == (built[1].kept, built[1].dropped)


def test_what_was_done_before_a_stop_is_not_done_again(photos, tmp_path, monkeypatch):
    done = []
    real = building.prepare_photo

    def count(member, data, **options):
        done.append(member.name)
        return real(member, data, **options)

    monkeypatch.setattr(building, "_QUEUED_PER_WORKER", 0)
    monkeypatch.setattr(building, "prepare_photo", stop_after(30, count))
    with pytest.raises(Stopped):
        build_dataset(photos, tmp_path / "out", size=32, workers=1)
    monkeypatch.setattr(building, "prepare_photo", count)
    build_dataset(photos, tmp_path / "out", size=32, workers=1)
    assert len(done) == len(set(done)) == GOOD + sum(DROPPED.values()) - DROPPED["refused"]


def test_a_killed_build_goes_on_to_the_same_bytes(built, photos, tmp_path):
    script = (
        "import sys, time\n"
        "from colorkit.dataset import building\n"
        "real = building.prepare_photo\n"
        "def slow(*arguments, **options):\n"
        "    time.sleep(0.05)\n"
        "    return real(*arguments, **options)\n"
        "building.prepare_photo = slow\n"
        "building.build_dataset(sys.argv[1], sys.argv[2], size=32, workers=2)\n"
    )
    out = tmp_path / "out"
    process = subprocess.Popen([sys.executable, "-c", script, str(photos), str(out)])
    try:
        limit = time.monotonic() + 60
        while len(list(out.glob(".building/pairs/color/*.png"))) < 12:
            assert process.poll() is None and time.monotonic() < limit
            time.sleep(0.005)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (out / "manifest.csv").exists()
    build_dataset(photos, out, size=32)
    assert tree(out) == tree(built[0])


def test_a_source_that_changed_meanwhile_is_looked_at_anew(tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    for number in range(6):
        save_photo(folder / f"{number}.png", draw_photo(number))
    with monkeypatch.context() as patch:
        patch.setattr(building, "find_originals", stop_after(0, None))
        with pytest.raises(Stopped):
            build_dataset(folder, tmp_path / "out", size=32)
    (folder / "0.png").unlink()
    save_photo(folder / "1.png", draw_photo(50, 50, 60))
    save_photo(folder / "6.png", draw_photo(6))
    build_dataset(folder, tmp_path / "out", size=32)
    build_dataset(folder, tmp_path / "fresh", size=32)
    assert tree(tmp_path / "out") == tree(tmp_path / "fresh")


def test_a_finished_data_set_is_left_alone(built, photos):
    out, report = built
    before = tree(out)
    again = build_dataset(photos, out, size=32)
    assert again.was_built and (again.kept, again.dropped) == (report.kept, report.dropped)
    assert again.summary() == f"{out} holds this data set already."
    assert tree(out) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 30}, "data set with another size and min_side. Give another folder"),
        ({"seed": 1, "fit": "pad"}, "data set with another fit and seed"),
    ],
)
def test_another_data_set_does_not_replace_a_finished_one(changes, message, built, photos):
    with pytest.raises(ValueError, match=message):
        build_dataset(photos, built[0], **{"size": 32, **changes})


def test_other_photographs_do_not_replace_a_finished_data_set(built, photos):
    with pytest.raises(ValueError, match="data set with another number of photographs"):
        build_dataset(photos / "0", built[0], size=32)


def test_an_unfinished_data_set_of_other_settings_is_an_error(photos, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(building, "find_originals", stop_after(0, None))
        with pytest.raises(Stopped):
            build_dataset(photos, tmp_path / "out", size=32)
    with pytest.raises(ValueError, match="unfinished build with another seed. Give the same"):
        build_dataset(photos, tmp_path / "out", size=32, seed=5)


def test_two_builds_of_one_folder_at_a_time_are_an_error(photos, tmp_path):
    def build_again(*_):
        with pytest.raises(ValueError, match="Another build is at work in .*out"):
            build_dataset(photos, tmp_path / "out", size=32)
        raise Stopped

    with pytest.raises(Stopped):
        build_dataset(photos, tmp_path / "out", size=32, on_progress=build_again)


def test_a_folder_within_the_source_is_not_searched(photos, tmp_path):
    folder = tmp_path / "photos"
    save_photo(folder / "a.png", draw_photo(0))
    save_photo(folder / "b.png", draw_photo(1))
    assert build_dataset(folder, folder / "out", size=32).photos == 2
    assert build_dataset(folder, folder / "out", size=32).was_built


def test_a_folder_with_something_else_is_an_error(photos, tmp_path):
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(ValueError, match="new or empty folder.*which holds thesis.doc"):
        build_dataset(photos, tmp_path, size=32)
    assert os.listdir(tmp_path) == ["thesis.doc"]


def test_the_source_itself_is_an_error(photos):
    with pytest.raises(ValueError, match="Expected another folder for the data set"):
        build_dataset(photos, photos, size=32)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "`size` must be a whole number above 0. Received: 0"),
        ({"min_side": -1}, "`min_side` must be a whole number above 0"),
        ({"fit": "stretch"}, "`fit` must be one of crop, squash, pad. Received: 'stretch'"),
        ({"output_format": "zip"}, "`output_format` must be one of folder, tfrecord"),
        ({"split": (80, 10)}, "three percentages.*Received: 80/10"),
        ({"split": (80, 10, 5)}, "that make 100. Received: 80/10/5"),
        ({"split": (120, -10, -10)}, "three percentages"),
    ],
)
def test_wrong_settings_are_an_error(settings, message, photos, tmp_path):
    with pytest.raises(ValueError, match=message):
        build_dataset(photos, tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_a_source_without_photographs_is_an_error(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(PhotoError, match="Expected photographs: files that end in .jpg"):
        build_dataset(tmp_path / "photos", tmp_path / "out")
    with pytest.raises(PhotoError, match="missing, which does not exist"):
        build_dataset(tmp_path / "missing", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_source_of_which_nothing_is_kept_is_listed(tmp_path):
    save_photo(tmp_path / "photos" / "a.png", draw_photo(0))
    report = build_dataset(tmp_path / "photos", tmp_path / "out", size=1000)
    assert sum(report.kept.values()) == 0 and report.dropped["too small"] == 1
    assert len(rows_of(tmp_path / "out")) == 1


def test_small_photographs_are_enlarged_where_asked(tmp_path):
    save_photo(tmp_path / "photos" / "a.png", draw_photo(0))
    report = build_dataset(tmp_path / "photos", tmp_path / "out", size=100, min_side=48)
    assert report.kept["train"] == 1
    (picture,) = (tmp_path / "out").glob("train/color/a_*.png")
    assert Image.open(picture).size == (100, 100)


def test_a_full_disk_stops_the_build_which_can_go_on(built, photos, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(preparing, "replace_when_whole", fail)
        with pytest.raises(OSError, match="No space left"):
            build_dataset(photos, tmp_path / "out", size=32)
    build_dataset(photos, tmp_path / "out", size=32)
    assert tree(tmp_path / "out") == tree(built[0])


def test_an_odd_picture_is_dropped_and_the_others_built(photos, tmp_path, monkeypatch):
    real = preparing.hash_picture
    numbers = itertools.count()

    def fail_once(thumbnail):
        if next(numbers) == 3:
            raise ArithmeticError("odd")
        return real(thumbnail)

    monkeypatch.setattr(preparing, "hash_picture", fail_once)
    report = build_dataset(photos, tmp_path / "out", size=32, workers=1)
    assert report.dropped["unreadable"] == DROPPED["unreadable"] + 1
    assert "ArithmeticError('odd')" in {row["detail"] for row in rows_of(tmp_path / "out")}


def test_zip_members_that_cannot_be_read_are_dropped(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(draw_photo(0)).save(buffer, "PNG")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("bad.png", buffer.getvalue())
        archive.writestr("good.png", buffer.getvalue())
    data = bytearray((tmp_path / "x.zip").read_bytes())
    data[200] ^= 255
    (tmp_path / "x.zip").write_bytes(data)
    report = build_dataset(tmp_path / "x.zip", tmp_path / "out", size=32)
    assert report.dropped["unreadable"] == 1 and report.kept["train"] == 1
    assert "Bad CRC-32 for file 'bad.png'" in rows_of(tmp_path / "out")[0]["detail"]


def test_progress_ends_at_its_total(photos, tmp_path):
    seen = {}
    build_dataset(
        photos,
        tmp_path / "out",
        size=16,
        on_progress=lambda stage, done, total: seen.setdefault(stage, []).append((done, total)),
    )
    assert list(seen) == ["Looking at photographs", "Placing pairs"]
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


def test_the_histogram_counts_the_colours_of_pictures(tmp_path):
    rgb = np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8)
    path = save_photo(tmp_path / "x.png", rgb)
    counts = count_ab([path])
    assert counts.sum() == 64 * 64
    a, b = np.nonzero(counts)
    centers = sorted(zip(2 * a - 109, 2 * b - 109, strict=True))
    np.testing.assert_allclose(centers, [[79.2, -107.9], [80.1, 67.2]], atol=1)  # of skimage
    splits = ("train", "validation", "test")
    samples = dict(zip(splits, (["x"], ["x"], []), strict=True))
    sizes = []
    for shown in (samples, {**samples, "validation": []}):
        draw_ab_histogram(tmp_path / "h.png", shown, dict.fromkeys(splits, 7), lambda *_: path)
        histogram = np.asarray(Image.open(tmp_path / "h.png").convert("RGB"))
        sizes.append(histogram.shape[1])
        assert len(np.unique(histogram.reshape(-1, 3), axis=0)) > 50
    assert sizes[0] > 1.5 * sizes[1], "a panel for each split that has pictures"


def test_the_data_set_is_a_source_of_its_colour_pictures(built):
    out, _ = built
    source = PhotoSource(out)
    assert len(source) == GOOD and all("/color/" in name for name in source.names)

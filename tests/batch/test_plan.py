"""Where results go, and which inputs are refused."""

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from colorkit.batch.plan import describe_plan, plan_outputs, plan_samples
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import read_photo
from colorkit.io.sample_photos import SAMPLE_PHOTOS
from colorkit.io.write import write_photo


@pytest.fixture(autouse=True)
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def make(*names):
    for name in names:
        write_photo(name, Photo(np.zeros((2, 3), "uint8")))


def outputs(plan):
    return [str(photo.output) for photo in plan.photos]


def test_results_lie_as_the_photographs_do():
    make("album/a.png", "album/deep/b.jpg")
    plan = plan_outputs(["album"], "out")
    assert [str(photo.source) for photo in plan.photos] == ["album/a.png", "album/deep/b.jpg"]
    assert outputs(plan) == ["out/a.png", "out/deep/b.jpg"]
    assert not plan.is_made


def test_format_changes_the_suffix_and_no_two_results_collide():
    make("album/a.png", "album/a.jpg", "album/b.jpg")
    plan = plan_outputs(["album"], "out", file_format="TIFF")
    assert outputs(plan) == ["out/a.jpg.tiff", "out/a.png.tiff", "out/b.tiff"]


def test_names_of_results_can_get_an_ending():
    make("album/a.png", "album/deep/b.jpg", "out/deep/b_color.jpg")
    plan = plan_outputs(["album"], "out", ending="_color")
    assert outputs(plan) == ["out/a_color.png", "out/deep/b_color.jpg"]
    assert [photo.is_made for photo in plan.photos] == [False, True]


def test_results_in_the_album_are_not_photographs_on_the_second_run():
    make("album/a.png", "album/out/a.png")
    assert outputs(plan_outputs(["album"], "album/out")) == ["album/out/a.png"]
    assert outputs(plan_outputs(["album/*"], "album/out")) == ["album/out/a.png"]


def test_a_result_that_exists_stays_unless_overwritten():
    make("album/a.png", "album/b.png", "out/a.png")
    plan = plan_outputs(["album"], "out")
    assert [photo.is_made for photo in plan.photos] == [True, False]
    assert not plan.is_made
    make("out/b.png")
    assert plan_outputs(["album"], "out").is_made
    assert not any(p.is_made for p in plan_outputs(["album"], "out", overwrite=True).photos)


def test_one_photograph_may_name_its_result():
    make("a.png")
    assert outputs(plan_outputs(["a.png"], "new/b.jpg")) == ["new/b.jpg"]
    assert outputs(plan_outputs(["a.png"], "b.jpg", file_format="jpeg")) == ["b.jpg"]
    os.mkdir("folder.png")
    assert outputs(plan_outputs(["a.png"], "folder.png")) == ["folder.png/a.png"]


def test_several_photographs_need_a_folder():
    make("album/a.png", "album/b.png")
    with pytest.raises(
        ValueError, match="a folder, since there are 2 photographs. Received: .*x.p"
    ):
        plan_outputs(["album"], "x.png")
    Path("notes.txt").write_text("")
    with pytest.raises(ValueError, match="ends in .jpg, .*Received: the file notes.txt"):
        plan_outputs(["album"], "notes.txt")


def test_the_result_s_name_and_format_must_agree():
    make("a.png")
    with pytest.raises(ValueError, match="leave --format out. Received: png and b.jpg"):
        plan_outputs(["a.png"], "b.jpg", file_format="png")
    with pytest.raises(PhotoError, match="Received: '.xyz'"):
        plan_outputs(["a.png"], "out", file_format="xyz")


@pytest.mark.parametrize(
    ("inputs", "out"),
    [(["a.png"], "."), (["a.png"], "a.png"), (["*.png"], "."), (["a.png", "b.png"], ".")],
)
def test_a_photograph_is_never_replaced(inputs, out):
    make("a.png", "b.png")
    with pytest.raises(ValueError, match="a.png is one of the photographs.*another folder"):
        plan_outputs(inputs, out, overwrite=True)


def test_a_photograph_is_never_replaced_through_a_link():
    make("album/a.png")
    os.mkdir("out")
    os.link("album/a.png", "out/a.png")
    with pytest.raises(ValueError, match="out/a.png is one of the photographs"):
        plan_outputs(["album"], "out", overwrite=True)
    os.symlink("album", "linked")
    with pytest.raises(ValueError, match="another folder than the photographs'. Received: linked"):
        plan_outputs(["album"], "linked", file_format="jpg")


def test_a_photograph_may_get_a_sibling_of_another_format():
    make("a.png")
    assert outputs(plan_outputs(["a.png"], ".", file_format="jpg")) == ["a.jpg"]


def test_missing_inputs_are_told_and_the_rest_continues():
    make("a.png")
    plan = plan_outputs(["a.png", "nowhere.png", "*.tif"], "out")
    assert outputs(plan) == ["out/a.png"]
    assert list(plan.failed) == ["nowhere.png", "*.tif"]
    assert "no such file" in plan.failed["nowhere.png"]
    for missing in (["nowhere.png"], ["nowhere.png", "nobody.png"]):
        with pytest.raises(PhotoError, match="Cannot find nowhere.png"):
            plan_outputs(missing, "out")


def test_a_result_s_name_that_is_too_long_ends_nothing():
    make("album/a.png")
    Path("album", "b" * 245 + ".jpg_large").write_bytes(b"\xff\xd8\xff\xe0")
    plan = plan_outputs(["album"], "out", overwrite=True)
    assert [photo.is_made for photo in plan.photos] == [False, False]


def test_what_would_be_done_is_told():
    make("album/a.png", "album/b.png", "out/a.png")
    Path("album/notes.txt").write_text("Dear diary")
    os.symlink("nowhere", "album/gone.jpg")
    lines = describe_plan(plan_outputs(["album"], "out"))
    assert lines[:3] == [
        "album/a.png: made already, out/a.png",
        "album/b.png -> out/b.png",
        "album/notes.txt: passed over, a .txt file",
    ]
    assert lines[3].startswith("album/gone.jpg: failed, Cannot read album/gone.jpg: there is no")
    assert len(lines) == 4


@pytest.mark.parametrize("suffix", [".gif", ".heic", ".psd", ".jxl", ".jpg.bak", ".xyz"])
def test_a_file_of_another_format_is_no_folder(suffix):
    make("a.png")
    with pytest.raises(ValueError, match=f"ends in .jpg, .* or a folder. Received: new{suffix}. "):
        plan_outputs(["a.png"], f"new{suffix}")
    assert outputs(plan_outputs(["a.png"], f"new{suffix}/")) == [f"new{suffix}/a.png"]
    assert outputs(plan_outputs(["a.png"], "album.1950")) == ["album.1950/a.png"]


def test_results_have_a_suffix_of_their_format():
    (Path("album")).mkdir()
    noise = np.zeros((2, 3), "uint8")
    for name, kind in (("a.gif", "GIF"), ("b.jpg_large", "JPEG"), ("c.pgm", "PPM"), ("d", "PNG")):
        Image.fromarray(noise).save(Path("album", name), kind)
    assert outputs(plan_outputs(["album"], "out")) == [
        "out/a.png", "out/b.jpg_large.jpg", "out/c.png", "out/d.png",
    ]  # fmt: skip


def test_each_page_of_a_tiff_has_a_result():
    pages = np.zeros((3, 5, 7), "uint8")
    for name in ("album/scan.tif", "album/scan_p2.tif"):
        make(name)
    tifffile.imwrite("album/scan.tif", pages, photometric="minisblack", metadata=None)
    plan = plan_outputs(["album"], "out")
    assert outputs(plan) == [
        "out/scan_p1.tif", "out/scan_p2_.tif", "out/scan_p3.tif", "out/scan_p2.tif",
    ]  # fmt: skip
    assert [photo.page for photo in plan.photos] == [0, 1, 2, None]
    (one, _) = plan_outputs(["album"], "out", page=2).photos
    assert (str(one.output), one.page) == ("out/scan.tif", 1)
    assert outputs(plan_outputs(["album/scan.tif"], "new.png"))[1] == "new_p2.png"


def test_samples_are_written_in_gray_beside_their_results():
    plan = plan_samples("out")
    assert len(plan.photos) == len(SAMPLE_PHOTOS) >= 4
    assert outputs(plan)[0] == "out/astronaut_color.png"
    for photo in plan.photos:
        assert photo.source == Path(str(photo.output).replace("_color", "_gray"))
        gray = read_photo(photo.source)
        assert gray.is_gray and gray.width > 400 and gray.pixels.std() > 20
    assert outputs(plan_samples("out", file_format="jpg"))[0] == "out/astronaut_color.jpg"
    make("out/astronaut_color.png")
    assert [photo.is_made for photo in plan_samples("out").photos] == [True] + [False] * 4
    with pytest.raises(ValueError, match="a folder for the samples. Received: the file x.png"):
        plan_samples("x.png")

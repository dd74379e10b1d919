import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorkit.io.find import FoundPhoto, find_photos, name_results
from colorkit.io.photo import PhotoError


@pytest.fixture
def album(tmp_path, monkeypatch):
    """A folder that tests run in, with photographs and other things."""
    names = ["a/x.jpg", "a/deep/er/y.PNG", "b/x.jpg", "b/z.TiFf", "top.webp", "w[1].bmp"]
    others = ["a/notes.txt", "a/.hidden.jpg", ".cache/x.jpg", "a/clip.mp4", "b/jpg", "c/readme.md"]
    for name in names + others:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*inputs, **options):
    return [found.relative_path.as_posix() for found in find_photos(inputs, **options)]


EVERYTHING = ["a/deep/er/y.PNG", "a/x.jpg", "b/x.jpg", "b/z.TiFf", "top.webp", "w[1].bmp"]


def test_a_folder_is_searched_to_any_depth(album):
    assert found(".") == EVERYTHING
    assert found(album) == EVERYTHING
    assert found("a/") == ["deep/er/y.PNG", "x.jpg"]
    assert [photo.path for photo in find_photos(["a"])] == [
        Path("a/deep/er/y.PNG"),
        Path("a/x.jpg"),
    ]


def test_a_file_is_taken_whatever_its_suffix(album):
    assert find_photos(["a/notes.txt"]) == [FoundPhoto(Path("a/notes.txt"), Path("notes.txt"))]
    assert found("a/.hidden.jpg") == [".hidden.jpg"]


def test_equal_names_in_different_folders_stay_apart(album):
    assert found("a/x.jpg", "b/x.jpg") == ["a/x.jpg", "b/x.jpg"]
    assert found("a", "b") == ["a/deep/er/y.PNG", "a/x.jpg", "b/x.jpg", "b/z.TiFf"]
    assert found("a/x.jpg", "a/notes.txt") == ["notes.txt", "x.jpg"]


def test_globs(album):
    assert found("*/x.jpg") == ["a/x.jpg", "b/x.jpg"]
    assert found("b/*") == ["x.jpg", "z.TiFf"]
    assert found("a/*") == ["deep/er/y.PNG", "x.jpg"]
    assert found("**") == EVERYTHING
    assert found("**/*.jpg") == ["a/x.jpg", "b/x.jpg"]
    assert found("t?p.web[op]") == ["top.webp"]
    assert found(str(album / "b" / "*")) == ["x.jpg", "z.TiFf"]


def test_a_name_with_brackets_is_a_name_first(album):
    assert found("w[1].bmp") == ["w[1].bmp"]


def test_each_file_comes_once(album):
    assert found("a", "./a/x.jpg", album / "a", "a/*.jpg") == ["deep/er/y.PNG", "x.jpg"]


def test_the_output_folder_can_be_skipped(album):
    assert found(".", skip="a") == ["b/x.jpg", "b/z.TiFf", "top.webp", "w[1].bmp"]
    assert found("**/*.jpg", skip=album / "a") == ["b/x.jpg"]
    assert found(".", skip="a/deep") == [name for name in EVERYTHING if "deep" not in name]
    assert found("a/x.jpg", skip="a") == ["x.jpg"]


def test_links_to_files_are_followed(album):
    os.symlink(album / "a" / "x.jpg", album / "c" / "link.jpg")
    assert found("c") == ["link.jpg"]


def message(*inputs):
    with pytest.raises(PhotoError) as caught:
        find_photos(inputs)
    return str(caught.value)


def test_nothing_there(album):
    assert message("a", "holiday.jpg") == (
        "Cannot find holiday.jpg: there is no such file or folder. Check the path."
    )


@pytest.mark.parametrize("given", ["c", "*.gif", "c/*", "nowhere/*.jpg"])
def test_no_photographs_there(album, given):
    assert message("a", given) == (
        f"Cannot find photographs in {given}: expected files that end in "
        ".jpg, .jpeg, .png, .tif, .tiff, .webp, .bmp, .jpe, .jfif. Received: none. Check the path."
    )


def test_no_inputs():
    assert message() == "Expected files, folders or globs. Received: none. Name at least one."


def test_a_folder_that_cannot_be_listed(album, monkeypatch):
    def fail(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", fail)
    assert message("a") == "Cannot list a: Permission denied. Check its permissions."


def photos(*names):
    return [FoundPhoto(Path(name), Path(name)) for name in names]


def test_results_keep_their_place():
    names = name_results(photos("a/x.jpg", "b/x.jpg"), "out")
    assert names == [Path("out/a/x.jpg"), Path("out/b/x.jpg")]
    names = name_results(photos("a/x.jpg", "b/y.2.tif"), Path("out"), ".png")
    assert names == [Path("out/a/x.png"), Path("out/b/y.2.png")]


def test_a_new_suffix_makes_no_two_names_equal():
    names = name_results(photos("x.jpg", "x.tif", "y.jpg"), "out", ".png")
    assert names == [Path("out/x.jpg.png"), Path("out/x.tif.png"), Path("out/y.png")]
    names = name_results(photos("X.jpg", "x.tif"), "out", ".png")
    assert names == [Path("out/X.jpg.png"), Path("out/x.tif.png")]


@given(
    st.sets(
        st.builds(
            "".join, st.lists(st.sampled_from(["x", "_", ".jpg", ".png"]), min_size=1, max_size=5)
        ).filter(lambda name: Path(name).stem.strip("."))
    )
)
def test_results_are_always_different(names):
    results = name_results(photos(*sorted(names)), "out", ".png")
    assert len({str(result).lower() for result in results}) == len(names)
    assert all(result.suffix == ".png" for result in results)

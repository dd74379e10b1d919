import os
from pathlib import Path

import pytest

from colorkit.io.find import FoundPhoto, find_photos
from colorkit.io.passed_over import find_exclusion
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
    photos = find_photos(inputs, **options).photos
    return [photo.relative_path.as_posix() for photo in photos]


EVERYTHING = ["a/deep/er/y.PNG", "a/x.jpg", "b/x.jpg", "b/z.TiFf", "top.webp", "w[1].bmp"]


def test_a_folder_is_searched_to_any_depth(album):
    assert found(".") == EVERYTHING
    assert found(album) == EVERYTHING
    assert found("a/") == ["deep/er/y.PNG", "x.jpg"]
    assert [photo.path for photo in find_photos(["a"]).photos] == [
        Path("a/deep/er/y.PNG"),
        Path("a/x.jpg"),
    ]


def test_a_file_is_taken_whatever_its_suffix(album):
    assert find_photos(["a/notes.txt"]).photos == [
        FoundPhoto(Path("a/notes.txt"), Path("notes.txt"))
    ]
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


def write(path, content=b"\xff\xd8\xff\xe0"):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content)


def test_the_content_decides_where_the_name_tells_nothing(album):
    write("d/scan")
    write("d/IMG_1.jpg_large")
    write("d/c.bin", b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif")
    write("d/BMI.txt", b"BMI, weight and other measures of the whole family")
    write("d/P1.txt", b"P1 is the first part of the family's chronicle")
    write("d/list.pdf", b"%PDF-1.7")
    write("d/song.m4a", b"\0\0\0\x1cftypM4A \0\0\0\0M4A isom")
    write("d/DSC_1.NEF", b"II*\0")
    write("d/notes", b"Dear diary")
    write("d/empty")
    write("d/empty", b"")
    files = find_photos(["d"])
    assert [photo.relative_path.name for photo in files.photos] == [
        "IMG_1.jpg_large", "c.bin", "scan",
    ]  # fmt: skip
    assert files.passed_over == {
        "d/BMI.txt": "a .txt file",
        "d/P1.txt": "a .txt file",
        "d/DSC_1.NEF": "a camera's raw file",
        "d/empty": "an empty file",
        "d/list.pdf": "a PDF document",
        "d/notes": "a file of another kind",
        "d/song.m4a": "a video or sound file",
    }


def test_every_entry_of_a_folder_is_told_of(album):
    names = ["@eaDir/x.jpg/SYNOPHOTO_THUMB_M.jpg", "$RECYCLE.BIN/x.jpg", "#recycle/x.jpg"]
    names += ["deep/__MACOSX/._x.jpg", "L.lrdata/1/x.jpg", ".Trash-1000/files/x.jpg", "Thumbs.db"]
    for name in [*names, "x.jpg", "._x.jpg", "out/x.jpg"]:
        write(Path("e", name))
    os.symlink("../a", "e/link")
    os.symlink("nowhere.jpg", "e/gone.jpg")
    os.symlink("itself.jpg", "e/itself.jpg")
    files = find_photos(["e"], skip="e/out")
    assert [photo.path for photo in files.photos] == [Path("e/x.jpg")]
    assert files.passed_over == {
        "e/#recycle": "a recycle bin",
        "e/$RECYCLE.BIN": "a recycle bin",
        "e/.Trash-1000": "a recycle bin",
        "e/._x.jpg": "hidden",
        "e/@eaDir": "a NAS' thumbnails",
        "e/L.lrdata": "a catalogue's previews",
        "e/Thumbs.db": "an index of thumbnails or settings",
        "e/deep/__MACOSX": "what macOS adds to archives",
        "e/link": "a link to a folder",
        "e/out": "the folder of the results",
    }
    assert files.failed == {
        f"e/{name}": f"Cannot read e/{name}: there is no such file, since it is a link that leads "
        f"nowhere (to {target}). Mend the link or remove it."
        for name, target in (("gone.jpg", "nowhere.jpg"), ("itself.jpg", "itself.jpg"))
    }
    assert found("e/**/*.jpg", skip="e/out") == ["x.jpg"]
    assert found("e/**", skip="e/out") == ["x.jpg"]
    assert found("e/lin*") == ["link/deep/er/y.PNG", "link/x.jpg"]
    assert found("e/x.jpg", "e/@eaDir", "e/$RECYCLE.BIN") == ["x.jpg"]
    assert found("e/$RECYCLE.BIN") == ["x.jpg"]
    assert found("e/x.jpg", "e/Thumbs.db") == ["x.jpg"]
    twice = find_photos(["e", "./e", "e/*.jpg"], skip="e/out")
    assert len(twice.passed_over) == 10 and len(twice.failed) == 2


def test_patterns_exclude(album):
    options = {"exclude": ["*.TiFf", "deep/"]}
    assert found(".", **options) == ["a/x.jpg", "b/x.jpg", "top.webp", "w[1].bmp"]
    assert find_photos(["."], **options).passed_over["./a/deep"] == "excluded by deep/"
    assert found(".", exclude=["a/*"]) == ["b/x.jpg", "b/z.TiFf", "top.webp", "w[1].bmp"]
    assert found("**/*.jpg", "top.webp", exclude=["b/", "top.*"]) == ["a/x.jpg"]
    assert message(".", exclude=["*"]).startswith("Cannot find photographs in .: ")
    assert message("top.webp", exclude=["*"]) == "Cannot find photographs: all are excluded."
    assert find_exclusion("a/b/c.jpg", ["b/c.jpg"]) is None
    assert find_exclusion("b/c.jpg", ["*.png", "./b/?.jpg"]) == "./b/?.jpg"


def test_a_subfolder_that_cannot_be_listed_ends_nothing(album, monkeypatch):
    listed = os.scandir

    def scandir(path):
        if os.path.basename(path) == "deep":
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    files = find_photos(["a"])
    assert [photo.path for photo in files.photos] == [Path("a/x.jpg")]
    assert files.failed == {
        "a/deep": "Cannot list a/deep: permission denied. Check its permissions."
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="No pipes on this system")
def test_a_pipe_is_not_opened(album):
    os.mkfifo("b/pipe.jpg")
    assert found("b") == ["x.jpg", "z.TiFf"]
    assert find_photos(["b"]).passed_over["b/pipe.jpg"] == "a device, pipe or socket"


def message(*inputs, **options):
    with pytest.raises(PhotoError) as caught:
        find_photos(inputs, **options)
    return str(caught.value)


def test_nothing_there(album):
    reason = "Cannot find holiday.jpg: there is no such file or folder. Check the path."
    assert message("holiday.jpg") == reason
    assert find_photos(["a", "holiday.jpg"]).failed == {"holiday.jpg": reason}
    assert "Received: an address. Download" in message("https://example.org/a.jpg")


@pytest.mark.parametrize(
    ("given", "received"),
    [
        ("c", "1 of other kinds"),
        ("*.gif", "none"),
        ("c/*", "1 of other kinds"),
        ("nowhere/*.jpg", "none"),
    ],
)
def test_no_photographs_there(album, given, received):
    told = message(given)
    assert told.startswith(
        f"Cannot find photographs in {given}: expected pictures, such as files that end in .jpg, "
    )
    assert told.endswith(f" Received: {received}. Check the path.")
    assert list(find_photos(["a", given]).failed) == [given]


def test_no_inputs():
    assert message() == "Expected files, folders or globs. Received: none. Name at least one."


def test_a_folder_that_cannot_be_listed(album, monkeypatch):
    def fail(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", fail)
    assert message("a") == "Cannot list a: permission denied. Check its permissions."

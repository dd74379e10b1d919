"""The photographs of a folder, a tar and a zip."""

import io
import os
import stat
import tarfile
import zipfile

import pytest
from refusing_disk import refuse_to_list

from colorkit.data.archives import iterate_members, iterate_parts
from colorkit.io.photo import PhotoError

FILES = {"a.jpg": b"first", "deep/er/b.PNG": b"second", "deep/c.webp": b"third"}
IGNORED = {
    "notes.txt": b"",
    ".hidden.jpg": b"",
    "deep/.folder/x.png": b"",
    "__MACOSX/a.jpg": b"",
    "deep/@eaDir/c.webp/SYNOPHOTO_THUMB_M.jpg": b"",
    "$RECYCLE.BIN/x.jpg": b"",
}


def make_folder(path, files):
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def make_tar(path, files, mode="w", change=lambda info: None):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            change(info)
            archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return path


def make_zip(path, files, change=lambda info: None):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            change(info)
            archive.writestr(info, data)
    return path


SOURCES = {
    "folder": lambda path, files: make_folder(path / "photos", files),
    "tar": lambda path, files: make_tar(path / "photos.tar", files),
    "tar.gz": lambda path, files: make_tar(path / "photos.tar.gz", files, "w:gz"),
    "tar without a telling name": lambda path, files: make_tar(path / "photos", files),
    "zip": lambda path, files: make_zip(path / "photos.zip", files),
}


def read_all(source, **options):
    """Dict from names to bytes, or to the refusal."""
    return {
        member.name: member.refusal or member.read()
        for member in iterate_members(source, **options)
    }


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_every_source_gives_the_same(make, tmp_path):
    files = {**FILES, **IGNORED}
    if make is SOURCES["folder"]:
        del files["__MACOSX/a.jpg"]
    source = make(tmp_path, files)
    assert read_all(source) == FILES
    stamps = [(member.name, member.stamp) for member in iterate_members(source)]
    assert stamps == [(member.name, member.stamp) for member in iterate_members(source)]


@pytest.mark.parametrize(
    "name",
    [
        "/etc/a.jpg",
        "../a.jpg",
        "deep/../../a.jpg",
        "..\\a.jpg",
        "C:\\a.jpg",
        "C:a.jpg",
        "\\a.jpg",
        "../../.ssh/authorized_keys",
    ],
)
@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_members_that_lead_out_are_refused_and_the_others_read(kind, name, tmp_path):
    source = SOURCES[kind](tmp_path, {"a.jpg": b"good", name: b"bad", "z.jpg": b"good too"})
    found = read_all(source)
    assert found.pop("a.jpg") == b"good" and found.pop("z.jpg") == b"good too"
    ((refused, refusal),) = found.items()
    assert refusal == "its path leads out of the archive"
    assert refused.replace("\\", "/").endswith(name.replace("\\", "/").split("/")[-1])


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_of_a_tar_are_refused(kind, tmp_path):
    def change(info):
        if info.name == "bad":
            info.type, info.size, info.linkname = kind, 0, "/etc/passwd"

    source = make_tar(tmp_path / "x.tar", {"bad": b"", "good.jpg": b"good"}, change=change)
    assert read_all(source) == {"bad": "a link or device", "good.jpg": b"good"}


def test_links_of_a_zip_are_refused(tmp_path):
    def change(info):
        if info.filename == "bad.jpg":
            info.external_attr = (stat.S_IFLNK | 0o777) << 16

    source = make_zip(tmp_path / "x.zip", {"bad.jpg": b"/etc/passwd", "a.jpg": b"good"}, change)
    assert read_all(source) == {"bad.jpg": "a link or device", "a.jpg": b"good"}


def test_archives_in_a_folder_are_searched_under_their_names(tmp_path):
    folder = make_folder(tmp_path / "photos", {"a.jpg": b"1", "broken.zip": b"no zip"})
    make_tar(folder / "b.tar", {"a.jpg": b"2", "../c.jpg": b"bad"})
    make_tar(folder / "c.tgz", {"a.jpg": b"3"}, "w:gz")
    make_zip(folder / "d.zip", {"deep/a.jpg": b"4"})
    assert read_all(folder) == {
        "a.jpg": b"1",
        "b.tar/a.jpg": b"2",
        "b.tar/../c.jpg": "its path leads out of the archive",
        "broken.zip": "no archive, whatever its suffix says",
        "c.tgz/a.jpg": b"3",
        "d.zip/deep/a.jpg": b"4",
    }


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_that_ends_early_gives_what_it_has_and_says_so(mode, tmp_path):
    files = {f"{row}.jpg": os.urandom(20_000) for row in range(5)}
    path = make_tar(tmp_path / "x.tar", files, mode)
    path.write_bytes(path.read_bytes()[:70_000])
    found, failed = {}, None
    for member in iterate_members(path):
        if member.refusal:
            failed = member
        else:
            try:
                found[member.name] = member.read()
            except Exception:
                found[member.name] = None
    assert failed.name == "x.tar" and "the archive is damaged" in failed.refusal
    assert all(found[name] == files[name] for name in ("0.jpg", "1.jpg", "2.jpg"))
    assert "4.jpg" not in found


def test_pipes_in_a_folder_are_refused_and_links_to_files_followed(tmp_path):
    folder = make_folder(tmp_path / "photos", {"b.jpg": b"2"})
    (tmp_path / "elsewhere.jpg").write_bytes(b"1")
    (folder / "a.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    (folder / "gone.jpg").symlink_to(tmp_path / "gone.jpg")
    os.mkfifo(folder / "pipe.jpg")
    assert read_all(folder) == {
        "a.jpg": b"1",
        "b.jpg": b"2",
        "gone.jpg": "cannot be read (No such file or directory)",
        "pipe.jpg": "a device, pipe or socket",
    }


def test_a_folder_that_cannot_be_listed_ends_nothing(tmp_path, monkeypatch):
    folder = make_folder(tmp_path / "photos", {"a.jpg": b"1", "b/b.jpg": b"2", "c/c.jpg": b"3"})
    refuse_to_list(monkeypatch, folder / "b")
    assert read_all(folder) == {
        "a.jpg": b"1",
        "b": "cannot be listed (Permission denied)",
        "c/c.jpg": b"3",
    }
    refuse_to_list(monkeypatch, folder)
    with pytest.raises(PhotoError, match="Cannot list .*photos: Permission denied"):
        read_all(folder)


def test_a_folder_within_can_be_passed_over(tmp_path):
    make_folder(tmp_path, {"a.jpg": b"1", "out/b.jpg": b"2"})
    assert read_all(tmp_path, skip=tmp_path / "out") == {"a.jpg": b"1"}


def test_names_that_are_no_text_are_escaped(tmp_path):
    (tmp_path / os.fsdecode(b"a\xff.jpg")).write_bytes(b"1")
    ((name, data),) = read_all(tmp_path).items()
    assert name == "a\\udcff.jpg" and data == b"1"


@pytest.mark.parametrize("size", [2_000_000_000])
def test_members_of_enormous_size_are_refused_unread(size, tmp_path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("huge.tif")
        info.size = size
        path_in_archive = info.tobuf()
        archive.fileobj.write(path_in_archive)
    first = next(iterate_members(path))
    assert first.refusal == "2,000,000,000 bytes; at most 1,073,741,824 are read"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path / "missing", "Received: .*missing, which does not exist"),
        (lambda path: make_folder(path, {"x.txt": b"text"}) / "x.txt", "a file of another kind"),
    ],
)
def test_what_is_no_source_is_an_error(make, message, tmp_path):
    with pytest.raises(PhotoError, match=message):
        list(iterate_members(make(tmp_path)))


def test_a_part_is_an_archive_or_a_few_photographs(tmp_path):
    many = {f"{number:03}.jpg": b"photograph" for number in range(100)}
    folder = make_folder(tmp_path / "photos", {**many, "notes.txt": b""})
    make_tar(folder / "050.tar", FILES)
    parts = list(iterate_parts(folder))
    names = [[member.name for member in part.members()] for part in parts]
    assert sum(names, []) == [member.name for member in iterate_members(folder)]
    assert [f"050.tar/{name}" for name in FILES] in names
    assert sum(map(len, names)) == 103 and max(map(len, names)) < 100
    (part,) = iterate_parts(folder / "050.tar")
    assert [member.name for member in part.members()] == list(FILES)

"""ONNX Runtime for browsers: fetched by npm, verified, read."""

import base64
import hashlib
import io
import json
import os
import sys
import tarfile

import pytest

from colorkit.web import runtime_package
from colorkit.web.runtime_package import NAME, RUNTIMES, VERSION, read_runtimes

FILES = {name: name.encode() for both in RUNTIMES.values() for name in both}


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A package with the real one's names, whose checksum is the expected one."""
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name, data in FILES.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    monkeypatch.setattr(runtime_package, "INTEGRITY", f"sha512-{digest}")
    return path


@pytest.fixture
def fake_npm(tmp_path, monkeypatch):
    """Returns a function that puts a program `npm` of some lines of Python on the path."""
    if os.name == "nt":
        pytest.skip("a script without a suffix is no program on Windows")
    folder = tmp_path / "bin"
    folder.mkdir()

    def put(lines):
        program = folder / "npm"
        program.write_text(f"#!{sys.executable}\nimport shutil, sys\n{lines}\n")
        program.chmod(0o755)

    monkeypatch.setenv("PATH", str(folder))
    return put


def unpacked(folder, name=NAME, version=VERSION):
    (folder / "dist").mkdir()
    (folder / "package.json").write_text(json.dumps({"name": name, "version": version}))
    for file, data in FILES.items():
        (folder / "dist" / file).write_bytes(data)
    return folder


def test_the_archive_and_its_folder_hold_the_files(archive, tmp_path):
    assert read_runtimes(archive) == FILES
    (tmp_path / "package").mkdir()
    assert read_runtimes(unpacked(tmp_path / "package")) == FILES


def test_npm_fetches_that_version(archive, fake_npm):
    fake_npm(
        f"assert sys.argv[1:3] == ['pack', '{NAME}@{VERSION}'], sys.argv\n"
        f"shutil.copy({str(archive)!r}, 'fetched.tgz')"
    )
    assert read_runtimes() == FILES


def test_a_changed_archive_is_refused(archive):
    data = bytearray(archive.read_bytes())
    data[-1] ^= 1
    archive.write_bytes(data)
    with pytest.raises(
        ValueError, match="of checksum sha512-.* Received: sha512-.* fetch it again"
    ):
        read_runtimes(archive)


def test_another_version_is_refused(tmp_path):
    (tmp_path / "old").mkdir()
    unpacked(tmp_path / "old", version="1.2.3")
    with pytest.raises(ValueError, match=f"{NAME} {VERSION}. Received: {NAME} 1.2.3"):
        read_runtimes(tmp_path / "old")
    with pytest.raises(ValueError, match="Received: a folder without its package.json"):
        read_runtimes(tmp_path)


def test_what_to_do_without_npm(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="npm, which is not installed. Give .*--onnxruntime-web"):
        read_runtimes()


def test_what_to_do_where_npm_fails(fake_npm):
    fake_npm("sys.exit('npm error code ENOTFOUND')")
    with pytest.raises(OSError, match="could not fetch .*ENOTFOUND. Give .*--onnxruntime-web"):
        read_runtimes()

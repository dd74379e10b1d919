"""A file is there whole or as it was before."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import ENVIRONMENT

from colorkit.io.atomic_write import replace_when_whole


def test_the_file_appears_at_the_end_and_nothing_else(tmp_path):
    path = tmp_path / "new" / "weights.h5"
    with replace_when_whole(path) as temporary:
        assert temporary.suffix == ".h5" and not temporary.exists()
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_earlier_file_stays_where_writing_fails(tmp_path, error):
    path = tmp_path / "log.csv"
    path.write_text("earlier")
    with pytest.raises(error), replace_when_whole(path) as temporary:
        temporary.write_text("half")
        raise error
    assert path.read_text() == "earlier" and list(tmp_path.iterdir()) == [path]


def test_the_longest_names_can_be_written(tmp_path):
    path = tmp_path / ("n" * 251 + ".png")
    with replace_when_whole(path) as temporary:
        temporary.touch()
    assert path.exists()


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "versions" / "1"
    with pytest.raises(OSError), replace_when_whole(path) as temporary:
        (temporary / "variables").mkdir(parents=True)
        (temporary / "variables" / "half").touch()
        raise OSError
    assert list(path.parent.iterdir()) == []
    with replace_when_whole(path) as temporary:
        temporary.mkdir()
        (temporary / "whole").touch()
        assert not path.exists()
    assert list(path.parent.rglob("*")) == [path, path / "whole"]


def test_what_is_renamed_is_on_the_disk(tmp_path, monkeypatch):
    path, synced = tmp_path / "versions" / "1", []

    def note(descriptor):
        assert not path.exists()
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", note)
    with replace_when_whole(path) as temporary:
        (temporary / "variables").mkdir(parents=True)
        (temporary / "variables" / "some").write_bytes(b"12345")
        (temporary / "model").write_bytes(b"123")
    assert sorted(synced) == [3, 5]


def test_a_disk_that_cannot_sync_is_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.EINVAL, "no")))
    with replace_when_whole(tmp_path / "a") as temporary:
        temporary.touch()
    assert (tmp_path / "a").exists()


def test_the_first_write_into_a_folder_removes_what_a_killed_process_left(tmp_path):
    killed = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from colorkit.io.atomic_write import replace_when_whole\n"
            "with replace_when_whole(sys.argv[1]) as path:\n"
            "    path.mkdir(), (path / 'half').touch(), print(path, flush=True), time.sleep(60)",
            str(tmp_path / "a.jpg"),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    left = Path(killed.stdout.readline().strip())
    with replace_when_whole(tmp_path / "b.jpg") as temporary:
        temporary.touch()
    assert left.exists()  # Its process is alive.
    killed.kill()
    killed.communicate()
    again = "import sys; from colorkit.io import atomic_write as a; a.write_whole(sys.argv[1], b'')"
    words = [sys.executable, "-c", again, str(tmp_path / "b.jpg")]
    subprocess.run(words, check=True, env=ENVIRONMENT)
    assert list(tmp_path.iterdir()) == [tmp_path / "b.jpg"]


@pytest.mark.skipif(os.name != "posix", reason="Pipes of POSIX")
def test_a_device_or_pipe_is_not_replaced(tmp_path):
    """As `--report /dev/null` would for a user who may write in /dev."""
    path = tmp_path / "pipe.json"
    os.mkfifo(path)
    with pytest.raises(OSError, match="a device, pipe or socket"), replace_when_whole(path):
        pass
    assert list(tmp_path.iterdir()) == [path] and path.is_fifo()

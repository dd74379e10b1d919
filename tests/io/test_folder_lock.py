"""One process at a time works in a folder."""

import os
import subprocess
import sys

import pytest
from command_line import ENVIRONMENT

from colorkit.io.folder_lock import HOLDER, LOCK, hold_folder

HOLD = (
    "import sys, time; from colorkit.io.folder_lock import hold_folder\n"
    "with hold_folder(sys.argv[1]):\n"
    "    print('held', flush=True), time.sleep(60)"
)


def test_another_process_is_named_and_its_kill_releases_the_folder(tmp_path):
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, env=ENVIRONMENT
    )
    assert other.stdout.readline().strip() == b"held"
    for _ in range(2):
        message = rf"{tmp_path} is in use by process {other.pid} on .* since 2.*\. Let it finish"
        with pytest.raises(ValueError, match=message), hold_folder(tmp_path):
            pass
    other.kill()
    other.communicate()
    with hold_folder(tmp_path):
        pass
    assert os.listdir(tmp_path) == [LOCK]


def test_the_same_process_holds_a_folder_once(tmp_path):
    with hold_folder(tmp_path):
        message = f"in use by process {os.getpid()} on"
        with pytest.raises(ValueError, match=message), hold_folder(tmp_path):
            pass
    with hold_folder(tmp_path):
        pass


def test_a_new_folder_in_which_nothing_was_done_goes(tmp_path):
    with pytest.raises(KeyError), hold_folder(tmp_path / "new"):
        raise KeyError
    assert os.listdir(tmp_path) == []
    with hold_folder(tmp_path / "new"):
        (tmp_path / "new" / "result").touch()
    assert sorted(os.listdir(tmp_path / "new")) == [LOCK, "result"]


@pytest.mark.skipif(os.name != "posix", reason="Links of POSIX")
def test_a_link_in_the_place_of_the_note_leads_to_no_other_file(tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / HOLDER).symlink_to(other)
    with hold_folder(tmp_path / "folder"):
        assert "process" in (tmp_path / "folder" / HOLDER).read_text()
    assert other.read_text() == "precious"

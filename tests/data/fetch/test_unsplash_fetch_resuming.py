"""A second run into the same folder: it resumes, and fetches nothing twice."""

import hashlib
import os

import pytest
from fetched_photos import fetch, files_in, ids, listed

from colorkit.data.fetch.http import FetchError
from colorkit.data.fetch.unsplash_client import UnsplashClient
from colorkit.data.source import PhotoSource
from colorkit.io import temporary_names
from colorkit.io.folder_lock import hold_folder


def test_a_finished_run_asks_for_nothing(fake, tmp_path):
    fake.results = {"fox": ids("fox", 40), "sea": ids("sea", 4)}
    fetch(fake, tmp_path, per_word=20)
    fake.asked.clear()
    report = fetch(fake, tmp_path, per_word=20)
    assert (report.stored, report.held, fake.asked) == (0, 24, [])


@pytest.mark.parametrize("dies_at", ["page=2", "/pictures/fox-33", "/photos/fox-33/download"])
def test_resumes_after_the_server_died(fake, tmp_path, dies_at):
    fake.results = {"fox": ids("fox", 45), "sea": ids("sea", 10)}

    def die(handler):
        handler.connection.close()
        fake.stop()

    fake.faults = [(dies_at, die)]
    with pytest.raises(FetchError, match="gives no whole answer.*The same command resumes"):
        fetch(fake, tmp_path)
    assert 30 <= len(listed(tmp_path)) <= 33
    fake.start()
    report = fetch(fake, tmp_path)
    assert report.held == len(listed(tmp_path)) == len(files_in(tmp_path)) == 55
    assert fake.tracked == dict.fromkeys([*ids("fox", 45), *ids("sea", 10)], 1)
    again = 1 if dies_at == "/pictures/fox-33" else 0
    assert fake.count("/pictures/") == 55 + again


@pytest.mark.parametrize("moment", ["download", "write", "track_download", "list"])
def test_a_kill_at_any_moment_loses_nothing(fake, tmp_path, monkeypatch, moment):
    from colorkit.data.fetch.photo_store import PhotoStore

    owner = UnsplashClient if hasattr(UnsplashClient, moment) else PhotoStore
    real, calls = getattr(owner, moment), []

    def kill_after(*arguments):
        result = real(*arguments)
        calls.append(moment)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return result

    fake.results = {"fox": ids("fox", 8)}
    with monkeypatch.context() as patch:
        patch.setattr(owner, moment, kill_after)
        with pytest.raises(KeyboardInterrupt):
            fetch(fake, tmp_path)
    attribution = tmp_path / "attribution.csv"
    with open(attribution, "ab") as stream:
        stream.write(b'fox-9,fox,"Ann')  # As a kill leaves it
    fetch(fake, tmp_path)
    rows = listed(tmp_path)
    assert sorted(row["id"] for row in rows) == ids("fox", 8)
    assert files_in(tmp_path) == {row["file"] for row in rows}
    assert set(fake.tracked) == set(ids("fox", 8))
    assert fake.count("/pictures/") == (9 if moment == "download" else 8)
    for row in rows:
        data = (tmp_path / row["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"]


def test_an_unlisted_file_that_is_damaged_is_fetched_again(fake, tmp_path):
    (tmp_path / "fox").mkdir()
    (tmp_path / "fox" / "fox-0.jpg").write_bytes(b"")
    fake.results = {"fox": ["fox-0"]}
    report = fetch(fake, tmp_path)
    assert (report.stored, report.dropped) == (1, {})
    assert PhotoSource(tmp_path).read(0).shape == (64, 96, 3)


def test_photographs_that_somebody_deletes_do_not_come_back(fake, tmp_path):
    fake.results = {"fox": ids("fox", 3)}
    fetch(fake, tmp_path, per_word=2)
    (tmp_path / "fox" / "fox-0.jpg").unlink()
    assert fetch(fake, tmp_path, per_word=3).stored == 1
    assert files_in(tmp_path) == {"fox/fox-1.jpg", "fox/fox-2.jpg"}


def test_a_spreadsheet_s_change_is_told(fake, tmp_path):
    fake.results = {"fox": ["fox-0"]}
    fetch(fake, tmp_path)
    path = tmp_path / "attribution.csv"
    digits = listed(tmp_path)[0]["perceptual_hash"]
    path.write_text(path.read_text().replace(digits, "1.2E+15"))
    with pytest.raises(ValueError, match=r"16 hexadecimal digits.*fox-0.*Received: 1\.2E\+15"):
        fetch(fake, tmp_path)


def test_a_temporary_file_of_a_killed_run_is_removed_though_nothing_is_fetched(
    fake, tmp_path, monkeypatch
):
    fake.results = {"fox": ids("fox", 2)}
    fetch(fake, tmp_path, per_word=2)
    with monkeypatch.context() as patch:
        patch.setattr(temporary_names, "start_of", lambda process: 1)  # long ago
        left = temporary_names.name_temporary(tmp_path / "fox" / "fox-9.jpg")
    left.touch()
    assert fetch(fake, tmp_path, per_word=2).stored == 0
    assert not left.exists()


def test_a_second_run_at_the_same_time_is_refused(fake, tmp_path):
    """It would list the same photographs twice."""
    fake.results = {"fox": ids("fox", 2)}
    with (
        hold_folder(tmp_path / "out"),
        pytest.raises(ValueError, match=f"out is in use by process {os.getpid()} on"),
    ):
        fetch(fake, tmp_path / "out")
    assert fetch(fake, tmp_path / "out").stored == 2

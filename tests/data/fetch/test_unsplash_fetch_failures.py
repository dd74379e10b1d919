"""Trouble while photographs are fetched: what is tried again, dropped or ends the run."""

import pytest
from fake_unsplash import draw_jpeg
from fetched_photos import fetch, files_in, ids, listed

from colorkit.data.fetch.http import MAX_ATTEMPTS, FetchError
from colorkit.data.fetch.unsplash_fetch import UNUSABLE


@pytest.mark.parametrize("fault", [429, 500, 503, "cut", "hang up", "page", "empty", "json"])
@pytest.mark.parametrize("pattern", ["/search", "/pictures/fox-1", "/photos/fox-1/download"])
def test_passing_trouble_is_tried_again_with_pauses(fake, tmp_path, fault, pattern):
    kinds = {
        "page": (200, {"Content-Type": "text/html"}, b"<h1>Please log in</h1>"),
        "empty": (200, {"Content-Type": "image/jpeg"}, b""),
        "json": (200, {"Content-Type": "application/json"}, b'{"total_pages": 1, "resu'),
    }
    if isinstance(fault, int):
        kinds[fault] = (fault, {}, b"later")
    fake.results = {"fox": ids("fox", 3)}
    fake.faults = [(pattern, kinds.get(fault, fault))] * 3
    report = fetch(fake, tmp_path)
    assert (report.stored, report.dropped, report.failed) == (3, {}, {})
    assert len(fake.pauses) == 3
    assert all(0 <= pause <= 2**number for number, pause in enumerate(fake.pauses))
    assert fake.tracked == dict.fromkeys(ids("fox", 3), 1)


def test_pauses_differ_from_run_to_run(fake, tmp_path):
    for folder in ("one", "two"):
        fake.results = {"fox": ids("fox", 1)}
        fake.faults = [("/search", (503, {}, b""))] * 5
        fetch(fake, tmp_path / folder)
    assert not set(fake.pauses[:5]) & set(fake.pauses[5:])


def test_silence_is_tried_again(fake, tmp_path, monkeypatch):
    from colorkit.data.fetch import http

    monkeypatch.setattr(http, "TIMEOUT", (1, 0.2))
    fake.results = {"fox": ids("fox", 1)}
    import threading

    answered = threading.Event()
    fake.faults = [("/pictures", lambda handler: answered.wait(5))]
    assert fetch(fake, tmp_path).stored == 1
    answered.set()
    assert len(fake.pauses) == 1


def test_a_picture_that_stays_damaged_is_dropped_for_good(fake, tmp_path):
    whole = draw_jpeg("fox-1")
    fake.results = {"fox": ids("fox", 4)}
    fake.pictures = {"fox-1": whole[: len(whole) // 2], "fox-2": b"GIF89a no"}
    report = fetch(fake, tmp_path)
    assert (report.stored, report.dropped, report.failed) == (2, {UNUSABLE: 2}, {})
    assert fake.count("/pictures/fox-1") == MAX_ATTEMPTS
    reasons = {row["id"]: row["reason"] for row in listed(tmp_path, "dropped.csv")}
    assert "damaged, cut short" in reasons["fox-1"]
    fake.asked.clear()
    (tmp_path / "searched.csv").unlink()
    fetch(fake, tmp_path)
    assert fake.count("pictures") == 0


@pytest.mark.parametrize("pattern", ["/pictures/fox-1", "/photos/fox-1/download"])
def test_a_photograph_that_is_gone_is_dropped(fake, tmp_path, pattern):
    fake.results = {"fox": ids("fox", 3)}
    fake.faults = [(pattern, (404, {}, b'{"errors": ["Couldn\'t find Photo"]}'))]
    report = fetch(fake, tmp_path)
    assert (report.stored, report.dropped) == (2, {UNUSABLE: 1})
    assert files_in(tmp_path) == {"fox/fox-0.jpg", "fox/fox-2.jpg"}
    assert fake.pauses == []


def test_a_picture_that_fails_for_now_is_tried_by_the_next_run(fake, tmp_path):
    fake.results = {"fox": ids("fox", 3)}
    page = (200, {"Content-Type": "text/html"}, b"<h1>Please log in</h1>")
    fake.faults = [("/pictures/fox-1", page)] * MAX_ATTEMPTS
    report = fetch(fake, tmp_path)
    assert (report.stored, report.dropped, set(report.failed)) == (2, {}, {"fox-1"})
    assert "text/html in place of a picture" in report.failed["fox-1"]
    report = fetch(fake, tmp_path)
    assert (report.stored, report.held, report.failed) == (1, 3, {})
    assert fake.count("/pictures/fox-0") == 1


def test_three_failures_in_a_row_end_the_run(fake, tmp_path):
    fake.results = {"fox": ids("fox", 9)}
    fake.faults = [(r"/pictures/fox-[3-9]", (403, {}, b"no"))] * 7
    with pytest.raises(FetchError, match=r"3 photographs in a row.*403.*in this run: 3\. The same"):
        fetch(fake, tmp_path)
    fake.faults = []
    assert fetch(fake, tmp_path).held == 9


def test_failures_that_do_not_follow_each_other_do_not_end_the_run(fake, tmp_path):
    fake.results = {"fox": ids("fox", 9)}
    fake.faults = [(r"/pictures/fox-[02468]", (403, {}, b"no"))] * 5
    report = fetch(fake, tmp_path)
    assert (report.stored, len(report.failed)) == (4, 5)

"""Search words -> a folder of photographs, against a server that imitates Unsplash's."""

import csv
import hashlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
from fake_unsplash import KEY, FakeUnsplash, draw_jpeg
from PIL import Image

from colorkit.dataset import unsplash
from colorkit.dataset.fetching import DUPLICATE, OTHER_LICENCE, UNUSABLE, fetch_photos
from colorkit.dataset.getting import MAX_ATTEMPTS, FetchError
from colorkit.dataset.unsplash import UnsplashClient
from colorkit.feeding.photo_source import PhotoSource

HOUR = 3600


@pytest.fixture
def fake():
    server = FakeUnsplash()
    yield server
    server.stop()
    assert server.wrong == []


def fetch(fake, folder, words=None, per_word=50, wait=True, **options):
    client = UnsplashClient(KEY, wait, fake.url, fake.sleep, fake.clock)
    return fetch_photos(folder, words or list(fake.results), per_word, client=client, **options)


def listed(folder, name="attribution.csv"):
    with open(folder / name, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def ids(name, number):
    return [f"{name}-{index}" for index in range(number)]


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")}


def test_pages_are_followed_as_far_as_they_are_needed(fake, tmp_path):
    fake.results = {"fox": ids("fox", 100), "sea": ids("sea", 61)}
    report = fetch(fake, tmp_path, per_word=40)
    assert (report.stored, report.held, report.failed) == (80, 80, {})
    assert fake.count("/search/photos") == 4
    assert fake.count(r"page=2&per_page=30") == 2
    assert fake.tracked == dict.fromkeys([*ids("fox", 40), *ids("sea", 40)], 1)
    report = fetch(fake, tmp_path, per_word=70)
    assert (report.stored, report.held) == (51, 131)
    assert set(fake.tracked.values()) == {1}
    assert [row["photographs"] for row in listed(tmp_path, "searched.csv")] == ["61"]


def test_attribution_is_complete_and_true(fake, tmp_path):
    fake.results = {"red fox": ["fox-A_1"]}
    fetch(fake, tmp_path, size=320)
    (row,) = listed(tmp_path)
    data = (tmp_path / "red-fox" / "fox-A_1.jpg").read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        assert (str(image.width), str(image.height)) == (row["width"], row["height"])
    referral = "?utm_source=colorkit&utm_medium=referral"
    assert row.pop("perceptual_hash") == f"{int(row_hash(data), 2):016x}"
    assert row == {
        "id": "fox-A_1",
        "word": "red fox",
        "photographer": 'Ann "fox" Ågård, jr.',
        "profile_link": f"https://unsplash.com/@fox{referral}",
        "photo_link": f"https://unsplash.com/photos/fox-A_1{referral}",
        "licence": "Unsplash License (https://unsplash.com/license)",
        "file": "red-fox/fox-A_1.jpg",
        "sha256": hashlib.sha256(data).hexdigest(),
        "width": "48",
        "height": "32",
    }
    assert fake.count("w=480&fit=max&fm=jpg&q=90") == 1, "320 of 640 pixels"


def row_hash(data):
    """pHash written out: signs of the 8 x 8 lowest frequencies of 32 x 32 against their median."""
    from scipy.fft import dct

    gray = Image.open(io.BytesIO(data)).convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    low = dct(dct(np.asarray(gray, float), axis=0), axis=1)[:8, :8]
    return "".join("01"[int(value > np.median(low))] for value in low.ravel())


def test_the_folder_is_what_training_reads(fake, tmp_path):
    fake.results = {"fox": ids("fox", 3), "../sea": ids("sea", 2)}
    fetch(fake, tmp_path)
    source = PhotoSource(tmp_path)
    assert source.names == ("fox/fox-0.jpg", "fox/fox-1.jpg", "fox/fox-2.jpg") + (
        "sea/sea-0.jpg",
        "sea/sea-1.jpg",
    )
    assert source.read(0).shape == (64, 96, 3)


def test_a_finished_run_asks_for_nothing(fake, tmp_path):
    fake.results = {"fox": ids("fox", 40), "sea": ids("sea", 4)}
    fetch(fake, tmp_path, per_word=20)
    fake.asked.clear()
    report = fetch(fake, tmp_path, per_word=20)
    assert (report.stored, report.held, fake.asked) == (0, 24, [])


def test_one_id_is_fetched_for_one_word_only(fake, tmp_path):
    fake.results = {"fox": ids("fox", 5), "animal": [*ids("fox", 5), "animal-0"]}
    fetch(fake, tmp_path)
    assert fake.count("/pictures/fox-1") == 1
    assert files_in(tmp_path) == {f"fox/{name}.jpg" for name in ids("fox", 5)} | {
        "animal/animal-0.jpg"
    }


def test_lookalikes_are_fetched_once_and_not_stored(fake, tmp_path):
    fake.results = {"fox": ["fox-0", "small", "mirrored", "other"]}
    fake.pictures = {
        "fox-0": draw_jpeg("x", 300, 200),
        "small": draw_jpeg("x", 150, 100, quality=60),
        "mirrored": draw_jpeg("x", 300, 200, mirrored=True),
        "other": draw_jpeg("y", 300, 200),
    }
    report = fetch(fake, tmp_path)
    assert (report.stored, report.dropped) == (2, {DUPLICATE: 2})
    assert [(row["id"], row["reason"]) for row in listed(tmp_path, "dropped.csv")] == [
        ("small", "looks like fox-0"),
        ("mirrored", "looks like fox-0"),
    ]
    assert set(fake.tracked) == {"fox-0", "other"}
    (tmp_path / "searched.csv").unlink()
    fake.results["fox"].append("again")
    fake.pictures["again"] = draw_jpeg("y", 150, 100)
    fake.asked.clear()
    assert fetch(fake, tmp_path).dropped == {DUPLICATE: 1}
    assert [path for path in fake.asked if "pictures" in path] == [
        path for path in fake.asked if "pictures/again" in path
    ]


def test_photographs_of_unsplash_plus_are_passed_over(fake, tmp_path):
    fake.results, fake.plus = {"fox": ids("fox", 3)}, {"fox-1"}
    report = fetch(fake, tmp_path)
    assert (report.stored, report.dropped) == (2, {OTHER_LICENCE: 1})
    assert fake.count("fox-1") == 0


def test_waits_for_the_next_hour(fake, tmp_path, caplog):
    fake.results = {"fox": ids("fox", 100)}
    fake.remaining, fake.now = 20, 1_700_000_000.0 // HOUR * HOUR + 600
    assert fetch(fake, tmp_path, per_word=70).stored == 70
    assert fake.pauses == [HOUR - 600 + 5, HOUR]
    assert "takes no more requests than 50 in this hour. Going on at" in caplog.text
    assert "in 51 minutes" in caplog.text
    assert fake.count("search") + sum(fake.tracked.values()) == len(
        [path for path in fake.asked if "pictures" not in path]
    ), "no request was made in vain"


def test_stops_at_the_limit_where_told_to(fake, tmp_path):
    fake.results, fake.remaining = {"fox": ids("fox", 30)}, 11
    fake.now = 1_700_000_000.0 // HOUR * HOUR + 600
    ends = r"no more requests than 50 in this hour, which ends at \d\d:00 UTC\. Photo.*: 10\. The s"
    with pytest.raises(FetchError, match=ends):
        fetch(fake, tmp_path, wait=False)
    assert fake.pauses == []
    assert len(listed(tmp_path)) == 10
    fake.sleep(HOUR)
    assert fetch(fake, tmp_path, wait=False).stored == 20
    assert fake.tracked == dict.fromkeys(ids("fox", 30), 1)
    assert all(fake.count(f"/pictures/{name}[?]") == 1 for name in ids("fox", 30))


@pytest.mark.parametrize(
    ("status", "headers"),
    [(403, {}), (429, {"X-Ratelimit-Remaining": "0"}), (503, {"X-Ratelimit-Remaining": "0"})],
)
def test_a_refusal_for_the_limit_waits_too(fake, tmp_path, status, headers):
    fake.results = {"fox": ids("fox", 2)}
    fake.faults = [("/search", (status, headers, b"Rate Limit Exceeded"))]
    assert fetch(fake, tmp_path).stored == 2
    assert len(fake.pauses) == 1 and 5 < fake.pauses[0] <= HOUR + 5


def test_a_limit_that_stays_ends_the_run(fake, tmp_path):
    fake.results = {"fox": ids("fox", 2)}
    fake.faults = [("/search", (403, {}, b"Rate Limit Exceeded"))] * 9
    with pytest.raises(FetchError, match="though it is a new one"):
        fetch(fake, tmp_path)
    assert len(fake.pauses) == 2


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


def test_retry_after_is_obeyed(fake, tmp_path, caplog):
    fake.results = {"fox": ids("fox", 1)}
    fake.faults = [
        ("/search", (429, {"Retry-After": "77"}, b"")),
        ("/pictures", (503, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, b"")),
        ("/download", (503, {"Retry-After": "soon"}, b"")),
    ]
    assert fetch(fake, tmp_path).stored == 1
    assert fake.pauses[0] == 77
    assert max(fake.pauses[1:]) <= 1
    (told,) = (each.getMessage() for each in caplog.records if each.levelname == "WARNING")
    assert told.endswith("/search/photos answers 429 Too Many Requests. Trying again in 77 s.")


def test_silence_is_tried_again(fake, tmp_path, monkeypatch):
    from colorkit.dataset import getting

    monkeypatch.setattr(getting, "TIMEOUT", (1, 0.2))
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


@pytest.mark.parametrize("dies_at", ["page=2", "/pictures/fox-33", "/photos/fox-33/download"])
def test_goes_on_after_the_server_died(fake, tmp_path, dies_at):
    fake.results = {"fox": ids("fox", 45), "sea": ids("sea", 10)}

    def die(handler):
        handler.connection.close()
        fake._server.server_close()
        fake._server.shutdown()

    fake.faults = [(dies_at, die)]
    with pytest.raises(FetchError, match="gives no whole answer.*The same command goes on"):
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
    from colorkit.dataset.photo_store import PhotoStore

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


def test_a_missing_or_wrong_key_is_told(fake, tmp_path, monkeypatch):
    monkeypatch.delenv(unsplash.KEY_VARIABLE, raising=False)
    expected = "UNSPLASH_ACCESS_KEY. Received: none. To get one, .*unsplash.com/oauth/applications"
    with pytest.raises(ValueError, match=expected):
        fetch_photos(tmp_path, ["fox"])
    with pytest.raises(ValueError, match="Received: a key that Unsplash refuses .*OAuth error"):
        fetch_photos(tmp_path, ["fox"], client=UnsplashClient("no", api_url=fake.url))
    assert not list(tmp_path.iterdir())


def test_the_key_is_sent_to_the_api_only(fake, tmp_path, monkeypatch):
    fake.results = {"fox": ["fox-0"]}
    describe = fake._describe

    def describe_badly(photo_id):
        found = describe(photo_id)
        found["links"]["download_location"] = f"{fake.url}.example.com/steal"
        return found

    monkeypatch.setattr(fake, "_describe", describe_badly)
    report = fetch(fake, tmp_path)
    assert report.dropped == {UNUSABLE: 1}
    assert "since the key is sent there" in listed(tmp_path, "dropped.csv")[0]["reason"]


@pytest.mark.parametrize("name", ["../../escape", "", "a/b", "a.b"])
def test_ids_cannot_leave_the_folder(fake, tmp_path, name):
    fake.results = {"fox": [name]}
    report = fetch(fake, tmp_path / "in")
    assert report.dropped == {UNUSABLE: 1}
    assert files_in(tmp_path) == set() and fake.count("pictures") == 0


def test_answers_of_another_form_are_told(fake, tmp_path):
    fake.faults = [("/search", (200, {}, b'{"results": [{"id": "x"}], "total_pages": 1}'))]
    with pytest.raises(FetchError, match="Expected search results .*KeyError.*user"):
        fetch(fake, tmp_path, ["fox"])


def test_pages_without_results_end_a_search(fake, tmp_path):
    fake.faults = [("/search", (200, {}, b'{"results": [], "total_pages": 1000000}'))]
    assert fetch(fake, tmp_path, ["fox"]).held == 0
    assert fake.count("/search") == 1


def test_a_spreadsheet_s_change_is_told(fake, tmp_path):
    fake.results = {"fox": ["fox-0"]}
    fetch(fake, tmp_path)
    path = tmp_path / "attribution.csv"
    digits = listed(tmp_path)[0]["perceptual_hash"]
    path.write_text(path.read_text().replace(digits, "1.2E+15"))
    with pytest.raises(ValueError, match=r"16 hexadecimal digits.*fox-0.*Received: 1\.2E\+15"):
        fetch(fake, tmp_path)


def test_progress_rises_to_the_total(fake, tmp_path):
    fake.results = {"fox": ids("fox", 4), "sea": ids("sea", 1)}
    seen = []
    fetch(fake, tmp_path, per_word=3, on_progress=lambda *state: seen.append(state))
    assert seen == [("fox", 1, 6), ("fox", 2, 6), ("fox", 3, 6), ("fox", 3, 6)] + [
        ("sea", 4, 6),
        ("sea", 6, 6),
    ]


def test_the_command(fake, tmp_path, monkeypatch, capfd):
    from colorkit.cli import main

    monkeypatch.setattr(unsplash, "API_URL", fake.url)
    monkeypatch.setenv(unsplash.KEY_VARIABLE, KEY)
    fake.results = {"fox": ids("fox", 9)}
    fake.pictures = {"fox-1": draw_jpeg("fox-0", 300, 200)}
    words = tmp_path / "words.txt"
    words.write_text("Fox\n")
    out = tmp_path / "photos"
    line = ["dataset", "fetch", "--out", str(out), "--words", str(words), "--per-word", "3"]
    assert main(line) == 0
    printed = capfd.readouterr().out
    told = rf"3 photographs fetched, 1 dropped \(looks like another\)\. {out} holds 3; .*butio"
    assert re.search(told, printed), printed
    fake.stop()
    monkeypatch.setattr("time.sleep", fake.sleep)
    monkeypatch.setattr("colorkit.dataset.unsplash.time.sleep", fake.sleep)
    assert main(line) == 0, "nothing is left to ask for"
    fake.start()


def test_shipped_words_are_the_default(fake, tmp_path, monkeypatch):
    monkeypatch.setattr("colorkit.dataset.fetching.read_words", lambda: ("fox",))
    fake.results = {"fox": ids("fox", 1)}
    client = UnsplashClient(KEY, api_url=fake.url)
    assert fetch_photos(tmp_path, client=client).stored == 1
    assert Path(tmp_path / "fox" / "fox-0.jpg").exists()

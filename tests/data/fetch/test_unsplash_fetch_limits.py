"""Limits of the server: so many requests an hour, and pauses that it asks for."""

import pytest
from fetched_photos import fetch, ids, listed

from colorkit.data.fetch.http import FetchError

HOUR = 3600


def test_waits_for_the_next_hour(fake, tmp_path, caplog):
    fake.results = {"fox": ids("fox", 100)}
    fake.remaining, fake.now = 20, 1_700_000_000.0 // HOUR * HOUR + 600
    assert fetch(fake, tmp_path, per_word=70).stored == 70
    assert fake.pauses == [HOUR - 600 + 5, HOUR]
    assert "takes no more requests than 50 in this hour. Resuming at" in caplog.text
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

"""The key is kept safe, and answers are not trusted."""

import pytest
from fetched_photos import fetch, files_in, listed

from colorkit.data.fetch import unsplash_client
from colorkit.data.fetch.http import FetchError
from colorkit.data.fetch.unsplash_client import UnsplashClient
from colorkit.data.fetch.unsplash_fetch import UNUSABLE, fetch_photos


def test_a_missing_or_wrong_key_is_told(fake, tmp_path, monkeypatch):
    monkeypatch.delenv(unsplash_client.KEY_VARIABLE, raising=False)
    expected = "UNSPLASH_ACCESS_KEY. Received: none. To get one, .*unsplash.com/oauth/applications"
    with pytest.raises(ValueError, match=expected):
        fetch_photos(tmp_path / "out", ["fox"])
    with pytest.raises(ValueError, match="Received: a key that Unsplash refuses .*OAuth error"):
        fetch_photos(tmp_path / "out", ["fox"], client=UnsplashClient("no", api_url=fake.url))
    assert not list(tmp_path.iterdir())


def test_the_key_is_sent_to_the_api_only(fake, tmp_path, monkeypatch):
    fake.results = {"fox": ["fox-0"]}
    describe = fake.describe

    def describe_badly(photo_id):
        found = describe(photo_id)
        found["links"]["download_location"] = f"{fake.url}.example.com/steal"
        return found

    monkeypatch.setattr(fake, "describe", describe_badly)
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

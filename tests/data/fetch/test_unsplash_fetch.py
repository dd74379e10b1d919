"""Search words -> a folder of photographs, against a server that imitates Unsplash's."""

import hashlib
import io
import re
from pathlib import Path

import numpy as np
from fake_unsplash import KEY, draw_jpeg
from fetched_photos import fetch, files_in, ids, listed
from PIL import Image

from colorkit.data.fetch import unsplash_client
from colorkit.data.fetch.unsplash_client import UnsplashClient
from colorkit.data.fetch.unsplash_fetch import DUPLICATE, OTHER_LICENCE, fetch_photos
from colorkit.data.source import PhotoSource


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


def test_pages_without_results_end_a_search(fake, tmp_path):
    fake.faults = [("/search", (200, {}, b'{"results": [], "total_pages": 1000000}'))]
    assert fetch(fake, tmp_path, ["fox"]).held == 0
    assert fake.count("/search") == 1


def test_progress_rises_to_the_total(fake, tmp_path):
    fake.results = {"fox": ids("fox", 4), "sea": ids("sea", 1)}
    seen = []
    fetch(fake, tmp_path, per_word=3, on_progress=lambda *state: seen.append(state))
    assert seen == [("fox", 1, 6), ("fox", 2, 6), ("fox", 3, 6), ("fox", 3, 6)] + [
        ("sea", 4, 6),
        ("sea", 6, 6),
    ]


def test_the_command(fake, tmp_path, monkeypatch, capfd):
    from colorkit.cli.main import main

    monkeypatch.setattr(unsplash_client, "API_URL", fake.url)
    monkeypatch.setenv(unsplash_client.KEY_VARIABLE, KEY)
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
    monkeypatch.setattr("colorkit.data.fetch.unsplash_client.time.sleep", fake.sleep)
    assert main(line) == 0, "nothing is left to ask for"
    fake.start()


def test_shipped_words_are_the_default(fake, tmp_path, monkeypatch):
    monkeypatch.setattr("colorkit.data.fetch.unsplash_fetch.read_words", lambda: ("fox",))
    fake.results = {"fox": ids("fox", 1)}
    client = UnsplashClient(KEY, api_url=fake.url)
    assert fetch_photos(tmp_path, client=client).stored == 1
    assert Path(tmp_path / "fox" / "fox-0.jpg").exists()

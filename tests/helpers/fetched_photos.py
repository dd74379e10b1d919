"""Photographs fetched from a `FakeUnsplash`, and what then lies in their folder."""

import csv

from fake_unsplash import KEY

from colorkit.data.fetch.unsplash_client import UnsplashClient
from colorkit.data.fetch.unsplash_fetch import fetch_photos


def fetch(fake, folder, words=None, per_word=50, wait=True, **options):
    """Fetches by the clock of the server; where no words are given, all that it knows."""
    client = UnsplashClient(KEY, wait, fake.url, fake.sleep, fake.clock)
    return fetch_photos(folder, words or list(fake.results), per_word, client=client, **options)


def listed(folder, name="attribution.csv"):
    """A list of the folder: a dict a row."""
    with open(folder / name, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def ids(name, number):
    """So many ids that begin with a name."""
    return [f"{name}-{index}" for index in range(number)]


def files_in(folder):
    """Paths of the photographs that lie in the folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")}

"""Fetches photographs by search words: each complete, credited and without duplicates."""

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from colorkit.data.fetch.http import FetchError
from colorkit.data.fetch.photo_store import PhotoStore, hash_photo
from colorkit.data.fetch.unsplash_client import UnsplashClient, read_access_key
from colorkit.data.fetch.unsplash_schema import LICENCE, FoundPhoto
from colorkit.data.fetch.words import read_words
from colorkit.io.folder_lock import hold_folder
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import decode_photo
from colorkit.typing import StrPath

DUPLICATE, OTHER_LICENCE, UNUSABLE = "looks like another", "Unsplash+ licence", "unusable"
"""Why photographs are dropped."""

MAX_FAILURES = 3
"""Consecutive failures after which the run stops."""


@dataclass
class FetchReport:
    """Result of one run of `fetch_photos`.

    Attributes:
        stored: Number of photographs that were stored.
        held: Number of photographs in the folder now.
        dropped: `Counter` of the photographs dropped permanently, by `DUPLICATE`, `OTHER_LICENCE`
            and `UNUSABLE`; `dropped.csv` has details.
        failed: Dict from the ids of photographs that could not be fetched to the reason; the next
            run retries them.
    """

    stored: int = 0
    held: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    failed: dict[str, str] = field(default_factory=dict)


def fetch_photos(
    out: StrPath,
    words: Iterable[str] | None = None,
    per_word: int = 50,
    size: int = 1024,
    client: UnsplashClient | None = None,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> FetchReport:
    """Fetches photographs by search words from Unsplash.

    `out` receives a folder for each word, and `attribution.csv` with photographer, links, licence,
    checksum and size of each photograph. A stopped or killed run is resumed by
    the next one: photographs in `attribution.csv` are neither fetched nor stored again, whichever
        word finds
    them, nor are near-duplicates of them (also mirrored).

    Args:
        out: Path of the folder. Input of `train`, `evaluate` and `dataset build`.
        words: Search words, or `None` for those that colorkit ships (`read_words`).
        per_word: Number of photographs for each word.
        size: Pixels of the shorter side. Smaller photographs are not resized.
        client: `UnsplashClient`, or `None` for one with the key in `UNSPLASH_ACCESS_KEY`.
        on_progress: Function of the word, the photographs of all words so far, and those asked
            for, called often; or `None`.

    Returns:
        `FetchReport`.

    Raises:
        ValueError: If the key is missing or refused, a CSV file in `out` is damaged, or another
            process fetches into `out`.
        FetchError: If Unsplash cannot be reached, or no request is left and the client does not
            wait. The same call resumes from there.

    Example:
        >>> report = fetch_photos("photos", ["red fox", "sea"], per_word=30)
        >>> report.stored, report.held
        (60, 60)
    """
    words = tuple(dict.fromkeys(read_words() if words is None else words))
    if client is None:
        client = UnsplashClient(read_access_key())
    with hold_folder(out):
        run = _Run(client, PhotoStore(out), per_word, size)
        try:
            return run.fetch(words, on_progress)
        except FetchError as error:
            raise FetchError(
                f"{error}. Photographs stored in this run: {run.report.stored}. "
                "The same command resumes from here."
            ) from error


class _Run:
    def __init__(self, client: UnsplashClient, store: PhotoStore, per_word: int, size: int) -> None:
        self._client, self._store = client, store
        self._per_word, self._size = per_word, size
        self.report = FetchReport()
        self._failures_in_a_row = 0

    def fetch(
        self, words: Sequence[str], on_progress: Callable[[str, int, int], None] | None
    ) -> FetchReport:
        done, total = 0, self._per_word * len(words)
        for word in words:
            held = min(self._store.count(word), self._per_word)
            if held < self._per_word and not self._store.is_exhausted(word):
                for held in self._fetch_word(word):
                    if on_progress is not None:
                        on_progress(word, done + held, total)
            done += self._per_word
            if on_progress is not None:
                on_progress(word, done, total)
        self.report.held = len(self._store)
        return self.report

    def _fetch_word(self, word: str) -> Iterator[int]:
        """Yields the word's number of photographs after each search result."""
        failed_before = len(self.report.failed)
        for photo in self._client.search(word):
            if photo.id not in self._store:
                self._fetch_photo(photo, word)
                yield self._store.count(word)
            if self._store.count(word) >= self._per_word:
                return
        if len(self.report.failed) == failed_before:
            self._store.exhaust(word)

    def _fetch_photo(self, photo: FoundPhoto, word: str) -> None:
        if photo.licence != LICENCE:
            return self._drop(photo, word, OTHER_LICENCE)
        try:
            content, picture = self._get(photo, word)
        except PhotoError as error:
            return self._drop(photo, word, UNUSABLE, error)
        except FetchError as error:
            return self._note_failure(photo, error)
        self._failures_in_a_row = 0
        hashes = hash_photo(picture)
        like = self._store.find_duplicate(hashes)
        if like is not None:
            return self._drop(photo, word, DUPLICATE, f"looks like {like}")
        path = self._store.write(photo.id, word, content, picture)
        # Listed after tracking, so that a killed run is made up for by the next.
        try:
            self._client.track_download(photo)
        except PhotoError as error:
            path.unlink()
            return self._drop(photo, word, UNUSABLE, error)
        self._store.list(photo, word, path, content, picture, hashes)
        self.report.stored += 1

    def _get(self, photo: FoundPhoto, word: str) -> tuple[bytes, Photo]:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", photo.id):
            raise PhotoError(
                f"Expected letters and digits as a photograph's id. Received: {photo.id}"
            )
        content = self._store.read_unlisted(photo.id, word)
        if content is not None:
            with contextlib.suppress(PhotoError):
                return content, decode_photo(content, photo.id, strict=True)
        return self._client.download(photo, self._size)

    def _drop(self, photo: FoundPhoto, word: str, reason: str, details: object = None) -> None:
        self._store.drop(photo, word, str(details or reason))
        self.report.dropped[reason] += 1

    def _note_failure(self, photo: FoundPhoto, error: Exception) -> None:
        self.report.failed[photo.id] = str(error)
        self._failures_in_a_row += 1
        if self._failures_in_a_row == MAX_FAILURES:
            raise FetchError(
                f"{MAX_FAILURES} photographs in a row cannot be fetched. The last: {error}"
            )

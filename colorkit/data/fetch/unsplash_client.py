"""Unsplash's API, as far as searching and downloading need it.

Its documentation is at https://unsplash.com/documentation, its terms at
https://unsplash.com/api-terms.
"""

from __future__ import annotations

import datetime
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from colorkit.data.fetch.http import FetchError, HttpClient
from colorkit.data.fetch.unsplash_schema import (
    OVER_LIMIT,
    FoundPhoto,
    count_requests,
    parse_response,
    read_found_photo,
    read_picture,
)
from colorkit.io.photo import Photo, PhotoError

if TYPE_CHECKING:
    import requests

API_URL = "https://api.unsplash.com"
API_VERSION = "v1"
KEY_VARIABLE = "UNSPLASH_ACCESS_KEY"
PER_PAGE = 30
"""Photographs on a page of results, the most that the API gives."""

JPEG_QUALITY = 90
_HOUR = 3600
_MARGIN = 5  # seconds after the full hour, for clock skew
_MAX_WAITS = 2  # full hours without a response

_log = logging.getLogger(__name__)


class UnsplashClient:
    """Searches and downloads photographs within the limits that Unsplash sets.

    Unsplash counts requests to its API by the hour and reports the remaining ones in each
    response. Where none is left, the client waits for the next full hour, or raises `FetchError`.
    The pictures themselves come from another server and are not counted.

    Args:
        access_key: Access key of a registered application.
        wait: Bool, whether to wait where no request is left.
        api_url: Address of the API, without a slash at its end.
        sleep: Function that waits for a number of seconds.
        clock: Function that returns the seconds since 1970, UTC.
    """

    def __init__(
        self,
        access_key: str,
        wait: bool = True,
        api_url: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._access_key = access_key
        self._wait = wait
        self._api_url = api_url or API_URL
        self._sleep = sleep
        self._clock = clock
        self._http = HttpClient(sleep)
        self._limit: int | None = None
        self._remaining: int | None = None

    def search(self, word: str) -> Iterator[FoundPhoto]:
        """Searches photographs, lazily page by page.

        Args:
            word: What to search for.

        Yields:
            `FoundPhoto`, the most relevant first.

        Raises:
            FetchError: If the API cannot be asked any more for now.
            ValueError: If it refuses the key.
        """
        page, pages = 1, 1
        while page <= pages:
            found = self._ask(
                f"{self._api_url}/search/photos",
                {"query": word, "page": page, "per_page": PER_PAGE},
            )
            try:
                pages = found["total_pages"]
                photos = [read_found_photo(each) for each in found["results"]]
            except (KeyError, TypeError) as error:
                raise FetchError(
                    f"Expected search results of Unsplash's API {API_VERSION}. Received: an answer "
                    f"of another form ({error!r})"
                ) from error
            yield from photos
            page = page + 1 if photos else pages + 1

    def download(self, photo: FoundPhoto, size: int) -> tuple[bytes, Photo]:
        """Downloads a photograph and checks that it is complete.

        Args:
            photo: A `FoundPhoto`.
            size: Pixels of the shorter side; smaller photographs are not resized.

        Returns:
            Its file as bytes, and the `Photo` in it.

        Raises:
            PhotoError: If it is gone, or incomplete after all retries.
            FetchError: If it cannot be downloaded now.
        """
        scale = min(1.0, size / max(1, min(photo.width, photo.height)))
        width = round(photo.width * scale)
        content, picture = self._http.get(
            photo.image_url,
            lambda response, content: read_picture(response, content, photo.id),
            params={"w": width, "fit": "max", "fm": "jpg", "q": JPEG_QUALITY},
        )
        if content is None or picture is None:
            raise PhotoError(f"{photo.id}: the picture is no longer there.")
        return content, picture

    def track_download(self, photo: FoundPhoto) -> None:
        """Tells Unsplash that a photograph was downloaded, as its API guidelines ask.

        Args:
            photo: A `FoundPhoto`.

        Raises:
            PhotoError: If Unsplash has removed the photograph.
            FetchError: If the API cannot be asked any more for now.
        """
        if not photo.download_location.startswith(f"{self._api_url}/"):
            raise PhotoError(
                f"{photo.id}: expected a download location at {self._api_url}, since the key is "
                f"sent there. Received: {photo.download_location}"
            )
        if self._ask(photo.download_location) is None:
            raise PhotoError(f"{photo.id}: Unsplash has removed it.")

    def _ask(self, url: str, params: Mapping[str, str | int] | None = None) -> Any:
        """Calls the API within its limits. Returns the parsed response, `None` for status 404."""
        for _ in range(_MAX_WAITS + 1):
            if self._remaining == 0:
                self._wait_for_requests()
            response, parsed = self._http.get(
                url,
                parse_response,
                lambda response: count_requests(response, "Remaining") == 0,
                params=params,
                auth=self._sign,
                headers={"Accept-Version": API_VERSION},
            )
            self._limit = count_requests(response, "Limit")
            self._remaining = count_requests(response, "Remaining")
            if parsed is not OVER_LIMIT:
                return parsed
            self._remaining = 0
        raise FetchError(f"{self._no_requests_left()}, though it is a new one")

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Client-ID {self._access_key}"
        return request

    def _wait_for_requests(self) -> None:
        now = self._clock()
        seconds = _HOUR - now % _HOUR + _MARGIN
        resumes = datetime.datetime.fromtimestamp(now + seconds, datetime.timezone.utc)
        if not self._wait:
            raise FetchError(f"{self._no_requests_left()}, which ends at {resumes:%H:%M} UTC")
        _log.warning(
            f"{self._no_requests_left()}. Resuming at {resumes:%H:%M} UTC, in "
            f"{math.ceil(seconds / 60)} minutes. Ctrl-C stops; the same command resumes from here."
        )
        self._sleep(seconds)
        self._remaining = None

    def _no_requests_left(self) -> str:
        limit = "" if self._limit is None else f" than {self._limit}"
        return f"Unsplash's API takes no more requests{limit} in this hour"


def read_access_key() -> str:
    """Reads the key of Unsplash's API from the environment variable `UNSPLASH_ACCESS_KEY`.

    Returns:
        String.

    Raises:
        ValueError: If it is not set; the message says how to get a key.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not key:
        raise ValueError(
            f"Expected the key of Unsplash's API in the environment variable {KEY_VARIABLE}. "
            "Received: none. To get one, join Unsplash, register an application at "
            "https://unsplash.com/oauth/applications and copy its Access Key. The API's "
            "guidelines exclude training AI models: ask Unsplash for permission first, or fetch "
            "photographs from elsewhere with --urls (docs/dataset.md names sources)."
        )
    return key

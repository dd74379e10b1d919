"""Parses responses of Unsplash's API and of its image server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from colorkit.data.fetch.http import FetchError, TransientError
from colorkit.io.photo import Photo, PhotoError
from colorkit.io.read import decode_photo

if TYPE_CHECKING:
    import requests

LICENCE = "Unsplash License (https://unsplash.com/license)"
PLUS_LICENCE = "Unsplash+ License (https://unsplash.com/plus/license)"

OVER_LIMIT = object()
"""Stands for a response when the hour's requests are used up."""

_REFERRAL = "utm_source=colorkit&utm_medium=referral"  # API guidelines, "Attribution"


@dataclass(frozen=True)
class FoundPhoto:
    """A photograph in search results.

    Attributes:
        id: Unsplash's id.
        photographer: Name of who took it.
        profile_link: Address of the photographer's page, with the parameters that the API
            guidelines ask for.
        photo_link: Address of the photograph's page, likewise.
        image_url: URL of the picture; parameters resize it.
        download_location: URL that reports a download to Unsplash.
        width, height: Its full size in pixels.
        licence: `LICENCE`, or `PLUS_LICENCE` for photographs that are sold.
    """

    id: str
    photographer: str
    profile_link: str
    photo_link: str
    image_url: str
    download_location: str
    width: int
    height: int
    licence: str = LICENCE


def read_found_photo(found: Mapping[str, Any]) -> FoundPhoto:
    """Reads one of the `results` of a search: a dict. Returns a `FoundPhoto`."""
    user, links = found["user"], found["links"]
    return FoundPhoto(
        id=found["id"],
        photographer=user["name"],
        profile_link=_refer(user["links"]["html"]),
        photo_link=_refer(links["html"]),
        image_url=found["urls"]["raw"],
        download_location=links["download_location"],
        width=int(found["width"]),
        height=int(found["height"]),
        licence=PLUS_LICENCE if found.get("premium") or found.get("plus") else LICENCE,
    )


def _refer(link: str) -> str:
    return f"{link}{'&' if '?' in link else '?'}{_REFERRAL}"


def read_picture(
    response: requests.Response, content: bytes, name: str
) -> tuple[bytes, Photo] | tuple[None, None]:
    """Reads a picture.

    Args:
        response: `requests.Response`.
        content: Its content as bytes.
        name: Name of the picture in errors.

    Returns:
        `content` and the `Photo` in it; two times `None` where it no longer exists.

    Raises:
        PhotoError: If the picture is damaged or unsuitable.
        TransientError: If it is no picture, such as the page of a proxy.
        FetchError: If the server refuses to give it.
    """
    if response.status_code in (404, 410):
        return None, None
    place = response.url.partition("?")[0]
    if response.status_code != 200:
        raise FetchError(f"{place} answers {response.status_code} {response.reason}")
    kind = response.headers.get("Content-Type", "something of no type")
    try:
        return content, decode_photo(content, name, strict=True)
    except PhotoError as error:
        if kind.startswith("image/"):
            raise
        raise TransientError(f"{place} sends {kind} in place of a picture") from error


def parse_response(response: requests.Response, content: bytes) -> tuple[requests.Response, Any]:
    """Parses a response of the API.

    Args:
        response: `requests.Response`.
        content: Its content as bytes.

    Returns:
        The response; and its JSON, `None` for status 404, or `OVER_LIMIT`.

    Raises:
        ValueError: If the API refuses the key.
        FetchError: If it refuses the request.
        TransientError: If the JSON is damaged.
    """
    status, place = response.status_code, response.url.partition("?")[0]
    if status == 404:
        return response, None
    if status == 401:
        raise ValueError(
            "Expected the Access Key of an application at https://unsplash.com/oauth/applications. "
            f"Received: a key that Unsplash refuses ({_excerpt(content)})."
        )
    is_rate_limit = status == 403 and b"rate limit" in content.lower()
    if is_rate_limit or (status != 200 and count_requests(response, "Remaining") == 0):
        return response, OVER_LIMIT
    if status != 200:
        raise FetchError(f"{place} answers {status} {response.reason}: {_excerpt(content)}")
    try:
        return response, json.loads(content)
    except ValueError as error:
        raise TransientError(f"{place} sends no whole JSON: {_excerpt(content)}") from error


def count_requests(response: requests.Response, name: str) -> int | None:
    """Returns the number in the header `X-Ratelimit-name`, `None` where there is none."""
    text = response.headers.get(f"X-Ratelimit-{name}", "").strip()
    return int(text) if text.isdecimal() else None


def _excerpt(content: bytes) -> str:
    return " ".join(content[:200].decode("utf-8", "replace").split())

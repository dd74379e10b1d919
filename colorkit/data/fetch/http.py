"""HTTP requests with retries and exponential backoff."""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests
import tenacity
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

import colorkit
from colorkit.io.photo import PhotoError

MAX_ATTEMPTS = 6
"""Attempts per URL: five pauses, at random up to 1, 2, 4, 8 and 16 seconds."""

MAX_BYTES = 1 << 28
"""Longer responses are refused."""

TIMEOUT = (10, 60)
"""Connection and read timeouts in seconds."""

TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP status codes that are retried."""

_TRANSIENT_ERRORS = (
    requests.Timeout,
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
_LONG_PAUSE = 30  # seconds; longer pauses are logged as warnings
_log = logging.getLogger(__name__)
_backoff = tenacity.wait_random_exponential(multiplier=1, max=60)


T = TypeVar("T")


class FetchError(OSError):
    """A download that failed now and may succeed later."""


class TransientError(FetchError):
    """A failure that is retried.

    Args:
        message: The error message if it persists.
        retry_after: Seconds that the server asks to wait for, or 0.
    """

    def __init__(self, message: str, retry_after: float = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class HttpClient:
    """An HTTP client that retries.

    A status of `TRANSIENT_STATUS`, timeouts, broken connections and truncated bodies are
    retried, up to `MAX_ATTEMPTS` attempts, after pauses that double, with jitter, and are never
    shorter than `Retry-After`.

    Args:
        sleep: Function that waits for a number of seconds.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"colorkit/{colorkit.__version__}"
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((TransientError, PhotoError)),
            wait=_pause,
            stop=tenacity.stop_after_attempt(MAX_ATTEMPTS),
            sleep=sleep,
            before_sleep=_log_retry,
            reraise=True,
        )

    def get(
        self,
        url: str,
        read: Callable[[requests.Response, bytes], T],
        is_final: Callable[[requests.Response], bool] | None = None,
        **options: Any,
    ) -> T:
        """Sends a GET request.

        Args:
            url: Address, with `http` or `https`.
            read: Function of the response and its content (bytes), whose result is returned.
                Where it raises `PhotoError` or `TransientError`, the request is retried.
            is_final: Function of the response that is true where a retry is useless although the
                status is one of `TRANSIENT_STATUS`, or `None`.
            options: More arguments of `requests.Session.get`, such as `params`.

        Returns:
            What `read` returns.

        Raises:
            FetchError: If the failure persists.
            PhotoError: If `read` raises it each time.
        """
        return self._retrying(self._get_once, url, read, is_final, options)

    def _get_once(
        self,
        url: str,
        read: Callable[[requests.Response, bytes], T],
        is_final: Callable[[requests.Response], bool] | None,
        options: dict[str, Any],
    ) -> T:
        place = url.partition("?")[0]
        try:
            with self._session.get(url, stream=True, timeout=TIMEOUT, **options) as response:
                content = _read_content(response, place)
        except _TRANSIENT_ERRORS as error:
            raise TransientError(f"{place} gives no whole answer: {error}") from error
        except requests.RequestException as error:
            raise FetchError(f"{place} cannot be asked: {error}") from error
        if response.status_code in TRANSIENT_STATUS and not (is_final and is_final(response)):
            raise TransientError(
                f"{place} answers {response.status_code} {response.reason}",
                _seconds_to_wait(response),
            )
        return read(response, content)


def _read_content(response: requests.Response, place: str) -> bytes:
    content = bytearray()
    for part in response.iter_content(1 << 16):
        content += part
        if len(content) > MAX_BYTES:
            raise FetchError(f"{place} sends more than {MAX_BYTES} bytes, the most that is taken")
    return bytes(content)


def _seconds_to_wait(response: requests.Response) -> float:
    try:
        return Retry().get_retry_after(response.raw) or 0
    except InvalidHeader:
        return 0


def _pause(state: tenacity.RetryCallState) -> float:
    asked = getattr(_error_of(state), "retry_after", 0)
    return max(asked, _backoff(state))


def _log_retry(state: tenacity.RetryCallState) -> None:
    seconds = state.next_action.sleep if state.next_action is not None else 0.0
    level = logging.WARNING if seconds >= _LONG_PAUSE else logging.DEBUG
    _log.log(level, f"{_error_of(state)}. Trying again in {seconds:.0f} s.")


def _error_of(state: tenacity.RetryCallState) -> BaseException | None:
    return None if state.outcome is None else state.outcome.exception()

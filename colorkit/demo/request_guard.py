"""Refuses requests that are not meant for this page, or are too large."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import logging
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from colorkit.demo.limits import Limits
    from colorkit.demo.work_folder import WorkFolder

ENVELOPE_BYTES = 1 << 20
"""What a request may have besides its files, and any other request in all."""

UPLOAD_SECONDS = 600
"""How long an upload may take."""

_SWEEPS = 16  # while as much arrives as may lie on the disk
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TOLD = 20  # how many names are logged at most

log = logging.getLogger(__name__)


class _NoRoomError(Exception):
    """More is arriving than may lie on the disk."""


class RequestGuard:
    """ASGI middleware that a page is served through.

    A page in the browser of someone here could send requests to this one (CSRF), or have its own
    name lead here and read the answers (DNS rebinding). So the header Host must be an address or
    name of this machine, and Origin the page itself, or either must be allowed. Files are taken
    where Gradio keeps them in its folder, as long as they fit in it.

    Args:
        app: The ASGI application.
        allowed_hosts: Collection of further host names; `"*.example.org"` allows those below it.
        limits: `Limits`.
        folder: `WorkFolder`.
    """

    def __init__(
        self, app: ASGIApp, allowed_hosts: Iterable[str], limits: Limits, folder: WorkFolder
    ) -> None:
        self._app, self._allowed_hosts = app, allowed_hosts
        self._limits, self._folder = limits, folder
        self._arriving = 0
        self._unswept = 0
        self._refused_names: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it on to the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._check_origin(headers) or self._check_size(scope, headers)
        if refusal is not None:
            status, words = refusal
            await PlainTextResponse(words, status)(scope, receive, send)
        elif _is_upload(scope, headers):
            await self._take_upload(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _check_origin(self, headers: Headers) -> tuple[int, str] | None:
        """Returns the status and words of a refusal, or `None`."""
        host, origin = headers.get("host", ""), headers.get("origin")
        name, port = _split(f"//{host}")
        if not (is_own_host(name) or self._is_allowed(name)):
            self._tell_owner(name)
            return 403, (
                "Expected an address or name of this machine as Host. "
                f"Received: {host}. Whoever runs the page can allow it by --allow-host."
            )
        if origin is None:
            return None
        own_name, own_port = _split(origin)
        default_port = _DEFAULT_PORTS.get(urlsplit(origin).scheme)
        is_same = (own_name, own_port or default_port) == (name, port or default_port)
        if own_name and (is_same or self._is_allowed(own_name)):
            return None
        self._tell_owner(own_name)
        return 403, (
            f"Expected a request of the page itself. Received: one of {origin}. Whoever runs the "
            "page can allow it by --allow-host."
        )

    def _check_size(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        files = _is_upload(scope, headers)
        if "transfer-encoding" in headers or files and "content-length" not in headers:
            return 411, "Expected a request that tells its length. Received: none."
        length = int(headers.get("content-length", 0))
        if not files and _is_form(headers) and not _ends_in(scope, "/login"):
            return 415, "Expected files at /gradio_api/upload alone."
        if length > ENVELOPE_BYTES + (self._limits.request_bytes if files else 0):
            megabytes = self._limits.request_megabytes if files else ENVELOPE_BYTES >> 20
            return 413, (
                f"Expected at most {megabytes} MB at once. Received: {length / (1 << 20):.0f} MB. "
                "Upload the photographs in parts of that size."
            )
        return None

    async def _take_upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets an upload in as far as there is room for what arrives.

        Only bytes that have arrived count: a request that claims more deletes nobody's photographs.
        """
        arrived = 0

        async def receive_counted() -> Message:
            nonlocal arrived
            message = await receive()
            size = len(message.get("body", b""))
            arrived += size
            self._arriving += size
            self._unswept += size
            if self._arriving > self._limits.disk_bytes + ENVELOPE_BYTES:
                raise _NoRoomError
            if self._unswept > self._limits.disk_bytes // _SWEEPS or not message.get("more_body"):
                self._unswept = 0
                await asyncio.to_thread(self._folder.sweep, size)
            return message

        try:
            await asyncio.wait_for(self._app(scope, receive_counted, send), UPLOAD_SECONDS)
        except asyncio.TimeoutError:
            words = f"Expected the upload within {UPLOAD_SECONDS} seconds. Upload fewer at once."
            await PlainTextResponse(words, 408)(scope, receive, send)
        except _NoRoomError:
            words = "Too many photographs are being uploaded. Try again in a minute."
            await PlainTextResponse(words, 503)(scope, receive, send)
        finally:
            self._arriving -= arrived

    def _tell_owner(self, name: str) -> None:
        """Logs the name of a refusal once: a browser behind a proxy shows an empty page."""
        if name not in self._refused_names and len(self._refused_names) < _TOLD:
            self._refused_names.add(name)
            log.warning("Requests for or from %r are refused; --allow-host allows them.", name)

    def _is_allowed(self, name: str) -> bool:
        return any(
            name.endswith(each[1:]) if each.startswith("*.") else name == each
            for each in map(str.lower, self._allowed_hosts)
        )


def is_own_host(name: str) -> bool:
    """Tells whether a name or address is one of this machine.

    Args:
        name: Host name in lower case, or IP address without brackets.
    """
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or (bool(name) and name in _own_names())
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    if address.is_multicast:
        return False
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((name, 0))
    except OSError:
        return False
    return True


@functools.cache
def _own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local", socket.getfqdn().lower()}


def _split(address: str) -> tuple[str, int | None]:
    """Splits an address into host name, "" where there is none, and port or `None`."""
    try:
        parts = urlsplit(address)
        has_user = "@" in parts.netloc  # No browser sends that.
        return ("", None) if has_user else (parts.hostname or "", parts.port)
    except ValueError:
        return "", None


def _is_upload(scope: Scope, headers: Headers) -> bool:
    return _is_form(headers) and _ends_in(scope, "/upload")


def _ends_in(scope: Scope, place: str) -> bool:
    return scope["path"].rstrip("/").endswith(place)


def _is_form(headers: Headers) -> bool:
    return headers.get("content-type", "").lower().startswith("multipart/")

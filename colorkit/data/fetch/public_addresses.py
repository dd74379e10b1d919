"""Keeps downloads of lists of addresses to the public internet.

A list from elsewhere may name files, services of this machine or the router beside it, and a public
server may redirect there.
"""

import contextlib
import http.client
import ipaddress
import socket
import urllib.error
import urllib.parse
import urllib.request

REFUSED = "a private address, which only --allow-private fetches"
"""The reason in errors for such an address."""


def install_guard() -> None:
    """Lets `urllib.request.urlopen` open public addresses of HTTP and HTTPS alone.

    The address that a name stands for is checked, of redirects too, and once more where the
    connection is made, since a name may stand for another by then.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPRedirectHandler,
        urllib.request.UnknownHandler,
        _PublicHttp,
        _PublicHttps,
    ):
        opener.add_handler(handler())
    urllib.request.install_opener(opener)


def is_public(address: str) -> bool:
    """Returns whether an IP address, as text, is one of the public internet."""
    outer = ipaddress.ip_address(address.partition("%")[0])
    inner = [getattr(outer, name, None) for name in ("ipv4_mapped", "sixtofour")]
    found = [outer, *(each for each in inner if each is not None)]
    return all(each.is_global and not each.is_multicast for each in found)


def _checked(request: urllib.request.Request) -> urllib.request.Request:
    host = urllib.parse.urlsplit(request.full_url).hostname or ""
    with contextlib.suppress(socket.gaierror):  # Connecting will tell, or a proxy knows it.
        for *_, place in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
            _check_address(str(place[0]))
    return request


def _check_address(address: str) -> None:
    if not is_public(address):
        raise urllib.error.URLError(REFUSED)


class _PublicConnection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _check_address(self.sock.getpeername()[0])


class _PublicSecureConnection(http.client.HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _check_address(self.sock.getpeername()[0])


class _PublicHttp(urllib.request.HTTPHandler):
    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        return self.do_request_(_checked(request))

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        proxied = _is_proxied(request)
        return self.do_open(http.client.HTTPConnection if proxied else _PublicConnection, request)


class _PublicHttps(urllib.request.HTTPSHandler):
    def https_request(self, request: urllib.request.Request) -> urllib.request.Request:
        return self.do_request_(_checked(request))

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        kind = http.client.HTTPSConnection if _is_proxied(request) else _PublicSecureConnection
        return self.do_open(kind, request)


def _is_proxied(request: urllib.request.Request) -> bool:
    """Returns whether a request goes to a proxy, which may have any address."""
    return request.host != urllib.parse.unquote(urllib.parse.urlsplit(request.full_url).netloc)

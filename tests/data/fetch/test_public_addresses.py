"""Lists of addresses lead to the public internet alone, through redirects too."""

import http.server
import importlib
import json
import sys
import threading
import types
import urllib.request

import pytest

from colorkit.data.fetch import public_addresses, url_worker
from colorkit.data.fetch.public_addresses import install_guard, is_public

PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1",
    "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "100.64.0.1", "224.0.0.1", "2002:7f00:1::",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses(address):
    assert is_public(address)


@pytest.fixture
def guard(monkeypatch):
    monkeypatch.setattr(urllib.request, "_opener", None)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    install_guard()


@pytest.fixture
def server():
    """A server of this machine that redirects `/to?URL` there; it notes what it was asked."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            path, _, target = self.path.partition("?")
            self.send_response(302 if path == "/to" else 200)
            self.send_header("Location", target)
            self.end_headers()
            self.wfile.write(b"secret")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def open_url(url):
    with urllib.request.urlopen(url, timeout=5) as response:
        return response.read()


def test_addresses_of_this_machine_are_not_asked(guard, server):
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0"):
        with pytest.raises(urllib.request.URLError, match="a private address"):
            open_url(f"http://{host}:{server.server_port}/")
    assert server.asked == []


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/a", "data:,a"])
def test_other_schemes_are_refused(guard, url):
    with pytest.raises(urllib.request.URLError, match="unknown url type"):
        open_url(url)


def test_a_redirect_to_a_private_address_is_refused(guard, server, monkeypatch):
    local = f"127.0.0.1:{server.server_port}"
    real = public_addresses.is_public
    calls = []

    def public_at_first(address):  # as if the server were one of the internet
        calls.append(address)
        return len(calls) <= 2 or real(address)

    monkeypatch.setattr(public_addresses, "is_public", public_at_first)
    with pytest.raises(urllib.request.URLError, match="a private address"):
        open_url(f"http://{local}/to?http://{local}/secret")
    assert server.asked == [f"/to?http://{local}/secret"]


def test_a_name_that_stands_for_another_address_by_then_is_refused(guard, server, monkeypatch):
    found = [(2, 1, 6, "", ("8.8.8.8", 0))]
    real = public_addresses.socket.getaddrinfo
    monkeypatch.setattr(
        public_addresses.socket,
        "getaddrinfo",
        lambda host, port, *more, **options: (
            found if port is None else real(host, port, *more, **options)
        ),
    )
    with pytest.raises(urllib.request.URLError, match="a private address"):
        open_url(f"http://127.0.0.1:{server.server_port}/")
    assert server.asked == []


def test_a_proxy_may_be_private(server, monkeypatch):
    monkeypatch.setattr(urllib.request, "_opener", None)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    install_guard()
    assert open_url("http://8.8.8.8/photo.jpg") == b"secret"
    with pytest.raises(urllib.request.URLError, match="a private address"):
        open_url("http://10.0.0.1/photo.jpg")
    assert server.asked == ["http://8.8.8.8/photo.jpg"]


@pytest.mark.parametrize("allow_private", [False, True])
def test_img2dataset_downloads_through_the_guard(guard, monkeypatch, allow_private):
    class Downloader:
        def __call__(self, row):
            return urllib.request._opener

    package = types.ModuleType("img2dataset")
    package.__path__ = []
    modules = {
        "img2dataset": package,
        "img2dataset.downloader": types.SimpleNamespace(Downloader=Downloader),
        "img2dataset.main": types.SimpleNamespace(Downloader=Downloader),
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "colorkit.data.fetch.public_downloader", raising=False)
    monkeypatch.setattr(urllib.request, "_opener", None)
    package.download = lambda **options: openers.append(
        importlib.import_module("img2dataset.main").Downloader()("row")
    )
    openers = []
    options = {"distributor": "multiprocessing", "allow_private": allow_private}
    url_worker.main(json.dumps(options))
    sys.modules.pop("colorkit.data.fetch.public_downloader", None)
    assert (openers == [None]) == allow_private

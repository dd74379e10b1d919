"""What the page refuses before Gradio sees it, by requests over HTTP."""

import contextlib
import os
import select
import shutil
import socket
import time
import types

import pytest
import requests

pytest.importorskip("gradio", reason="the page needs Gradio: pip install gradio")

from colorkit.demo import request_guard
from colorkit.demo.limits import Limits
from colorkit.demo.work_folder import work_folder

MEGABYTE = 1 << 20
LIMITS = Limits(megabytes=1, request_megabytes=3, disk_megabytes=4)


@pytest.fixture
def page(launch):
    for left in work_folder().path.iterdir():  # by other tests, and no part of this page
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    page = launch(limits=LIMITS, allowed_hosts=["allowed.example", "*.below.example"])
    yield types.SimpleNamespace(
        url=page.local_url,
        port=page.server_port,
        upload=f"{page.local_url}gradio_api/upload",
    )
    work_folder().max_bytes = float("inf")


def files(number, megabytes=0.9):
    return [("files", (f"{n}.jpg", bytes([n]) * int(megabytes * MEGABYTE))) for n in range(number)]


def total():
    return sum(path.stat().st_size for path in work_folder().path.rglob("*") if path.is_file())


@pytest.mark.slow
def test_hosts_and_origins(page):
    def status(**headers):
        return requests.get(f"{page.url}config", headers=headers).status_code

    port = page.port
    own = ["localhost", f"127.0.0.1:{port}", f"[::1]:{port}", socket.gethostname(), "LOCALHOST"]
    for host in (*own, "allowed.example", f"Allowed.example:{port}", "a.b.below.example"):
        assert status(Host=host) == 200, host
    foreign = ["evil.example", "127.0.0.1.evil.example", "192.0.2.7", "localhost@evil.example"]
    for host in (*foreign, "below.example", "evilbelow.example", "", "224.0.0.1", "[::1"):
        assert status(Host=host) == 403, host
    for origin in (page.url.rstrip("/"), "https://allowed.example", "http://x.below.example:1"):
        assert status(Origin=origin) == 200, origin
    foreign = ["http://evil.example", "http://127.0.0.1:1", f"http://localhost:{port}", "null"]
    for origin in (*foreign, f"http://evil.example:{port}", ""):
        assert status(Origin=origin) == 403, origin
    assert status(Host="allowed.example", Origin="https://allowed.example") == 200
    assert status(Host="localhost", Origin="http://localhost") == 200


@pytest.mark.slow
def test_another_page_uploads_nothing(page):
    before = total()
    headers = {"Origin": "http://evil.example"}
    answer = requests.post(page.upload, files=files(2), headers=headers)
    assert answer.status_code == 403
    assert answer.text.startswith(
        "Expected a request of the page itself. Received: one of http://e"
    )
    assert total() == before


@pytest.mark.slow
def test_what_lies_on_the_disk_has_a_limit(page):
    for n in range(9):
        given = [("files", (f"{n}{k}.jpg", os.urandom(MEGABYTE // 2))) for k in range(4)]
        answer = requests.post(page.upload, files=given)
        assert answer.status_code == 200
        assert total() <= LIMITS.disk_bytes
    assert all(os.path.exists(path) for path in answer.json())


@pytest.mark.slow
def test_requests_that_are_too_large_or_of_another_form(page):
    before = total()
    answer = requests.post(page.upload, files=files(5))
    assert answer.status_code == 413
    assert answer.text == (
        "Expected at most 3 MB at once. Received: 5 MB. Upload the photographs in parts of that "
        "size."
    )
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = requests.post(page.upload, data=iter([b"x" * 10]), headers=form)
    assert answer.status_code == 411
    for place in ("component_server", "process_recording"):
        answer = requests.post(f"{page.url}gradio_api/{place}", files=files(1))
        assert answer.status_code == 415
    answer = requests.post(f"{page.url}gradio_api/call/colorize", json=["x" * 2 * MEGABYTE])
    assert answer.status_code == 413
    assert total() == before


def begin_upload(page, body):
    """Begins an upload that claims to have 3 MB; to be closed."""
    connection = socket.create_connection(("127.0.0.1", page.port), timeout=20)
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {3 * MEGABYTE}\r\n\r\n"
    )
    connection.sendall(head.encode() + body)
    return connection


def part(content):
    head = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    return head.encode() + content + b"\r\n"


@pytest.mark.slow
def test_uploads_that_arrive_together_count_together(page):
    """While one of 3 MB is under way, others that bring it above the limit find no room."""
    begun = 3 * part(bytes(9 * MEGABYTE // 10))
    with begin_upload(page, begun) as first, begin_upload(page, begun) as second:
        answered, _, _ = select.select([first, second], [], [], 20)
        assert [each.recv(12) for each in answered] == [b"HTTP/1.1 503"]
    answer = requests.post(page.upload, files=files(3))
    while answer.status_code == 503:  # Until the server knows that the others went away.
        answer = requests.post(page.upload, files=files(3))
    assert answer.status_code == 200


@pytest.mark.slow
def test_what_an_upload_only_claims_costs_nobody_anything(page):
    """No photograph is deleted for it, and no other upload refused."""
    first = requests.post(page.upload, files=files(1)).json()
    with contextlib.ExitStack() as claims:
        for _ in range(10):
            claims.enter_context(begin_upload(page, part(b"x")))
        end = time.monotonic() + 20
        while len([*work_folder().path.glob("tmp*")]) < 10 and time.monotonic() < end:
            time.sleep(0.01)
        answer = requests.post(page.upload, files=files(1))
        assert answer.status_code == 200
        assert all(os.path.exists(path) for path in (*first, *answer.json()))


@pytest.mark.slow
def test_an_upload_that_does_not_tell_its_length(page):
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", page.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(12) == b"HTTP/1.1 411"


@pytest.mark.slow
def test_an_upload_that_never_ends(page, monkeypatch):
    monkeypatch.setattr(request_guard, "UPLOAD_SECONDS", 0.3)
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1:{page.port}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\n"
    )
    with socket.create_connection(("127.0.0.1", page.port), timeout=20) as slow:
        slow.sendall(head.encode())
        assert slow.recv(12) == b"HTTP/1.1 408"

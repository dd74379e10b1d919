"""The address at which the page listens."""

import socket

import pytest

from colorkit.demo.address import check_address, describe_failure, is_loopback


@pytest.fixture
def taken():
    """A port at which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_is_taken(taken):
    message = f"cannot listen at port {taken}: another program does. .*first free one from 7860"
    for host in ("127.0.0.1", "0.0.0.0"):
        with pytest.raises(OSError, match=message):
            check_address(host, taken)


def test_what_is_free():
    check_address("127.0.0.1", None)
    check_address("localhost", None)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_host_that_is_not_of_this_machine(host):
    with pytest.raises(ValueError, match=f"name of this machine. Received: host='{host}'"):
        check_address(host, None)


@pytest.mark.parametrize("port", [0, 65536])
def test_a_number_that_is_no_port(port):
    with pytest.raises(ValueError, match=f"from 1 to 65535. Received: port={port}"):
        check_address("127.0.0.1", port)


def test_a_port_for_administrators():
    assert "port 80, which this system keeps" in describe_failure(80, PermissionError())


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("[::1]", True), ("0.0.0.0", False), ("::", False)],
)
def test_what_only_this_machine_reaches(host, expected):
    assert is_loopback(host) is expected

"""The address at which the page listens, checked before anything is loaded."""

import errno
import ipaddress
import os
import socket
from typing import Any

LARGEST_PORT = 65535


def check_address(host: str, port: int | None) -> None:
    """Checks that the page can listen there.

    Args:
        host: Address or name of this machine.
        port: Int, or `None` for any.

    Raises:
        ValueError: If `port` is no port, or `host` is not of this machine.
        OSError: If the port is taken, or not for this user.
    """
    if port is not None and not 1 <= port <= LARGEST_PORT:
        raise ValueError(
            f"`port` must be None or from 1 to {LARGEST_PORT}. Received: port={port!r}"
        )
    wrong = f"`host` must be an address or name of this machine. Received: host={host!r}"
    try:
        places = _resolve(host, port)
    except (socket.gaierror, UnicodeError) as error:
        raise ValueError(wrong) from error
    for family, kind, protocol, _, place in places:
        try:
            with socket.socket(family, kind, protocol) as probe:
                if os.name == "posix":  # Elsewhere it would share a port that is taken.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(place)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise ValueError(wrong) from error
            raise OSError(describe_failure(port, error)) from error


def describe_failure(port: int | None, error: OSError) -> str:
    """Says why the page cannot listen at a port."""
    if isinstance(error, PermissionError):
        return (
            f"The page cannot listen at port {port}, which this system keeps for administrators. "
            "Choose one from 1024 on."
        )
    if port is None:
        return "The page found no free port from 7860 on. Choose one (`port`, --port)."
    return (
        f"The page cannot listen at port {port}: another program does. Choose another one, or "
        "leave it out (`port`, --port) for the first free one from 7860."
    )


def is_loopback(host: str) -> bool:
    """Tells whether only this machine reaches an address or name."""
    try:
        places = _resolve(host, None)
    except (socket.gaierror, UnicodeError):
        return False
    return all(ipaddress.ip_address(place[0].partition("%")[0]).is_loopback for *_, place in places)


def _resolve(host: str, port: int | None) -> list[Any]:
    return socket.getaddrinfo(host.strip("[]"), port or 0, type=socket.SOCK_STREAM)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A listener bounds its connections before anything is said on them."""

import resource
import socket
from collections.abc import Callable, Iterator

import pytest

from caducee.services.web.bounded import BoundedListener, raise_file_limit
from caducee.services.web.listening import listen

type Connect = Callable[[str], socket.socket]


@pytest.fixture
def listener() -> Iterator[BoundedListener]:
    with listen("127.0.0.1", 0, most=4, most_each=3) as made:
        made.settimeout(30)
        yield made


@pytest.fixture
def connect(listener: BoundedListener) -> Iterator[Connect]:
    """Clients from an address of their own: all of 127.0.0.0/8 is this machine."""
    made: list[socket.socket] = []

    def opened(source: str) -> socket.socket:
        client = socket.create_connection(
            listener.getsockname(), timeout=30, source_address=(source, 0)
        )
        made.append(client)
        return client

    yield opened
    for client in made:
        client.close()


def is_over(client: socket.socket) -> bool:
    """Wait until the other end closes."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_network_beyond_its_bound_is_closed_at_once(
    listener: BoundedListener, connect: Connect
) -> None:
    for host in (1, 2, 3):
        connect(f"127.0.0.{host}")
    kept = [listener.accept()[0] for _ in range(3)]
    refused = connect("127.0.0.4")
    with pytest.raises(ConnectionAbortedError):
        listener.accept()
    assert is_over(refused)
    connect("127.0.9.1")
    kept.append(listener.accept()[0])
    for item in kept:
        item.close()


def test_a_closed_connection_makes_room_for_its_network(
    listener: BoundedListener, connect: Connect
) -> None:
    for _ in range(10):
        connect("127.0.0.1")
        listener.accept()[0].close()


def test_a_full_listener_ends_the_oldest_of_the_busiest_network(
    listener: BoundedListener, connect: Connect
) -> None:
    lone = connect("127.0.1.1")
    kept = [listener.accept()[0]]
    flood = [connect("127.0.2.1") for _ in range(3)]
    kept += [listener.accept()[0] for _ in range(3)]
    connect("127.0.3.1")
    kept.append(listener.accept()[0])
    assert is_over(flood[0])
    kept[0].sendall(b"x")
    assert lone.recv(1) == b"x"
    for item in kept:
        item.close()


def test_the_file_limit_is_raised_to_what_the_system_allows_and_never_lowered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    for limits in ((1024, 4096), (1024, 1_000_000), (100_000, 1_000_000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limits=limits: limits)
        raise_file_limit()
    assert asked == [(4096, 4096), (65_536, 1_000_000)]

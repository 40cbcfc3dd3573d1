# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A virtual reader is used only where nobody outside can reach it."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.base.errors import ReaderError
from caducee.virtualcard.plug import network

LOCAL = "IPAddressDeny=0.0.0.0/0 ::/0\nIPAddressAllow=127.0.0.0/8 ::1/128\n"


@pytest.fixture(params=[("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    host, family = request.param
    try:
        made = socket.create_server((host, 0), family=family)
    except OSError:
        made = socket.create_server(("127.0.0.1", 0))  # a machine without IPv6
    with made:
        yield made


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def everywhere(monkeypatch: pytest.MonkeyPatch, *, lonely: bool) -> None:
    """Pretend that a reader listens on all addresses, with or without outside interfaces."""
    every = [ipaddress.ip_address("0.0.0.0")]
    monkeypatch.setattr(network, "listeners", lambda pid, port: every)
    monkeypatch.setattr(network, "lonely", lambda pid: lonely)


def test_the_address_of_a_listener_is_found(listener: socket.socket) -> None:
    found = network.listeners(os.getpid(), port_of(listener))
    assert [str(item) for item in found] == [listener.getsockname()[0]]


def test_a_connection_is_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as client:
            assert network.listeners(os.getpid(), client.getsockname()[1]) == []


def test_the_loopback_is_private(listener: socket.socket) -> None:
    network.require_private(os.getpid(), port_of(listener), lambda: False)


def test_an_absent_listener_is_reported() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(ReaderError) as caught:
            network.require_private(os.getpid(), port_of(bound))
    assert caught.value.code == "reader.vpcd_absent"


def test_a_process_that_is_gone_listens_nowhere() -> None:
    assert network.listeners(2**22 + 1, 80) == []
    with pytest.raises(ReaderError) as caught:
        network.same_network(2**22 + 1)
    assert caught.value.code == "reader.namespace_needed"


def test_all_addresses_are_refused_where_there_is_an_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everywhere(monkeypatch, lonely=False)
    with pytest.raises(ReaderError) as caught:
        network.require_private(1, 35963, lambda: False)
    assert caught.value.code == "reader.vpcd_exposed"
    assert caught.value.facts == {"port": 35963, "address": "0.0.0.0"}
    assert "IPAddressDeny" in caught.value.advice()


def test_all_addresses_are_private_where_there_is_only_the_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everywhere(monkeypatch, lonely=True)
    network.require_private(1, 35963, lambda: False)


def test_all_addresses_are_private_where_systemd_shields_the_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everywhere(monkeypatch, lonely=False)
    network.require_private(1, 35963, lambda: True)


@pytest.mark.parametrize(
    ("said", "guarded"),
    [
        (LOCAL, True),
        ("IPAddressDeny=::/0 0.0.0.0/0\nIPAddressAllow=\n", True),
        ("IPAddressDeny=\nIPAddressAllow=\n", False),
        ("IPAddressDeny=0.0.0.0/0\nIPAddressAllow=127.0.0.0/8\n", False),
        ("IPAddressDeny=0.0.0.0/0 ::/0\nIPAddressAllow=127.0.0.0/8 10.0.0.0/8\n", False),
        ("", False),
    ],
)
def test_systemd_shields_when_it_denies_everything_but_the_loopback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, guarded: bool
) -> None:
    program = tmp_path / "systemctl"
    program.write_text(f"#!/bin/sh\nprintf '%s' '{said}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert network.guarded_by_systemd() is guarded


def test_no_systemd_shields_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert network.guarded_by_systemd() is False


@pytest.mark.parametrize(
    ("lines", "lonely"),
    [
        ("lo:  10 0 0", True),
        ("    lo:  10 0 0\n  eth0: 5 0 0", False),
        ("eth0: 5 0 0", False),
        ("", False),
    ],
)
def test_a_network_is_lonely_when_the_loopback_is_its_only_interface(
    monkeypatch: pytest.MonkeyPatch, lines: str, lonely: bool
) -> None:
    monkeypatch.setattr(network, "_read", lambda path: f"Inter-| Receive\n face |bytes\n{lines}")
    assert network.lonely(1) is lonely


def test_the_network_of_this_process_is_its_own() -> None:
    assert network.same_network(os.getpid())


def test_another_users_network_is_compared_by_its_interfaces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(process: int | str) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(network, "_namespace", forbidden)
    assert network.same_network(os.getpid())
    monkeypatch.setattr(network, "_interfaces", lambda process: {"lo", str(process)})
    assert not network.same_network(os.getpid())


def test_a_connection_in_this_network_needs_no_rights() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with network.connect(port_of(listener)) as stream:
            assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert stream.gettimeout() is None


def test_a_network_that_may_not_be_entered_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(handle: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(network, "same_network", lambda pid: False)
    monkeypatch.setattr(network, "_set_namespace", refused)
    with pytest.raises(ReaderError) as caught:
        network.connect(35963, os.getpid())
    assert caught.value.code == "reader.namespace_needed"
    assert caught.value.facts["reason"] == "Operation not permitted"


def test_nobody_listening_in_the_other_network_is_an_os_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network, "same_network", lambda pid: False)
    monkeypatch.setattr(network, "_set_namespace", lambda handle: None)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with pytest.raises(OSError):
            network.connect(port_of(bound), os.getpid())

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The form of the façade for tests under other systems: loopback TCP with a token."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.native.daemon import Conversation
from tests.unit.native.facade import Facade
from tools import native

from caducee.codec.pkcs11 import Call, Frame, Hello, Reply, Welcome
from caducee.spec.pkcs11 import Ckr
from caducee.spec.pkcs11.wire import FrameKind

TCP = ("-DCADUCEE_TRANSPORT_TCP", "-DCADUCEE_TEST_BUILD")


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Frame]]:
    """Serve on a port of loopback; give the frames that come."""
    found: list[Frame] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        conversation = Conversation(connection)
        while (frame := conversation.receive()) is not None:
            found.append(frame)
            if frame.kind == FrameKind.HELLO:
                conversation.send(Welcome())
            else:
                conversation.send(Reply(Call.from_frame(frame).function, Ckr.OK))
        conversation.close()

    thread = threading.Thread(target=serve)
    thread.start()
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(server.getsockname()[1]))
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_TOKEN", "a token of the test")
    yield found
    thread.join(60)
    server.close()


def test_calls_go_over_tcp_and_hello_carries_the_token(frames: list[Frame], tmp_path: Path) -> None:
    library = native.compile_to(tmp_path, native.host(), TCP)
    facade = Facade(library)
    assert facade.C_Initialize(None) == Ckr.OK
    assert facade.C_Logout(1) == Ckr.OK
    assert facade.C_Finalize(None) == Ckr.OK
    assert Hello.from_frame(frames[0]).token == b"a token of the test"
    assert [Call.from_frame(frame).function.name for frame in frames[1:]] == [
        "C_Logout",
        "C_Finalize",
    ]


@pytest.mark.parametrize("port", ["", "0", "65536", "x", "9" * 30])
def test_what_is_no_port_is_no_daemon(
    port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", port)
    library = native.compile_to(tmp_path, native.host(), TCP)
    assert Facade(library).C_Initialize(None) == Ckr.DEVICE_ERROR


@pytest.mark.system
@pytest.mark.xdist_group("zig")
@pytest.mark.timeout(900)
def test_the_windows_form_builds_with_tcp_too(tmp_path: Path) -> None:
    from dataclasses import replace

    target = native.TARGETS["x86_64-windows-gnu"]
    sources = ("transport_socket.c", "system_windows.c")
    tcp = replace(target, sources=sources, flags=(*target.flags, "-lws2_32"))
    assert native.compile_to(tmp_path, tcp, TCP).stat().st_size > 0

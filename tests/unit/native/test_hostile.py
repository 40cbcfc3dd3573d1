# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A daemon that lies, leaves or keeps silent costs bounded time and gives an error of PKCS#11."""

import ctypes
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.unit.native.daemon import Conversation, FakeDaemon, Script
from tests.unit.native.facade import Facade

from caducee.codec.pkcs11 import Call, Frame, OutputBytes, OutputNumbers, Reply, Welcome
from caducee.spec.pkcs11 import Ckr
from caducee.spec.pkcs11.wire import MAX_FRAME, PROTOCOL_VERSION, FrameKind

pytestmark = pytest.mark.usefixtures("impatient")


def _says(data: bytes | Frame | Reply) -> Script:
    return lambda conversation, call: conversation.send(data)


def _frame(kind: int, code: int, payload: str = "") -> Frame:
    return Frame(kind, code, bytes.fromhex(payload))


def _reply(payload: str, code: int = Ckr.OK) -> Script:
    return _says(_frame(FrameKind.REPLY, code, payload))


def _leave(conversation: Conversation, call: Call) -> None:
    conversation.close()


def _leave_in_mid_frame(conversation: Conversation, call: Call) -> None:
    conversation.send(bytes.fromhex("0d000000 04 00000000 0100"))
    conversation.close()


def _keep_silent(conversation: Conversation, call: Call) -> None:
    return


def _stop_in_mid_frame(conversation: Conversation, call: Call) -> None:
    conversation.send(bytes.fromhex("0d000000 04 00000000 0100"))


def _drip(conversation: Conversation, call: Call) -> None:
    for byte in bytes.fromhex("0d000000 04 00000000 0100000000000000"):
        conversation.send(bytes((byte,)))
        time.sleep(0.1)


def _ask_for_cards_for_ever(conversation: Conversation, call: Call) -> None:
    for _ in range(1000):
        conversation.send(_frame(FrameKind.LEND, 1, "00"))


def _work_for_ever(conversation: Conversation, call: Call) -> None:
    for _ in range(10000):
        conversation.send(_frame(FrameKind.WORKING, 0))


LIES: dict[str, Script] = {
    "closed": _leave,
    "closed in mid-frame": _leave_in_mid_frame,
    "silent": _keep_silent,
    "silent in mid-frame": _stop_in_mid_frame,
    "drips": _drip,
    "borrows for ever": _ask_for_cards_for_ever,
    "works for ever": _work_for_ever,
    "a length of nothing": _says(bytes(9)),
    "a length that is too small": _says(bytes.fromhex("04000000 04 000000")),
    "a length that is too great": _says((MAX_FRAME + 1).to_bytes(4, "little") + bytes(60)),
    "the greatest length": _says(b"\xff" * 60),
    "a huge frame that does not come": _says(MAX_FRAME.to_bytes(4, "little") + b"\x04" + bytes(4)),
    "another kind": _says(_frame(99, 0, "0100000000000000")),
    "a call": _says(_frame(FrameKind.CALL, 13, "0100000000000000")),
    "a welcome": _says(Welcome().to_frame()),
    "working with something in it": _says(_frame(FrameKind.WORKING, 0, "00")),
    "no result": _reply(""),
    "half a result": _reply("01000000"),
    "more than the result": _reply("0100000000000000 00"),
    "a failure with half a result": _reply("01", Ckr.SLOT_ID_INVALID),
    "two frames": _says(2 * Reply.build("C_OpenSession", session=1).to_frame().to_bytes()),
}


@pytest.mark.parametrize("lie", LIES)
def test_whatever_the_daemon_sends_the_caller_gets_an_error(
    lie: str, facade: Facade, daemon: FakeDaemon
) -> None:
    daemon.script = LIES[lie]
    session = ctypes.c_ulong(77)
    assert facade.C_OpenSession(0, 4, None, None, ctypes.addressof(session)) == Ckr.DEVICE_ERROR
    daemon.script = _says(Reply.build("C_OpenSession", session=5))
    assert facade.C_OpenSession(0, 4, None, None, ctypes.addressof(session)) == Ckr.OK
    assert session.value == 5


def _sign(facade: Facade, room: int | None) -> tuple[int, int, bytes]:
    place = ctypes.create_string_buffer(b"\xaa" * 64, 64)
    size = ctypes.c_ulong(room or 0)
    address = None if room is None else ctypes.addressof(place)
    rv = facade.C_SignFinal(1, address, ctypes.addressof(size))
    return rv, size.value, place.raw


@pytest.mark.parametrize(
    ("room", "rv", "filled"),
    [
        (8, Ckr.OK, OutputBytes(9, bytes(9))),  # more than fits
        (8, Ckr.OK, OutputBytes(8)),  # success without the bytes
        (8, Ckr.BUFFER_TOO_SMALL, OutputBytes(4, bytes(4))),  # too small, but here it is
        (None, Ckr.OK, OutputBytes(4, bytes(4))),  # bytes that nobody has a place for
        (8, Ckr.OK, OutputBytes((1 << 64) - 1)),
    ],
)
def test_bytes_beyond_the_room_are_never_written(
    room: int | None, rv: int, filled: OutputBytes, facade: Facade, daemon: FakeDaemon
) -> None:
    daemon.script = _says(Reply.build("C_SignFinal", rv, signature=filled))
    got, _, place = _sign(facade, room)
    assert got == Ckr.DEVICE_ERROR
    assert place == b"\xaa" * 64


def test_a_length_longer_than_the_reply_is_a_lie(facade: Facade, daemon: FakeDaemon) -> None:
    for length in (5, 1 << 40, (1 << 64) - 2):
        payload = length.to_bytes(8, "little") + b"\x01" + b"abcd"
        daemon.script = _says(Frame(FrameKind.REPLY, 0, payload))
        assert _sign(facade, 64)[0] == Ckr.DEVICE_ERROR


@pytest.mark.parametrize("flag", [2, 255])
def test_a_flag_is_zero_or_one(flag: int, facade: Facade, daemon: FakeDaemon) -> None:
    daemon.script = _says(Frame(FrameKind.REPLY, 0, bytes(8) + bytes((flag,))))
    assert _sign(facade, 64)[0] == Ckr.DEVICE_ERROR


def test_more_numbers_than_fit_are_never_written(facade: Facade, daemon: FakeDaemon) -> None:
    slots = (ctypes.c_ulong * 4)(9, 9, 9, 9)
    count = ctypes.c_ulong(2)
    where = ctypes.addressof(slots), ctypes.addressof(count)
    for listed in (OutputNumbers(3, (1, 2, 3)), OutputNumbers(2)):
        daemon.script = _says(Reply.build("C_GetSlotList", slots=listed))
        assert facade.C_GetSlotList(0, *where) == Ckr.DEVICE_ERROR
        assert list(slots) == [9, 9, 9, 9]


def test_a_template_of_another_size_is_a_lie(facade: Facade, daemon: FakeDaemon) -> None:
    for payload in ("01000000" + "00" * 9, "ffffffff"):
        daemon.script = _reply(payload)
        assert facade.C_GetAttributeValue(1, 1, None, 0) == Ckr.DEVICE_ERROR


def test_random_bytes_of_another_number_are_a_lie(facade: Facade, daemon: FakeDaemon) -> None:
    place = ctypes.create_string_buffer(8)
    for found in (b"", bytes(7), bytes(9)):
        daemon.script = _says(Reply.build("C_GenerateRandom", random=found))
        rv = facade.C_GenerateRandom(1, ctypes.addressof(place), 8)
        assert rv == Ckr.DEVICE_ERROR


def test_a_connection_that_lied_is_not_used_again(facade: Facade, daemon: FakeDaemon) -> None:
    daemon.script = LIES["two frames"]
    facade.C_OpenSession(0, 4, None, None, ctypes.addressof(ctypes.c_ulong()))
    assert daemon.ended.acquire(timeout=10)
    facade.C_Logout(1)
    assert len(daemon.hellos) == 2


# --- the beginning --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("welcome", "rv"),
    [
        (Welcome(Ckr.ARGUMENTS_BAD), Ckr.ARGUMENTS_BAD),
        (Welcome(Ckr.GENERAL_ERROR, version=PROTOCOL_VERSION + 1), Ckr.GENERAL_ERROR),
        (Welcome(version=PROTOCOL_VERSION + 1), Ckr.DEVICE_ERROR),
        (None, Ckr.DEVICE_ERROR),
        (b"\xff" * 40, Ckr.DEVICE_ERROR),
        (Frame(FrameKind.WELCOME, 0, bytes(3)).to_bytes(), Ckr.DEVICE_ERROR),
        (Frame(FrameKind.WELCOME, 0, bytes(5)).to_bytes(), Ckr.DEVICE_ERROR),
        (Frame(FrameKind.REPLY, 0).to_bytes(), Ckr.DEVICE_ERROR),
        (Frame(FrameKind.LEND, 1, b"\x00").to_bytes(), Ckr.DEVICE_ERROR),
    ],
)
def test_a_welcome_that_is_none_fails_the_beginning(
    welcome: Welcome | bytes | None, rv: int, library: Path, daemon: FakeDaemon
) -> None:
    daemon.welcome = welcome
    facade = Facade(library)
    assert facade.C_Initialize(None) == rv
    assert facade.C_Logout(1) == Ckr.CRYPTOKI_NOT_INITIALIZED
    daemon.welcome = Welcome()
    assert facade.C_Initialize(None) == Ckr.OK
    assert facade.C_Finalize(None) == Ckr.OK


def test_without_a_daemon_nothing_begins(library: Path, daemon: FakeDaemon) -> None:
    daemon.stop()
    assert Facade(library).C_Initialize(None) == Ckr.DEVICE_ERROR


def test_a_socket_that_nobody_serves_is_no_daemon(library: Path, daemon: FakeDaemon) -> None:
    daemon.stop()
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(daemon.path))
    dead.close()
    assert Facade(library).C_Initialize(None) == Ckr.DEVICE_ERROR


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_write_to_is_not_trusted(
    mode: int, library: Path, daemon: FakeDaemon
) -> None:
    daemon.path.parent.chmod(mode)
    assert Facade(library).C_Initialize(None) == Ckr.DEVICE_ERROR
    assert daemon.hellos == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file that is another user's")
@pytest.mark.parametrize("folder", [True, False])
def test_a_folder_or_socket_of_another_user_is_not_trusted(
    folder: bool, library: Path, daemon: FakeDaemon
) -> None:
    os.chown(daemon.path.parent if folder else daemon.path, 65534, 65534)
    assert Facade(library).C_Initialize(None) == Ckr.DEVICE_ERROR
    assert daemon.hellos == []


def test_a_file_in_place_of_the_socket_is_not_trusted(library: Path, daemon: FakeDaemon) -> None:
    daemon.stop()
    daemon.path.touch()
    assert Facade(library).C_Initialize(None) == Ckr.DEVICE_ERROR


def test_a_relative_path_names_no_socket(
    library: Path, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(daemon.path.parent)
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", daemon.path.name)
    assert Facade(library).C_Initialize(None) == Ckr.DEVICE_ERROR


def test_a_queue_that_is_full_is_not_waited_for_long(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, daemon: FakeDaemon
) -> None:
    path = daemon.path.parent / "full.sock"
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(path))
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen(0)
    waiting = []
    for _ in range(4):
        item = socket.socket(socket.AF_UNIX)
        item.setblocking(False)
        item.connect_ex(str(path))
        waiting.append(item)
    assert Facade(library).C_Initialize(None) == Ckr.DEVICE_ERROR
    for item in (*waiting, server):
        item.close()


# --- leaving and coming back ----------------------------------------------------------------------


def test_a_daemon_that_was_started_anew_is_reached_with_the_next_call(
    facade: Facade, daemon: FakeDaemon
) -> None:
    daemon.drop_all()
    assert daemon.ended.acquire(timeout=10)
    assert facade.C_Logout(1) == Ckr.OK
    first, second = daemon.hellos
    assert first.application == second.application


def test_no_call_is_sent_twice(facade: Facade, daemon: FakeDaemon) -> None:
    daemon.script = _leave
    assert facade.C_Login(1, 1, b"0000", 4) == Ckr.DEVICE_ERROR
    assert daemon.names == ["C_Login"]


def test_a_daemon_that_works_for_long_is_waited_for(facade: Facade, daemon: FakeDaemon) -> None:
    def work(conversation: Conversation, call: Call) -> None:
        for _ in range(8):
            time.sleep(0.2)
            conversation.send(_frame(FrameKind.WORKING, 0))
        conversation.send(Reply(call.function, Ckr.OK))

    daemon.script = work
    assert facade.C_Logout(1) == Ckr.OK


def test_after_a_silence_the_next_call_is_not_sent_down_the_same_line(
    facade: Facade, daemon: FakeDaemon
) -> None:
    daemon.script = _keep_silent
    assert facade.C_Logout(1) == Ckr.DEVICE_ERROR
    daemon.welcome = None
    begun = time.monotonic()
    for _ in range(3):
        assert facade.C_Logout(1) == Ckr.DEVICE_ERROR
    assert daemon.names == ["C_Logout"]
    assert time.monotonic() - begun < 30


def test_threads_that_wait_for_a_line_to_a_silent_daemon_get_their_turn_or_an_error(
    facade: Facade, daemon: FakeDaemon
) -> None:
    daemon.script = _keep_silent
    end = time.monotonic() + 10

    def work(_: int) -> float:
        slowest = 0.0
        while (begun := time.monotonic()) < end:
            assert facade.C_Logout(1) == Ckr.DEVICE_ERROR
            slowest = max(slowest, time.monotonic() - begun)
        return slowest

    with ThreadPoolExecutor(200) as threads:
        assert max(threads.map(work, range(200))) < 8


def test_a_broken_line_raises_no_signal(facade: Facade, daemon: FakeDaemon) -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGPIPE, lambda number, _: seen.append(number))
    try:
        daemon.script = _leave
        place = (ctypes.c_ubyte * (8 << 20))()
        for _ in range(3):
            rv = facade.C_DigestUpdate(1, ctypes.addressof(place), len(place))
            assert rv == Ckr.DEVICE_ERROR
    finally:
        signal.signal(signal.SIGPIPE, before)
    assert seen == []


def test_a_daemon_that_reads_nothing_is_given_up(
    facade: Facade, daemon: FakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    monkeypatch.setattr(Conversation, "receive", lambda self: stop.wait(20) and None)
    place = (ctypes.c_ubyte * (8 << 20))()
    facade.C_Logout(1)  # the line that was open is served to its end
    assert facade.C_DigestUpdate(1, ctypes.addressof(place), len(place)) == Ckr.DEVICE_ERROR
    stop.set()


def test_errno_stays_as_it_was(library: Path, daemon: FakeDaemon) -> None:
    lib = ctypes.CDLL(str(library), use_errno=True)
    found = ctypes.c_void_p()
    lib.C_GetFunctionList(ctypes.byref(found))
    facade = Facade(library)
    prototype = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_ulong, use_errno=True)
    logout = prototype(ctypes.cast(facade.C_Logout, ctypes.c_void_p).value or 0)
    initialize = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p, use_errno=True)(
        ctypes.cast(facade.C_Initialize, ctypes.c_void_p).value or 0
    )
    ctypes.set_errno(4242)
    assert logout(1) == Ckr.CRYPTOKI_NOT_INITIALIZED
    assert initialize(None) == Ckr.OK
    daemon.script = _leave
    assert logout(1) == Ckr.DEVICE_ERROR
    assert ctypes.get_errno() == 4242
    facade.C_Finalize(None)

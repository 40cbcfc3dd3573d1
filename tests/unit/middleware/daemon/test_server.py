# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Programs and the daemon: who waits for whom, what one client may do, and how things end."""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.unit.middleware.daemon.conftest import Daemon, running
from tests.unit.middleware.daemon.fakes import INFO, Client, until

from caducee.base.errors import StateError
from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Frame, OutputBuffer
from caducee.middleware.daemon.peers import Peer
from caducee.middleware.daemon.settings import Limits
from caducee.reader.memory import MemoryReader
from caducee.reader.transport import ReaderStatus
from caducee.spec.pkcs11.returns import Ckr
from caducee.spec.pkcs11.wire import FrameKind
from caducee.testing.chips import ScriptedChip


def hold(held: threading.Event, go_on: threading.Event) -> Callable[[], None]:
    """Work that states that it has begun, and lasts until it may end."""

    def work() -> None:
        held.set()
        go_on.wait(20)

    return work


def test_a_call_without_a_card_is_answered(daemon: Daemon) -> None:
    client = daemon.client()
    assert client.welcome.rv == Ckr.OK
    reply = client.call("C_GetInfo")
    assert (reply.rv, reply.named()["info"]) == (Ckr.OK, INFO)


def test_what_is_asked_of_the_slots_is_answered_after_a_look_at_the_readers(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    look = daemon.readers.look

    def looked() -> Mapping[str, ReaderStatus]:
        order.append("look")
        return look()

    monkeypatch.setattr(daemon.readers, "look", looked)
    monkeypatch.setattr(daemon.engine, "called", order.append)
    client = daemon.client()
    client.call("C_GetSlotList", token_present=True, slots=OutputBuffer(4))
    client.call("C_GetInfo")
    assert order == ["look", "C_GetSlotList", "C_GetInfo"]


def test_a_slow_reader_delays_neither_another_nor_a_call_without_a_card(daemon: Daemon) -> None:
    held, go_on = threading.Event(), threading.Event()
    daemon.engine.pace[0] = hold(held, go_on)
    slow, other = daemon.client(), daemon.client()
    slow.begin("C_GetSlotInfo", slot=0)
    assert held.wait(20)
    assert other.call("C_GetInfo").rv == Ckr.OK
    assert other.call("C_GetSlotInfo", slot=1).rv == Ckr.OK
    assert not go_on.is_set()
    go_on.set()
    assert slow.end("C_GetSlotInfo").rv == Ckr.OK


def test_calls_to_one_reader_come_one_after_the_other(daemon: Daemon) -> None:
    inside, most = [0], [0]
    turn = threading.Lock()

    def work() -> None:
        with turn:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        threading.Event().wait(0.01)
        with turn:
            inside[0] -= 1

    daemon.engine.pace[0] = work
    clients = [daemon.client() for _ in range(8)]
    for client in clients:
        client.begin("C_GetSlotInfo", slot=0)
    assert {client.end("C_GetSlotInfo").rv for client in clients} == {Ckr.OK}
    assert most == [1]


def test_a_long_call_says_that_it_works(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caducee.middleware.daemon.connection.WORKING_EVERY", 0.05)
    go_on = threading.Event()
    daemon.engine.pace[0] = lambda: go_on.wait(20)
    client = daemon.client()
    client.begin("C_GetSlotInfo", slot=0)
    assert client.frame().kind == FrameKind.WORKING
    assert client.frame().kind == FrameKind.WORKING
    go_on.set()
    assert client.end("C_GetSlotInfo").rv == Ckr.OK


def test_a_call_that_takes_too_long_ends_and_the_connection_goes_on(place: Path) -> None:
    go_on = threading.Event()
    with running(place, limits=Limits(call_seconds=0.1)) as daemon:
        daemon.engine.pace[0] = lambda: go_on.wait(20)
        client = daemon.client()
        assert client.call("C_GetSlotInfo", slot=0).rv == Ckr.DEVICE_ERROR
        assert client.call("C_GetInfo").rv == Ckr.OK
        go_on.set()
        assert client.call("C_GetSlotInfo", slot=0).rv == Ckr.OK


def test_the_queue_of_a_reader_is_bounded(place: Path) -> None:
    held, go_on = threading.Event(), threading.Event()
    with running(place, limits=Limits(queue=1)) as daemon:
        daemon.engine.pace[0] = hold(held, go_on)
        first, second, third = (daemon.client() for _ in range(3))
        first.begin("C_GetSlotInfo", slot=0)
        assert held.wait(20)
        second.begin("C_GetSlotInfo", slot=0)
        assert third.call("C_GetInfo").rv == Ckr.OK  # the second one is queued by now
        assert third.call("C_GetSlotInfo", slot=0).rv == Ckr.DEVICE_ERROR
        go_on.set()
        assert second.end("C_GetSlotInfo").rv == Ckr.OK


def test_a_call_whose_client_is_gone_is_passed_over(daemon: Daemon) -> None:
    held, go_on = threading.Event(), threading.Event()
    daemon.engine.pace[0] = hold(held, go_on)
    first, second = daemon.client(), daemon.client()
    first.begin("C_GetSlotInfo", slot=0)
    assert held.wait(20)
    second.begin("C_GetSlotInfo", slot=0)
    second.close()
    until(lambda: len(daemon.engine.applications) == 2)
    until(daemon.engine.applications[1].closed.is_set)
    go_on.set()
    assert first.end("C_GetSlotInfo").rv == Ckr.OK
    assert first.call("C_GetSlotInfo", slot=0).rv == Ckr.OK
    assert daemon.engine.calls.count("C_GetSlotInfo") == 2


def test_a_fault_of_the_engine_harms_nobody(
    daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    client = daemon.client()
    assert client.call("C_SeedRandom", session=1, seed=b"x").rv == Ckr.GENERAL_ERROR
    assert client.call("C_GetInfo").rv == Ckr.OK
    assert "C_SeedRandom failed" in caplog.text


# Waiting for slots


def test_waiting_for_a_slot_event_holds_no_thread_and_is_reported(daemon: Daemon) -> None:
    before = set(threading.enumerate())
    pool = secrets.token_bytes(16)
    waiting = daemon.client(application=pool)
    others = [daemon.client() for _ in range(20)]
    for other in others:
        other.begin("C_WaitForSlotEvent", flags=0)
    waiting.begin("C_WaitForSlotEvent", flags=0)
    working = daemon.client(application=pool)
    assert working.call("C_GetInfo").rv == Ckr.OK
    assert set(threading.enumerate()) <= before
    daemon.readers.readers()[0].insert(ScriptedChip())
    found = waiting.end("C_WaitForSlotEvent")
    assert (found.rv, found.named()) == (Ckr.OK, {"slot": 0})
    assert {item.end("C_WaitForSlotEvent").rv for item in others} == {Ckr.OK}


def test_an_event_that_came_before_is_reported_at_once(daemon: Daemon) -> None:
    client = daemon.client()
    client.call("C_GetInfo")
    daemon.engine.applications[0].events.append(5)
    assert client.call("C_WaitForSlotEvent", flags=0).named() == {"slot": 5}


def test_finalize_ends_those_that_wait(daemon: Daemon) -> None:
    waiting = daemon.client()
    waiting.begin("C_WaitForSlotEvent", flags=0)
    other = daemon.client(application=waiting.application)
    assert other.call("C_Finalize").rv == Ckr.OK
    assert waiting.end("C_WaitForSlotEvent").rv == Ckr.CRYPTOKI_NOT_INITIALIZED
    assert other.call("C_GetInfo").rv == Ckr.CRYPTOKI_NOT_INITIALIZED
    assert daemon.engine.applications[0].closed.wait(20)


def test_a_waiting_client_that_leaves_is_forgotten(daemon: Daemon) -> None:
    gone, stays = daemon.client(), daemon.client()
    gone.begin("C_WaitForSlotEvent", flags=0)
    gone.close()
    until(daemon.engine.applications[0].closed.is_set)
    stays.begin("C_WaitForSlotEvent", flags=0)
    assert daemon.client().call("C_GetInfo").rv == Ckr.OK
    daemon.readers.add(MemoryReader("reader-1"))
    assert stays.end("C_WaitForSlotEvent").rv == Ckr.OK


# Who is who


def test_the_connections_of_one_program_share_it(daemon: Daemon) -> None:
    first = daemon.client()
    daemon.client(application=first.application)
    assert len(daemon.engine.applications) == 1
    first.close()
    daemon.clients[1].call("C_GetInfo")
    assert not daemon.engine.applications[0].closed.is_set()
    daemon.clients[1].close()
    assert daemon.engine.applications[0].closed.wait(20)


def test_an_id_of_another_process_is_refused(place: Path) -> None:
    peers = iter([Peer(100, 1), Peer(100, 1), Peer(101, 1), Peer(100, 2)])
    with running(place, credentials=lambda _: next(peers)) as daemon:
        first = daemon.client(pid=100)
        daemon.client(pid=100, application=first.application)
        for pid in (101, 100):
            with pytest.raises(EOFError):
                daemon.client(pid=pid, application=first.application)
        assert first.call("C_GetInfo").rv == Ckr.OK
        assert len(daemon.engine.applications) == 1


def test_a_process_that_gives_another_number_is_refused(daemon: Daemon) -> None:
    with pytest.raises(EOFError):
        daemon.client(pid=1)
    assert not daemon.engine.applications


def test_another_user_is_cut_off(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    def other(_: socket.socket) -> Peer:
        raise StateError("daemon.peer_refused", uid=12345, pid=1)

    with running(place, credentials=other) as daemon:
        with pytest.raises(EOFError):
            daemon.client()
        assert not daemon.engine.applications
    assert "daemon.peer_refused" in caplog.text


def test_a_program_that_the_engine_refuses_is_reported(daemon: Daemon) -> None:
    daemon.engine.refusal = Ckr.ARGUMENTS_BAD
    assert daemon.client().welcome.rv == Ckr.ARGUMENTS_BAD
    daemon.engine.refusal = None
    assert daemon.client().welcome.rv == Ckr.OK


def test_another_version_of_the_wire_is_refused(daemon: Daemon) -> None:
    assert daemon.client(version=99).welcome.rv == Ckr.GENERAL_ERROR


# Clients that do what they may not


def test_two_hundred_clients_are_served(daemon: Daemon) -> None:
    pools = [secrets.token_bytes(16) for _ in range(10)]
    clients = [Client(daemon.path, application=pools[n % 10]) for n in range(100)]
    pool = secrets.token_bytes(16)
    with running(daemon.path.with_name("t.sock"), limits=Limits(connections_per_program=300)) as it:
        many = [it.client(application=pool) for _ in range(200)]
        for client in many:
            client.begin("C_GetSlotInfo", slot=1)
        assert {client.end("C_GetSlotInfo").rv for client in many} == {Ckr.OK}
    for client in clients:
        assert client.call("C_GetInfo").rv == Ckr.OK
        client.close()


def test_one_connection_too_many_is_closed_and_the_others_go_on(place: Path) -> None:
    with running(place, limits=Limits(connections_per_program=2)) as daemon:
        first, second = daemon.client(), daemon.client()
        with pytest.raises(EOFError):
            daemon.client()
        assert first.call("C_GetInfo").rv == second.call("C_GetInfo").rv == Ckr.OK
        first.close()
        until(daemon.engine.applications[0].closed.is_set)
        assert daemon.client().call("C_GetInfo").rv == Ckr.OK


def test_one_program_too_many_is_reported(place: Path) -> None:
    with running(place, limits=Limits(applications=1)) as daemon:
        daemon.client()
        assert daemon.client().welcome.rv == Ckr.HOST_MEMORY


def test_one_program_too_many_of_one_process_is_reported_and_others_come_in(place: Path) -> None:
    others = iter([os.getpid(), os.getpid(), os.getpid(), 1])
    limits = Limits(applications_per_process=2)
    with running(place, limits=limits, credentials=lambda _: Peer(next(others), 1)) as daemon:
        first, _, third = (daemon.client() for _ in range(3))
        assert (first.welcome.rv, third.welcome.rv) == (Ckr.OK, Ckr.HOST_MEMORY)
        assert daemon.client(pid=1).welcome.rv == Ckr.OK


def test_a_second_call_before_the_reply_ends_the_connection(daemon: Daemon) -> None:
    go_on = threading.Event()
    daemon.engine.pace[0] = lambda: go_on.wait(20)
    bad, good = daemon.client(), daemon.client()
    bad.begin("C_GetSlotInfo", slot=0)
    bad.begin("C_GetInfo")
    with pytest.raises(EOFError):
        bad.end("C_GetSlotInfo")
    go_on.set()
    assert good.call("C_GetSlotInfo", slot=0).rv == Ckr.OK


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(4),
        b"\xff\xff\xff\xff",
        Frame(FrameKind.CALL, 3, bytes(8)).to_bytes(),
        Frame(FrameKind.LENT, 0).to_bytes(),
        Frame(FrameKind.HELLO, 1, b"short").to_bytes(),
    ],
)
def test_what_does_not_speak_the_wire_is_cut_off(daemon: Daemon, sent: bytes) -> None:
    client = daemon.client(hello=False)
    client.send_bytes(sent)
    with pytest.raises(EOFError):
        client.frame()
    assert daemon.client().call("C_GetInfo").rv == Ckr.OK


def test_arguments_that_cannot_be_read_are_bad(daemon: Daemon) -> None:
    client = daemon.client()
    client.send(Frame(FrameKind.CALL, 3, bytes(7)))
    assert client.frame() == Frame(FrameKind.REPLY, Ckr.ARGUMENTS_BAD, bytearray())
    client.send(Frame(FrameKind.CALL, 9999, bytes(8)))
    assert client.frame() == Frame(FrameKind.REPLY, Ckr.FUNCTION_NOT_SUPPORTED, bytearray())
    assert client.call("C_GetInfo").rv == Ckr.OK


def test_a_frame_that_comes_to_no_end_ends_the_connection(place: Path) -> None:
    with running(place, limits=Limits(frame_seconds=0.1)) as daemon:
        hung, silent = daemon.client(), daemon.client(hello=False)
        hung.send_bytes(b"\x09\x00")
        for item in (hung, silent):
            with pytest.raises(EOFError):
                item.frame()
        assert daemon.client().call("C_GetInfo").rv == Ckr.OK


def test_a_client_that_hoards_is_cut_off_and_its_bytes_are_free_again(place: Path) -> None:
    small = Limits(outstanding_bytes_per_program=1 << 20, outstanding_bytes=4 << 20)
    with running(place, limits=small) as daemon:
        bad, good = daemon.client(), daemon.client()
        head = (15 << 20).to_bytes(4, "little") + bytes(5)
        with pytest.raises(EOFError):
            bad.send_bytes(head + bytes(14 << 20))
            bad.frame()
        assert good.call("C_GetInfo").rv == Ckr.OK
        until(lambda: daemon.server.budget.held == 0)


def test_a_client_that_never_reads_its_answers_is_not_listened_to(daemon: Daemon) -> None:
    bad, good = daemon.client(), daemon.client()
    bad.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    bad.stream.settimeout(0.5)
    to_bytes = Frame(FrameKind.CALL, 3, bytes(8)).to_bytes()
    with pytest.raises((TimeoutError, OSError)):
        for _ in range(200_000):
            bad.send_bytes(to_bytes * 10)
    assert good.call("C_GetInfo").rv == Ckr.OK
    assert daemon.server.budget.held < 1 << 20


# Secrets, lending, the end


def test_a_code_is_wiped_after_the_call(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    wiped: list[Secret] = []

    def wipe(secret: Secret) -> None:
        wiped.append(secret)

    monkeypatch.setattr(Secret, "wipe", wipe)
    reply = daemon.client().call("C_Login", session=1, user=1, pin=Secret.of("1234"))
    assert reply.rv == Ckr.OK
    assert len(wiped) == 1


def test_a_lent_card_is_reached_over_the_connection_of_the_call(daemon: Daemon) -> None:
    found: list[bytes] = []
    client = daemon.client()
    client.call("C_GetInfo")
    (connection,) = daemon.server._connections
    daemon.engine.pace[0] = lambda: found.append(connection.lend(b"\x00\x84\x00\x00\x08", 20))
    client.begin("C_GetSlotInfo", slot=0)
    asked = client.frame()
    assert (asked.kind, asked.payload) == (FrameKind.LEND, b"\x00\x84\x00\x00\x08")
    client.send(Frame(FrameKind.LENT, Ckr.OK, b"\x90\x00"))
    assert client.end("C_GetSlotInfo").rv == Ckr.OK
    assert found == [b"\x90\x00"]


def test_a_client_without_a_card_to_lend_says_so(daemon: Daemon) -> None:
    client = daemon.client()
    client.call("C_GetInfo")
    (connection,) = daemon.server._connections
    daemon.engine.pace[0] = lambda: connection.lend(b"\x00\x84\x00\x00\x08", 20)
    client.begin("C_GetSlotInfo", slot=0)
    client.frame()
    client.send(Frame(FrameKind.LENT, Ckr.DEVICE_REMOVED))
    assert client.end("C_GetSlotInfo").rv == Ckr.GENERAL_ERROR  # the fake does not catch it


def test_the_end_of_a_client_ends_its_lending(daemon: Daemon) -> None:
    ended = threading.Event()

    def work() -> None:
        try:
            connection.lend(b"\x00\x84\x00\x00\x08", 20)
        finally:
            ended.set()

    client = daemon.client()
    client.call("C_GetInfo")
    (connection,) = daemon.server._connections
    daemon.engine.pace[0] = work
    client.begin("C_GetSlotInfo", slot=0)
    client.frame()
    client.close()
    assert ended.wait(20)


def test_the_end_of_the_daemon_ends_connections_and_sessions(place: Path) -> None:
    with running(place) as daemon:
        client = daemon.client()
        client.call("C_GetInfo")
        daemon.stop()
        with pytest.raises(EOFError):
            client.frame()
    assert daemon.engine.applications[0].closed.is_set()


def test_a_daemon_that_nobody_needs_ends_by_itself(place: Path) -> None:
    with running(place, idle_exit=0.2) as daemon:
        client = daemon.client()
        until(lambda: client.call("C_GetInfo").rv == Ckr.OK)
        client.close()
        until(daemon.loop.is_closed)


def test_the_watcher_says_the_engine_of_every_change(daemon: Daemon) -> None:
    until(lambda: "reader-0" in daemon.engine.known)
    daemon.readers.readers()[0].insert(ScriptedChip())
    until(lambda: daemon.engine.known["reader-0"].present)
    daemon.readers.remove(daemon.readers.readers()[0])
    until(lambda: not daemon.engine.known)


def test_process_of_this_test_is_known(daemon: Daemon) -> None:
    daemon.client().call("C_GetInfo")
    (connection,) = daemon.server._connections
    assert connection.peer and connection.peer.pid == os.getpid()


def test_time_passes_for_the_engine_though_nothing_happens_in_the_readers(daemon: Daemon) -> None:
    daemon.engine.patience = 0.01
    daemon.readers.cancel()
    until(lambda: daemon.engine.times > 3)


def test_a_card_for_which_sessions_wait_is_looked_at_in_its_readers_thread(daemon: Daemon) -> None:
    seen: list[str] = []
    daemon.engine.look = lambda reader: seen.append(  # type: ignore[method-assign]
        threading.current_thread().name
    )
    daemon.engine.awaited = ("first",)
    reader = daemon.readers.readers()[0]
    assert isinstance(reader, MemoryReader)
    reader.insert(ScriptedChip())
    until(lambda: "reader first" in seen)


def test_a_card_that_could_not_be_opened_is_looked_at_again_though_nothing_changes(
    daemon: Daemon,
) -> None:
    """Another program held it in the moment in which it came: no event states when it is free."""
    looks: list[str] = []

    def look(reader: str) -> None:
        looks.append(reader)
        if len(looks) == 3:
            daemon.engine.awaited = ()

    daemon.engine.look = look  # type: ignore[method-assign]
    daemon.engine.awaited = ("first",)
    reader = daemon.readers.readers()[0]
    assert isinstance(reader, MemoryReader)
    reader.insert(ScriptedChip())
    until(lambda: len(looks) == 3)

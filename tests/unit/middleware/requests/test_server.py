# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests over a real socket: queue, refusal, expiry, nonsense, other users, a killed manager."""

import datetime as dt
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caducee.base.clock import FixedClock, SystemClock
from caducee.base.errors import CpsError, StateError
from caducee.codec.card_request import Confirmation, RequestMessage, Statement, StateMessage
from caducee.middleware.daemon.peers import Peer, peer_of
from caducee.middleware.requests import PendingRequest, RequestServer
from caducee.relying.card_device import CardDevice, new_binding_message, new_nonce
from caducee.spec.card_request import RequestState

WAIT = 20.0
MOST_SILENT = 8
"""Connections of one program that may wait."""

PROOF = Confirmation(Statement("Portail", "42", "n" * 43, 1, 2, b"certificate"), b"signature")


class Place:
    """A server, and services that ask it."""

    def __init__(self, path: Path, **options: object) -> None:
        self.path = path
        self.changed = threading.Condition()
        self.server = RequestServer(
            SystemClock(),
            self._tell,
            path=path,
            **options,  # type: ignore[arg-type]
        )
        self.pool = ThreadPoolExecutor(8)
        self.devices: list[CardDevice] = []

    def _tell(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def until(
        self, right: Callable[[tuple[PendingRequest, ...]], bool]
    ) -> tuple[PendingRequest, ...]:
        with self.changed:
            assert self.changed.wait_for(lambda: right(self.server.requests()), WAIT)
            return self.server.requests()

    def ask(
        self,
        service: str = "Portail",
        *,
        nonce: str = "",
        seconds: int = 60,
        again: bool = False,
        reported: Callable[[StateMessage], None] = lambda item: None,
    ) -> Future[str]:
        ask = RequestMessage(
            service=service,
            binding_message=new_binding_message(),
            nonce=nonce or new_nonce(),
            seconds=seconds,
        )
        device = CardDevice(self.path)
        self.devices.append(device)
        return self.pool.submit(device.ask, ask, reported, again=again)

    def raw(self, data: bytes) -> list[dict[str, object]]:
        """Send bytes as they are; return every line that comes back until the end."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(WAIT)
            link.connect(str(self.path))
            try:
                link.sendall(data)
                link.shutdown(socket.SHUT_WR)
                found = b"".join(iter(lambda: link.recv(4096), b""))
            except (BrokenPipeError, ConnectionResetError):
                return []
        return [json.loads(line) for line in found.splitlines()]


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:  # a path short enough for a socket
        yield Path(name)


@pytest.fixture
def place(folder: Path) -> Iterator[Place]:
    made = Place(folder / "requests.sock")
    made.server.start()
    yield made
    made.server.stop()
    made.pool.shutdown()


def code_of(answer: Future[str]) -> str:
    with pytest.raises(CpsError) as caught:
        answer.result(WAIT)
    return caught.value.code


def test_a_confirmation_reaches_the_service(place: Place) -> None:
    states: list[RequestState] = []
    answer = place.ask(reported=lambda entry: states.append(entry.state))
    (item,) = place.until(lambda now: len(now) == 1)
    assert item.ask.service == "Portail" and item.state is RequestState.SHOWN
    assert item.asker.pid == os.getpid()
    place.server.confirm(item.number, PROOF)
    assert answer.result(WAIT) == PROOF.to_compact()
    assert states == [RequestState.SHOWN, RequestState.CONFIRMED]
    assert place.server.requests() == ()


def test_a_refusal_reaches_the_service(place: Place) -> None:
    answer = place.ask()
    (item,) = place.until(lambda now: len(now) == 1)
    place.server.refuse(item.number)
    assert code_of(answer) == "request.refused"


def test_two_requests_at_once_are_shown_one_after_the_other(place: Place) -> None:
    first = place.ask("One")
    place.until(lambda now: len(now) == 1)
    states: list[tuple[RequestState, int]] = []
    second = place.ask("Two", reported=lambda entry: states.append((entry.state, entry.before)))
    item, two = place.until(lambda now: len(now) == 2)
    assert [item.ask.service, two.ask.service] == ["One", "Two"]
    assert two.state is RequestState.WAITING
    place.server.refuse(item.number)
    assert code_of(first) == "request.refused"
    place.until(lambda now: [it.state for it in now] == [RequestState.SHOWN])
    place.server.confirm(two.number, PROOF)
    assert second.result(WAIT)
    assert states[:2] == [(RequestState.WAITING, 1), (RequestState.SHOWN, 0)]


def test_a_request_ends_by_itself_and_a_late_answer_is_thrown_away(folder: Path) -> None:
    clock = FixedClock(dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC))
    place = Place(folder / "requests.sock")
    place.server._clock = clock
    place.server.start()
    try:
        answer = place.ask(seconds=60)
        (item,) = place.until(lambda now: len(now) == 1)
        clock.advance(dt.timedelta(seconds=60))
        other = place.ask()  # anything that happens lets it look at its clock
        assert code_of(answer) == "request.expired"
        with pytest.raises(StateError) as caught:
            place.server.confirm(item.number, PROOF)
        assert caught.value.code == "request.over"
        place.devices[-1].withdraw()
        code_of(other)
    finally:
        place.server.stop()


def test_a_request_that_nobody_looks_at_expires(place: Place) -> None:
    assert code_of(place.ask(seconds=5)) == "request.expired"


def test_a_service_that_withdraws_leaves_the_desk(place: Place) -> None:
    answer = place.ask()
    place.until(lambda now: len(now) == 1)
    place.devices[0].withdraw()
    assert code_of(answer) == "request.withdrawn"
    place.until(lambda now: not now)


def test_a_service_that_is_gone_leaves_the_desk(place: Place) -> None:
    link = socket.socket(socket.AF_UNIX)
    link.connect(str(place.path))
    ask = RequestMessage(service="Portail", binding_message="42", nonce="n" * 43, seconds=60)
    link.sendall(ask.to_bytes())
    place.until(lambda now: len(now) == 1)
    link.close()
    place.until(lambda now: not now)


def test_the_end_of_the_manager_is_reported(place: Place) -> None:
    answers = [place.ask(), place.ask()]
    place.until(lambda now: len(now) == 2)
    place.server.stop()
    assert [code_of(answer) for answer in answers] == ["request.lost"] * 2
    assert not place.path.exists()


def test_a_nonce_is_taken_once(place: Place) -> None:
    answer = place.ask(nonce="n" * 43)
    (item,) = place.until(lambda now: len(now) == 1)
    assert code_of(place.ask(nonce="n" * 43)) == "request.repeated"
    place.server.refuse(item.number)
    code_of(answer)


def test_a_fifth_request_of_one_program_is_refused(place: Place) -> None:
    answers = [place.ask() for _ in range(4)]
    place.until(lambda now: len(now) == 4)
    assert code_of(place.ask()) == "request.too_many"
    for request in place.server.requests():
        place.server.refuse(request.number)
    assert {code_of(answer) for answer in answers} == {"request.refused"}


def test_one_program_that_says_nothing_keeps_no_other_from_asking(folder: Path) -> None:
    """A program that opens connection after connection has a few of them, not all."""
    pids = iter([1] * 80 + [2])
    place = Place(folder / "requests.sock", credentials=lambda _link: Peer(next(pids), 0))
    place.server.start()
    links = [socket.socket(socket.AF_UNIX) for _ in range(80)]
    try:
        for link in links:
            link.settimeout(WAIT)
            link.connect(str(place.path))
        refused = [json.loads(link.recv(4096)) for link in links[MOST_SILENT:]]
        assert {item["code"] for item in refused} == {"request.too_many"}
        place.ask()
        place.until(lambda now: [item.asker.pid for item in now] == [2])
    finally:
        for link in links:
            link.close()
        place.server.stop()


@pytest.mark.parametrize("how", ["open to others", "a link", "no folder"])
def test_no_request_is_taken_in_where_others_could_listen(folder: Path, how: str) -> None:
    unsafe = folder / "place"
    if how == "a link":
        (folder / "real").mkdir(mode=0o700)
        unsafe.symlink_to(folder / "real")
    elif how == "no folder":
        unsafe.write_text("")
    else:
        unsafe.mkdir(mode=0o755)
    with pytest.raises(StateError) as caught:
        RequestServer(SystemClock(), path=unsafe / "requests.sock").start()
    assert caught.value.code == "base.folder_unsafe"


@pytest.mark.parametrize("name", ["requests.sock", "requests.lock"])
def test_a_link_in_the_place_of_the_socket_or_its_lock_leads_nowhere(
    folder: Path, name: str
) -> None:
    precious = folder / "precious"
    precious.write_text("untouched")
    (folder / name).symlink_to(precious)
    server = RequestServer(SystemClock(), path=folder / "requests.sock")
    if name == "requests.lock":
        with pytest.raises(StateError) as caught:
            server.start()
        assert caught.value.code == "daemon.socket_unusable"
    else:
        server.start()
        assert stat.S_ISSOCK(os.lstat(folder / name).st_mode)
        server.stop()
    assert precious.read_text() == "untouched"


def test_a_confirmation_that_crosses_a_withdrawal_is_not_given_to_the_service(
    folder: Path,
) -> None:
    """The manager confirmed before it heard of the withdrawal."""
    device, path = CardDevice(folder / "requests.sock"), folder / "requests.sock"
    ask = RequestMessage(service="Portail", binding_message="42", nonce="n" * 43, seconds=60)
    with socket.socket(socket.AF_UNIX) as manager, ThreadPoolExecutor(1) as pool:
        manager.bind(str(path))
        manager.listen()
        answer = pool.submit(device.ask, ask)
        link, _ = manager.accept()
        with link:
            assert link.recv(4096) == ask.to_bytes()
            device.withdraw()
            link.sendall(StateMessage(state=RequestState.CONFIRMED, confirmation="x").to_bytes())
            assert code_of(answer) == "request.withdrawn"


def test_only_this_user_reaches_the_socket(place: Place) -> None:
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_refused(place: Place) -> None:
    """As a process of user 65534 that inherited a connection could not, but one that connects."""
    place.path.parent.chmod(0o755)
    place.path.chmod(0o666)
    script = (
        "import os,socket,sys; os.setuid(65534); s=socket.socket(socket.AF_UNIX);"
        "s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode()); s.settimeout(20);"
        "print(s.recv(4096).decode(), end='')"
    )
    ask = RequestMessage(
        service="Portail", binding_message="42", nonce="n" * 43, seconds=60
    ).to_bytes()
    command = [sys.executable, "-I", "-c", script, str(place.path), ask.decode()]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(found.stdout) == {"type": "error", "code": "daemon.peer_refused"}
    assert place.server.requests() == ()


def test_a_peer_that_nobody_knows_is_refused(folder: Path) -> None:
    def refuse(link: socket.socket) -> Peer:
        raise StateError("daemon.peer_unknown")

    place = Place(folder / "requests.sock", credentials=refuse)
    place.server.start()
    try:
        assert code_of(place.ask()) == "daemon.peer_unknown"
    finally:
        place.server.stop()
    assert peer_of is not refuse


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"hello\n", "request.malformed"),
        (b"x" * 5000 + b"\n", "request.malformed"),
        (b'{"type":"ask","v":2}\n', "request.version"),
        (
            b'{"type":"ask","v":1,"service":"","binding_message":"42","nonce":"'
            + b"n" * 43
            + b'","seconds":60}\n',
            "request.member",
        ),
    ],
)
def test_nonsense_is_refused_with_its_code(place: Place, data: bytes, code: str) -> None:
    (answer,) = place.raw(data)
    assert (answer["type"], answer["code"]) == ("error", code)
    assert place.server.requests() == ()


def test_a_line_that_does_not_end_asks_for_nothing(place: Place) -> None:
    assert place.raw(b'{"type":"ask"') == []


def test_nonsense_after_the_request_ends_it(place: Place) -> None:
    ask = RequestMessage(
        service="Portail", binding_message="42", nonce="n" * 43, seconds=60
    ).to_bytes()
    assert [item["type"] for item in place.raw(ask + b"nonsense\n")] == ["state", "error"]
    place.until(lambda now: not now)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        st.binary(max_size=4000),
        st.binary(max_size=100).map(lambda it: it + b"\n"),
        st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=20)).map(
            lambda it: json.dumps({"type": "ask", "v": 1} | it).encode() + b"\n"
        ),
    )
)
def test_whatever_comes_the_server_lives_and_asks_the_holder_nothing(
    place: Place, data: bytes
) -> None:
    place.raw(data)
    assert place.server.requests() == ()
    assert place.server._thread is not None and place.server._thread.is_alive()


def test_one_manager_a_user(place: Place) -> None:
    with pytest.raises(StateError) as caught:
        RequestServer(SystemClock(), path=place.path).start()
    assert caught.value.code == "request.running"


def test_without_a_manager_the_service_is_reported(folder: Path) -> None:
    ask = RequestMessage(service="Portail", binding_message="42", nonce="n" * 43, seconds=60)
    with pytest.raises(StateError) as caught:
        CardDevice(folder / "requests.sock").ask(ask)
    assert caught.value.code == "request.no_manager"


_MANAGER = """
import sys, time
from pathlib import Path
from caducee.base.clock import SystemClock
from caducee.middleware.requests import RequestServer
server = RequestServer(SystemClock(), lambda: print(len(server.requests()), flush=True),
                       path=Path(sys.argv[1]))
server.start()
print("ready", flush=True)
time.sleep(60)
"""


def test_a_killed_manager_loses_nothing(folder: Path) -> None:
    """The service hears of it at once; who waits is asked for again by the next manager."""
    path = folder / "requests.sock"
    command = [sys.executable, "-c", _MANAGER, str(path)]
    place = Place(path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as manager:
        assert manager.stdout is not None
        assert manager.stdout.readline() == "ready\n"
        once, again = place.ask("One"), place.ask("Two", again=True)
        while manager.stdout.readline() != "2\n":
            pass
        manager.send_signal(signal.SIGKILL)
    assert code_of(once) == "request.lost"
    assert not again.done()
    place.server.start()
    try:
        (item,) = place.until(lambda now: len(now) == 1)
        assert item.ask.service == "Two"
        place.server.confirm(item.number, PROOF)
        assert again.result(WAIT) == PROOF.to_compact()
    finally:
        place.server.stop()

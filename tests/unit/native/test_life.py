# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Beginning, end, threads, forks and unloading."""

import ctypes
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.unit.native.daemon import Conversation, FakeDaemon
from tests.unit.native.facade import (
    CInitialize,
    CInterface,
    CVersion,
    Facade,
    Given,
)

from caducee.codec.pkcs11 import Call, Frame, OutputBuffer, Reply, Welcome
from caducee.spec.pkcs11 import Ckr
from caducee.spec.pkcs11.flags import InitializeFlag
from caducee.spec.pkcs11.functions import FUNCTIONS
from caducee.spec.pkcs11.wire import MAX_CONNECTIONS, MAX_WAITING, FrameKind


def _descriptors() -> set[str]:
    found = set()
    for item in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{item} {os.readlink(f'/proc/self/fd/{item}')}")
        except OSError:
            continue
    return {entry for entry in found if "socket" in entry}


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))


# --- beginning and end ----------------------------------------------------------------------------


def test_nothing_but_the_lists_answers_before_the_beginning(
    library: Path, daemon: FakeDaemon
) -> None:
    facade = Facade(library)
    for function in FUNCTIONS:
        if function.local is None:
            values: dict[str, object] = {}
            for item in function.ins:
                values[item.name] = {"ULONG": 0, "FLAG": 0, "BYTES": b"", "LABEL": bytes(32)}.get(
                    item.kind.name, () if "TEMPLATE" in item.kind.name else None
                )
                if item.kind.name.endswith("ROOM") and "TEMPLATE" not in item.kind.name:
                    values[item.name] = OutputBuffer(0)
                if item.kind.name == "RANDOM":
                    values[item.name] = 0
            rv = getattr(facade, function.name)(*Given(function, values).arguments)
            assert rv == Ckr.CRYPTOKI_NOT_INITIALIZED, function.name
    assert daemon.hellos == []


def test_it_begins_once_and_ends_once(facade: Facade, daemon: FakeDaemon) -> None:
    assert facade.C_Initialize(None) == Ckr.CRYPTOKI_ALREADY_INITIALIZED
    assert facade.C_Finalize(None) == Ckr.OK
    assert facade.C_Finalize(None) == Ckr.CRYPTOKI_NOT_INITIALIZED
    assert facade.C_Logout(1) == Ckr.CRYPTOKI_NOT_INITIALIZED
    assert daemon.names == ["C_Finalize"]


def test_flags_and_the_reserved_pointer_reach_the_daemon(library: Path, daemon: FakeDaemon) -> None:
    facade = Facade(library)
    given = CInitialize(None, None, None, None, 3, 1)
    daemon.welcome = Welcome(Ckr.ARGUMENTS_BAD)
    assert facade.C_Initialize(ctypes.addressof(given)) == Ckr.ARGUMENTS_BAD
    assert (daemon.hellos[0].flags, daemon.hellos[0].reserved) == (3, True)


@pytest.mark.parametrize(
    ("functions", "flags", "rv"),
    [
        ((1, 1, 1, 1), InitializeFlag.OS_LOCKING_OK, Ckr.OK),
        ((1, None, 1, 1), 0, Ckr.ARGUMENTS_BAD),
        ((None, None, None, 1), InitializeFlag.OS_LOCKING_OK, Ckr.ARGUMENTS_BAD),
        ((None,) * 4, InitializeFlag.LIBRARY_CANT_CREATE_OS_THREADS, Ckr.OK),
    ],
)
def test_locks_are_the_systems_own(
    functions: tuple[int | None, ...], flags: int, rv: int, library: Path, daemon: FakeDaemon
) -> None:
    facade = Facade(library)
    given = CInitialize(*functions, flags, None)
    assert facade.C_Initialize(ctypes.addressof(given)) == rv
    facade.C_Finalize(None)


def test_the_daemon_judges_locks_of_the_caller_alone(library: Path, daemon: FakeDaemon) -> None:
    facade = Facade(library)
    given = CInitialize(1, 1, 1, 1, 0, None)
    daemon.welcome = Welcome(Ckr.CANT_LOCK)
    assert facade.C_Initialize(ctypes.addressof(given)) == Ckr.CANT_LOCK
    daemon.welcome = Welcome()
    assert facade.C_Initialize(ctypes.addressof(given)) == Ckr.OK
    assert [hello.own_locks for hello in daemon.hellos] == [True, True]
    facade.C_Finalize(None)


# --- lists and interfaces -------------------------------------------------------------------------


def test_two_interfaces_the_newer_one_first(library: Path) -> None:
    lib = ctypes.CDLL(str(library))
    count = ctypes.c_ulong()
    assert lib.C_GetInterfaceList(None, ctypes.byref(count)) == Ckr.OK
    assert count.value == 2
    found = (CInterface * 2)()
    count.value = 1
    assert lib.C_GetInterfaceList(found, ctypes.byref(count)) == Ckr.BUFFER_TOO_SMALL
    assert lib.C_GetInterfaceList(found, ctypes.byref(count)) == Ckr.OK
    versions = [CVersion.from_address(item.functions) for item in found]
    assert [item.name for item in found] == [b"PKCS 11", b"PKCS 11"]
    assert [(version.major, version.minor) for version in versions] == [(3, 0), (2, 40)]
    assert lib.C_GetInterfaceList(None, None) == Ckr.ARGUMENTS_BAD


@pytest.mark.parametrize(
    ("name", "version", "flags", "found"),
    [
        (None, None, 0, (3, 0)),
        (b"PKCS 11", None, 0, (3, 0)),
        (b"PKCS 11", (2, 40), 0, (2, 40)),
        (b"PKCS 11", (3, 1), 0, None),
        (b"Vendor", None, 0, None),
        (None, None, 1, None),
    ],
)
def test_an_interface_is_found_by_name_version_and_flags(
    name: bytes | None,
    version: tuple[int, int] | None,
    flags: int,
    found: tuple[int, int] | None,
    library: Path,
) -> None:
    lib = ctypes.CDLL(str(library))
    wanted = ctypes.byref(CVersion(*version)) if version else None
    place = ctypes.POINTER(CInterface)()
    rv = lib.C_GetInterface(name, wanted, ctypes.byref(place), ctypes.c_ulong(flags))
    assert rv == (Ckr.OK if found else Ckr.ARGUMENTS_BAD)
    if found:
        own = CVersion.from_address(place.contents.functions)
        assert (own.major, own.minor) == found


def test_both_lists_hold_the_same_functions(library: Path) -> None:
    lib = ctypes.CDLL(str(library))
    place = ctypes.c_void_p()
    assert lib.C_GetFunctionList(None) == Ckr.ARGUMENTS_BAD
    assert lib.C_GetFunctionList(ctypes.byref(place)) == Ckr.OK
    facade = Facade(library)
    size = ctypes.sizeof(ctypes.c_void_p)
    for number in range(1, 69):
        old = ctypes.c_void_p.from_address((place.value or 0) + number * size).value
        new = ctypes.cast(getattr(facade, FUNCTIONS[number - 1].name), ctypes.c_void_p).value
        assert old == new


# --- threads --------------------------------------------------------------------------------------


def test_two_hundred_threads_share_a_bounded_number_of_connections(
    facade: Facade, daemon: FakeDaemon
) -> None:
    def echo(conversation: Conversation, call: Call) -> None:
        time.sleep(0.001)
        conversation.send(Reply(call.function, call.named()["session"]))

    daemon.script = echo
    barrier = threading.Barrier(200)

    def work(number: int) -> list[int]:
        barrier.wait(60)
        return [facade.C_Logout(0x100 + number * 10 + turn) for turn in range(5)]

    with ThreadPoolExecutor(200) as threads:
        found = list(threads.map(work, range(200)))
    assert found == [[0x100 + number * 10 + turn for turn in range(5)] for number in range(200)]
    assert len(daemon.hellos) <= MAX_CONNECTIONS


def test_a_slow_call_delays_no_other(facade: Facade, daemon: FakeDaemon) -> None:
    release, reached = threading.Event(), threading.Event()

    def slow(conversation: Conversation, call: Call) -> None:
        if call.function.name == "C_CloseSession":
            reached.set()
            release.wait(60)
        conversation.send(Reply(call.function, Ckr.OK))

    daemon.script = slow
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(facade.C_CloseSession, 1)
        assert reached.wait(60)
        assert facade.C_Logout(1) == Ckr.OK
        assert not waiting.done()
        release.set()
        assert waiting.result(60) == Ckr.OK


def _wait(facade: Facade, flags: int = 0) -> int:
    slot = ctypes.c_ulong()
    return int(facade.C_WaitForSlotEvent(flags, ctypes.addressof(slot), None))


def _hold(reached: threading.Semaphore) -> Callable[[Conversation, Call], None]:
    """Return a script that answers everything but a wait for an event, and reports each wait."""

    def script(conversation: Conversation, call: Call) -> None:
        if call.function.name == "C_WaitForSlotEvent":
            reached.release()
        else:
            conversation.send(Reply(call.function, Ckr.OK))

    return script


def test_waiting_for_an_event_takes_no_shared_connection_and_ends_with_the_module(
    facade: Facade, daemon: FakeDaemon
) -> None:
    reached = threading.Semaphore(0)
    daemon.script = _hold(reached)
    with ThreadPoolExecutor(MAX_WAITING) as threads:
        waiting = [threads.submit(_wait, facade) for _ in range(MAX_WAITING)]
        for _ in waiting:
            assert reached.acquire(timeout=60)
        assert facade.C_Logout(1) == Ckr.OK
        assert _wait(facade) == Ckr.HOST_MEMORY
        assert facade.C_Finalize(None) == Ckr.OK
        assert {item.result(60) for item in waiting} == {Ckr.CRYPTOKI_NOT_INITIALIZED}


def test_an_event_arrives(facade: Facade, daemon: FakeDaemon) -> None:
    def script(conversation: Conversation, call: Call) -> None:
        for _ in range(4):
            time.sleep(0.2)
            conversation.send(Frame(FrameKind.WORKING, 0))
        conversation.send(Reply.build("C_WaitForSlotEvent", slot=3))

    daemon.script = script
    slot = ctypes.c_ulong()
    assert facade.C_WaitForSlotEvent(0, ctypes.addressof(slot), None) == Ckr.OK
    assert slot.value == 3


def test_the_end_does_not_wait_for_calls_that_run(facade: Facade, daemon: FakeDaemon) -> None:
    reached = threading.Semaphore(0)

    def keep(conversation: Conversation, call: Call) -> None:
        if call.function.name == "C_Finalize":
            conversation.send(Reply(call.function, Ckr.OK))
        reached.release()

    daemon.script = keep
    with ThreadPoolExecutor(100) as threads:
        running = [threads.submit(facade.C_Logout, 1) for _ in range(100)]
        for _ in range(MAX_CONNECTIONS):
            assert reached.acquire(timeout=60)
        assert facade.C_Finalize(None) == Ckr.OK
        assert {item.result(60) for item in running} == {Ckr.CRYPTOKI_NOT_INITIALIZED}


def test_beginning_and_ending_at_once_in_many_threads_breaks_nothing(
    library: Path, daemon: FakeDaemon
) -> None:
    facade = Facade(library)
    allowed = {
        Ckr.OK,
        Ckr.CRYPTOKI_NOT_INITIALIZED,
        Ckr.CRYPTOKI_ALREADY_INITIALIZED,
        Ckr.DEVICE_ERROR,
    }

    def work(number: int) -> set[int]:
        found = set()
        for _ in range(20):
            found.add(facade.C_Initialize(None))
            found.add(facade.C_Logout(1))
            if number % 2:
                found.add(facade.C_Finalize(None))
        return found

    with ThreadPoolExecutor(8) as threads:
        found = set().union(*threads.map(work, range(8)))
    assert found <= allowed
    facade.C_Finalize(None)
    assert facade.C_Initialize(None) == Ckr.OK
    assert facade.C_Logout(1) == Ckr.OK
    assert facade.C_Finalize(None) == Ckr.OK


# --- nothing is left behind -----------------------------------------------------------------------


@pytest.mark.parametrize("finalize", [True, False])
def test_no_thread_and_no_descriptor_is_left_when_the_library_goes(
    finalize: bool, library: Path, daemon: FakeDaemon
) -> None:
    threads, descriptors = _threads(), _descriptors()
    for _ in range(3):
        facade = Facade(library)
        assert facade.C_Initialize(None) == Ckr.OK
        facade.C_Logout(1)
        mine = _descriptors() - descriptors
        assert mine
        if finalize:
            assert facade.C_Finalize(None) == Ckr.OK
        facade.close()
        assert daemon.ended.acquire(timeout=10)
    assert str(library) not in Path("/proc/self/maps").read_text()
    deadline = time.monotonic() + 30
    while (_threads(), _descriptors()) != (threads, descriptors) and time.monotonic() < deadline:
        time.sleep(0.02)  # the daemon of the test lives in this process too
    assert (_threads(), _descriptors()) == (threads, descriptors)


def test_programs_that_the_host_starts_inherit_no_connection(
    facade: Facade, daemon: FakeDaemon
) -> None:
    listing = subprocess.run(
        ["ls", "-l", "/proc/self/fd"], capture_output=True, text=True, check=True, close_fds=False
    )
    assert "socket" not in listing.stdout


# --- fork -----------------------------------------------------------------------------------------


def _in_child(work: Callable[[], bool]) -> None:
    """Run something in the child of a fork; it must be true, and end in time."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        good = False
        try:
            good = work()
        finally:
            os.write(writable, b"1" if good else b"0")
            os._exit(0)
    os.close(writable)
    ready, _, _ = select.select([readable], [], [], 60)
    found = os.read(readable, 1) if ready else b"late"
    os.close(readable)
    if not ready:
        os.kill(child, 9)
    os.waitpid(child, 0)
    assert found == b"1"


# Python warns of forks in a process with threads; here they are the point.
FORK_WARNING = "ignore:This process .* is multi-threaded:DeprecationWarning"


@pytest.mark.filterwarnings(FORK_WARNING)
def test_a_child_begins_anew_and_leaves_the_parent_unharmed(
    facade: Facade, daemon: FakeDaemon
) -> None:
    def child() -> bool:
        before = [facade.C_Logout(1), facade.C_Finalize(None)]
        after = [facade.C_Initialize(None), facade.C_Logout(1), facade.C_Finalize(None)]
        return before == [Ckr.CRYPTOKI_NOT_INITIALIZED] * 2 and after == [Ckr.OK] * 3

    facade.C_Logout(1)
    _in_child(child)
    assert facade.C_Logout(1) == Ckr.OK
    parent, forked = daemon.hellos
    assert parent.application != forked.application
    assert parent.pid == os.getpid() != forked.pid


@pytest.mark.filterwarnings(FORK_WARNING)
def test_a_child_that_unloads_the_library_leaves_the_parent_unharmed(
    facade: Facade, daemon: FakeDaemon
) -> None:
    def child() -> bool:
        facade.close()
        return True

    _in_child(child)
    assert facade.C_Logout(1) == Ckr.OK
    assert len(daemon.hellos) == 1


@pytest.mark.filterwarnings(FORK_WARNING)
def test_a_fork_in_the_middle_of_calls_of_other_threads(facade: Facade, daemon: FakeDaemon) -> None:
    stop = threading.Event()
    failures: list[int] = []

    def call() -> None:
        while not stop.is_set():
            rv = facade.C_Logout(1)
            if rv != Ckr.OK:
                failures.append(rv)

    def child() -> bool:
        first = facade.C_Logout(1) == Ckr.CRYPTOKI_NOT_INITIALIZED
        return bool(first and facade.C_Initialize(None) == facade.C_Logout(1) == Ckr.OK)

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            _in_child(child)
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    assert failures == []


@pytest.mark.filterwarnings(FORK_WARNING)
def test_a_fork_in_the_middle_of_the_beginning(
    library: Path, daemon: FakeDaemon, impatient: None
) -> None:
    facade = Facade(library)
    daemon.welcome = None
    with ThreadPoolExecutor(1) as threads:
        begun = threads.submit(facade.C_Initialize, None)
        while not daemon.hellos:
            time.sleep(0.005)
        daemon.welcome = Welcome()
        _in_child(lambda: facade.C_Initialize(None) == Ckr.OK and facade.C_Logout(1) == Ckr.OK)
        assert begun.result(60) == Ckr.DEVICE_ERROR  # the parent was never welcomed


# --- starting the daemon --------------------------------------------------------------------------

STARTED = """
import sys, os, signal
sys.path[:0] = {paths!r}
from pathlib import Path
from tests.unit.native.daemon import FakeDaemon
folder = Path(sys.argv[1])
state = {{
    "arguments": sys.argv[2:],
    "descriptors": sorted(os.listdir("/proc/self/fd")),
    "session": os.getsid(0) != int(sys.argv[2]),
    "mask": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "cwd": os.getcwd(),
}}
(folder / "state").write_text(repr(state))
(folder / "pid").write_text(str(os.getpid()))
daemon = FakeDaemon(folder)
signal.pause()
"""


@pytest.fixture
def startable(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Startable":
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(folder / "cryptolibd.sock"))
    return Startable(library, folder)


class Startable:
    """A façade with the file beside it that says how its daemon is started."""

    def __init__(self, library: Path, folder: Path) -> None:
        self.library, self.folder = library, folder
        self.argv_file = library.parent / "caducee-cryptolibd.argv"
        program = library.parent / "daemon.py"
        program.write_text(STARTED.format(paths=[item for item in sys.path if item]))
        self.argv = [sys.executable, str(program), str(folder), str(os.getsid(0)), "two words"]
        self.write("\n".join(self.argv) + "\n")

    def write(self, text: str) -> None:
        self.argv_file.write_text(text)

    def stop(self) -> None:
        """End the daemon that was started."""
        self.stop_in(self.folder)

    @staticmethod
    def stop_in(folder: Path) -> None:
        """End the daemon that was started for a folder."""
        os.kill(int((folder / "pid").read_text()), 9)


def test_the_daemon_is_started_when_there_is_none(startable: Startable) -> None:
    descriptors = _descriptors()
    facade = Facade(startable.library)
    assert facade.C_Initialize(None) == Ckr.OK
    assert facade.C_Logout(1) == Ckr.OK
    state = eval((startable.folder / "state").read_text())
    assert state["arguments"] == startable.argv[3:]
    assert state["session"]
    assert state["mask"] == 0
    assert state["cwd"] == "/"
    assert len(state["descriptors"]) <= 4  # 0, 1, 2, and the listing itself
    facade.C_Finalize(None)
    assert _descriptors() == descriptors
    startable.stop()


def test_the_host_has_no_new_child_and_hears_of_none(startable: Startable) -> None:
    import signal

    seen: list[int] = []
    before = signal.signal(signal.SIGCHLD, lambda number, _: seen.append(number))
    try:
        facade = Facade(startable.library)
        assert facade.C_Initialize(None) == Ckr.OK
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        assert (startable.folder / "pid").read_text() not in children
        facade.C_Finalize(None)
        startable.stop()
        time.sleep(0.1)
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert seen == []


def test_a_daemon_that_was_killed_is_started_again(startable: Startable) -> None:
    facade = Facade(startable.library)
    assert facade.C_Initialize(None) == Ckr.OK
    first = (startable.folder / "pid").read_text()
    startable.stop()
    (startable.folder / "cryptolibd.sock").unlink()
    while facade.C_Logout(1) == Ckr.DEVICE_ERROR:
        time.sleep(0.05)  # it may still be dying
    assert facade.C_Logout(1) == Ckr.OK
    assert (startable.folder / "pid").read_text() != first
    facade.C_Finalize(None)
    startable.stop()


def test_the_environment_names_another_file(
    startable: Startable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = startable.argv_file.rename(tmp_path / "other.argv")
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD", str(other))
    facade = Facade(startable.library)
    assert facade.C_Initialize(None) == Ckr.OK
    facade.C_Finalize(None)
    startable.stop()


def test_a_program_may_be_named_from_the_folder_of_the_file(startable: Startable) -> None:
    (startable.library.parent / "bin").mkdir()
    (startable.library.parent / "bin" / "python").symlink_to(sys.executable)
    startable.write("\n".join(["bin/../bin/python", *startable.argv[1:]]))
    script = startable.library.parent / "bin" / "python"
    script.unlink()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    script.chmod(0o755)
    facade = Facade(startable.library)
    assert facade.C_Initialize(None) == Ckr.OK
    facade.C_Finalize(None)
    startable.stop()


@pytest.mark.parametrize("text", ["", "\n", "\n".join(["/bin/true"] * 40), "x" * 5000])
def test_a_file_that_names_no_program_starts_nothing(text: str, startable: Startable) -> None:
    startable.write(text)
    assert Facade(startable.library).C_Initialize(None) == Ckr.DEVICE_ERROR

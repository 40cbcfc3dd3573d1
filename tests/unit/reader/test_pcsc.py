# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The binding to PC/SC, against a library in Python."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.reader.conftest import FakeLibrary

from caducee.base.errors import CardRemovedError, MuteCardError, ReaderError
from caducee.reader.pcsc import PcscContext, PcscTransport
from caducee.reader.pcsc import transport as pcsc_transport
from caducee.reader.pcsc.abi import LINUX, MACOS, WINDOWS, Abi
from caducee.reader.pcsc.native import WinScard, load
from caducee.reader.transport import CardProtocol, Ending, ReaderStatus
from caducee.spec.pcsc import PcscResult
from caducee.testing.chips import ScriptedChip

READ = bytes.fromhex("00B0000002")
VERIFY = bytes.fromhex("002000010431323334")


def wait_for(event: threading.Event) -> int:
    """Tell another thread that a status change waits; the wait goes on."""
    event.set()
    return 0


def context_of(library: FakeLibrary) -> PcscContext:
    return PcscContext(WinScard(library.abi, library))


@pytest.fixture
def context(library: FakeLibrary) -> PcscContext:
    return context_of(library)


@pytest.fixture
def chip(library: FakeLibrary) -> ScriptedChip:
    found = library.chips["Reader A"]
    assert found is not None
    return found


@pytest.fixture
def transport(context: PcscContext) -> PcscTransport:
    return context.reader("Reader A").connect()


def test_a_machine_without_the_library_is_reported() -> None:
    absent = Abi("pcsclite", ("libnothing.so.99",), LINUX.dword, LINUX.long, LINUX.handle, 33)
    with pytest.raises(ReaderError) as caught:
        load(absent)
    assert caught.value.code == "reader.pcsc_absent"
    assert caught.value.facts["library"] == "libnothing.so.99"


class TestServiceThatCloses:
    """pcscd closes the connection of whom polkit refuses."""

    @pytest.fixture
    def listening(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
        path = tmp_path / "pcscd.comm"
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(path))
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
            made.listen(64)
            yield made

    def test_a_refusal_is_reported_even_when_the_library_first_says_that_nobody_serves(
        self, library: FakeLibrary, listening: socket.socket
    ) -> None:
        library.results["SCardEstablishContext"] = [
            PcscResult.E_NO_SERVICE,
            PcscResult.W_SECURITY_VIOLATION,
        ] * 2
        with pytest.raises(ReaderError) as caught:
            context_of(library).readers()
        assert caught.value.code == "reader.access_denied"

    def test_a_service_that_runs_is_never_said_not_to_run(
        self, library: FakeLibrary, listening: socket.socket
    ) -> None:
        library.results["SCardEstablishContext"] = [PcscResult.E_NO_SERVICE] * 100
        with pytest.raises(ReaderError) as caught:
            context_of(library).readers()
        assert caught.value.code == "reader.service_refuses"

    def test_without_a_socket_the_service_does_not_run(
        self, library: FakeLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "nothing"))
        library.results["SCardEstablishContext"] = [PcscResult.E_NO_SERVICE] * 100
        with pytest.raises(ReaderError) as caught:
            context_of(library).readers()
        assert caught.value.code == "reader.service_absent"


class TestReaders:
    @pytest.mark.parametrize("abi", [LINUX, MACOS, WINDOWS], ids=["linux", "macos", "windows"])
    def test_readers_are_listed_on_every_system(self, abi: Abi) -> None:
        library = FakeLibrary(abi)
        library.chips = {"Lecteur intégré 0": None, "B": None}
        names = [reader.name for reader in context_of(library).readers()]
        assert names == ["Lecteur intégré 0", "B"]

    def test_no_reader_is_an_empty_list(self, library: FakeLibrary, context: PcscContext) -> None:
        library.chips.clear()
        assert list(context.readers()) == []

    def test_a_reader_that_comes_while_listing_is_listed(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        library.results["SCardListReaders"] = [0, PcscResult.E_INSUFFICIENT_BUFFER]
        assert len(context.readers()) == 2

    def test_readers_that_leave_while_listing_are_not_listed(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        library.results["SCardListReaders"] = [0, PcscResult.E_NO_READERS_AVAILABLE]
        assert list(context.readers()) == []

    def test_a_restart_of_the_service_is_survived(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        context.readers()
        library.contexts.clear()
        assert len(context.readers()) == 2

    def test_a_missing_service_is_reported(
        self, library: FakeLibrary, context: PcscContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", "/nonexistent")  # nobody listens there
        library.results["SCardEstablishContext"] = [PcscResult.E_NO_SERVICE] * 2
        with pytest.raises(ReaderError) as caught:
            context.readers()
        assert caught.value.code == "reader.service_absent"

    def test_an_unknown_name_is_reported(self, context: PcscContext) -> None:
        with pytest.raises(ReaderError) as caught:
            context.reader("Reader X")
        assert caught.value.code == "reader.unknown_reader"
        with pytest.raises(ReaderError) as caught:
            context.status("Reader X")
        assert caught.value.facts["reader"] == "Reader X"

    def test_the_status_reports_card_atr_and_changes(
        self, library: FakeLibrary, context: PcscContext, chip: ScriptedChip
    ) -> None:
        first, second = context.readers()
        assert first.status() == ReaderStatus(True, chip.atr, False, 1)
        assert second.status() == ReaderStatus(False, None, False, 0)
        library.insert("Reader B", ScriptedChip(atr=b""))
        assert second.status() == ReaderStatus(True, None, True, 1)

    def test_closing_releases_every_context(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        with context:
            context.readers()
            context.wait({}, 0)
        context.close()
        assert library.contexts == set()

    def test_a_service_that_is_gone_does_not_stop_the_closing(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        context.readers()
        library.contexts.clear()
        context.close()


class TestConnect:
    @pytest.mark.parametrize("abi", [LINUX, MACOS, WINDOWS], ids=["linux", "macos", "windows"])
    def test_a_command_goes_through_on_every_system(self, abi: Abi) -> None:
        library = FakeLibrary(abi)
        library.insert("Lecteur é", ScriptedChip({"00B0000002": "AABB9000"}))
        transport = context_of(library).reader("Lecteur é").connect()
        assert transport.atr == ScriptedChip().atr
        assert transport.transmit(READ).hex() == "aabb9000"
        transport.close()
        assert library.handles == {}

    @pytest.mark.parametrize(
        ("reader", "kind", "code"),
        [
            ("Reader B", CardRemovedError, "reader.no_card"),
            ("X", ReaderError, "reader.unknown_reader"),
        ],
    )
    def test_a_failed_connection_leaves_nothing_open(
        self, library: FakeLibrary, reader: str, kind: type[ReaderError], code: str
    ) -> None:
        with pytest.raises(kind) as caught:
            PcscTransport(WinScard(LINUX, library), reader)
        assert caught.value.code == code
        assert caught.value.facts["reader"] == reader
        assert library.contexts == set()
        assert library.handles == {}

    def test_a_mute_card_is_reported(self, library: FakeLibrary, context: PcscContext) -> None:
        library.insert("Reader B", ScriptedChip(atr=b""))
        with pytest.raises(MuteCardError):
            context.reader("Reader B").connect()

    def test_the_protocol_is_the_one_in_use(self, transport: PcscTransport) -> None:
        found = [transport.protocol]
        transport.reset()
        found.append(transport.protocol)
        transport._active = 4
        found.append(transport.protocol)
        assert found == [CardProtocol.T0, CardProtocol.T1, CardProtocol.RAW]

    def test_a_closed_connection_is_not_used_again(self, transport: PcscTransport) -> None:
        transport.close()
        transport.close()
        with pytest.raises(ReaderError) as caught:
            transport.transmit(READ)
        assert caught.value.code == "reader.closed"
        with pytest.raises(ReaderError):
            transport.reset()
        with pytest.raises(ReaderError):
            transport.control(1)

    def test_control_reaches_the_reader_with_the_code_of_the_system(
        self, transport: PcscTransport
    ) -> None:
        assert transport.control(3400, b"\x01").hex() == "42000d4801"

    def test_a_feature_that_is_absent_is_named(
        self, library: FakeLibrary, transport: PcscTransport
    ) -> None:
        library.results["SCardControl"] = [PcscResult.E_UNSUPPORTED_FEATURE]
        with pytest.raises(ReaderError) as caught:
            transport.control(3400)
        assert caught.value.code == "reader.feature_absent"
        assert caught.value.facts["feature"] == "0xd48"


class TestTransmit:
    @pytest.mark.parametrize("size", range(4))
    def test_what_is_no_command_is_not_sent(
        self, transport: PcscTransport, chip: ScriptedChip, size: int
    ) -> None:
        with pytest.raises(ReaderError) as caught:
            transport.transmit(bytes(size))
        assert caught.value.code == "reader.command_malformed"
        assert chip.commands == []

    def test_a_removed_card_is_reported(
        self, library: FakeLibrary, transport: PcscTransport
    ) -> None:
        library.insert("Reader A", None)
        with pytest.raises(CardRemovedError) as caught:
            transport.transmit(READ)
        assert caught.value.facts["reader"] == "Reader A"

    @pytest.mark.parametrize("gone", [False, True])
    def test_a_card_that_gives_no_answer_is_gone_or_mute(
        self,
        library: FakeLibrary,
        transport: PcscTransport,
        gone: bool,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(pcsc_transport, "_NOTICE_SECONDS", 0.05)
        library.results["SCardTransmit"] = [PcscResult.E_NOT_TRANSACTED]
        if gone:
            library.insert("Reader A", None)
        with pytest.raises(CardRemovedError if gone else MuteCardError) as caught:
            transport.transmit(READ)
        assert caught.value.code == ("reader.card_removed" if gone else "reader.card_mute")

    def test_an_empty_answer_is_a_mute_card(
        self, library: FakeLibrary, context: PcscContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pcsc_transport, "_NOTICE_SECONDS", 0.05)
        library.insert("Reader A", ScriptedChip(other=""))
        with pytest.raises(MuteCardError):
            context.reader("Reader A").connect().transmit(READ)

    def test_an_answer_without_status_word_is_refused(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        library.insert("Reader A", ScriptedChip(other="90"))
        with pytest.raises(ReaderError) as caught:
            context.reader("Reader A").connect().transmit(READ)
        assert caught.value.code == "reader.answer_malformed"

    def test_the_longest_answer_arrives_whole(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        library.insert("Reader A", ScriptedChip(lambda command: bytes(0x10000) + b"\x90\x00"))
        assert len(context.reader("Reader A").connect().transmit(READ)) == 0x10002

    def test_a_reset_by_another_program_is_reported_once_and_then_healed(
        self, library: FakeLibrary, transport: PcscTransport
    ) -> None:
        library.results["SCardTransmit"] = [PcscResult.W_RESET_CARD]
        with pytest.raises(ReaderError) as caught:
            transport.transmit(READ)
        assert caught.value.code == "reader.card_reset"
        assert "SCardReconnect" in library.calls
        assert transport.transmit(READ).hex() == "aabb9000"

    @pytest.mark.parametrize(
        "result",
        [PcscResult.F_COMM_ERROR, PcscResult.E_NO_SERVICE, PcscResult.W_SECURITY_VIOLATION],
    )
    def test_the_service_that_dies_is_reported(
        self, library: FakeLibrary, transport: PcscTransport, result: PcscResult
    ) -> None:
        library.results["SCardTransmit"] = [result]
        with pytest.raises(ReaderError) as caught:
            transport.transmit(READ)
        assert caught.value.code == "reader.service_stopped"


class TestTransaction:
    def test_the_card_is_reset_at_the_end(
        self, transport: PcscTransport, chip: ScriptedChip
    ) -> None:
        with transport.transaction():
            transport.transmit(VERIFY)
        assert chip.happened[-1] == "reset"

    def test_the_card_may_be_left_as_it_is(
        self, transport: PcscTransport, chip: ScriptedChip
    ) -> None:
        with transport.transaction(Ending.LEAVE):
            transport.transmit(READ)
        assert "reset" not in chip.happened

    def test_our_own_reset_is_no_error_at_the_next_command(
        self, library: FakeLibrary, transport: PcscTransport
    ) -> None:
        with transport.transaction():
            transport.transmit(READ)
        library.results["SCardTransmit"] = [PcscResult.W_RESET_CARD]
        assert transport.transmit(READ).hex() == "aabb9000"

    def test_a_reset_before_the_begin_is_no_error(
        self, library: FakeLibrary, transport: PcscTransport
    ) -> None:
        library.results["SCardBeginTransaction"] = [PcscResult.W_RESET_CARD] * 3
        with transport.transaction():
            transport.transmit(READ)

    def test_resets_without_end_are_reported(self, library: FakeLibrary) -> None:
        transport = PcscTransport(WinScard(LINUX, library), "Reader A", patience=0.0)
        library.results["SCardBeginTransaction"] = [PcscResult.W_RESET_CARD] * 20
        with pytest.raises(ReaderError) as caught, transport.transaction():
            pass
        assert caught.value.code == "reader.card_reset"

    def test_the_error_inside_is_the_one_that_is_raised(
        self, library: FakeLibrary, transport: PcscTransport
    ) -> None:
        library.results["SCardEndTransaction"] = [PcscResult.F_COMM_ERROR]
        with pytest.raises(ZeroDivisionError), transport.transaction():
            raise ZeroDivisionError
        assert "SCardEndTransaction" in library.calls

    def test_a_card_that_leaves_inside_has_forgotten_its_codes(
        self, library: FakeLibrary, transport: PcscTransport
    ) -> None:
        with transport.transaction():
            library.insert("Reader A", None)

    def test_a_connection_that_is_closed_inside_ends_well(self, transport: PcscTransport) -> None:
        with transport.transaction():
            transport.close()

    def test_closing_after_a_code_resets_the_card(
        self, transport: PcscTransport, chip: ScriptedChip
    ) -> None:
        transport.transmit(VERIFY)
        transport.close()
        assert chip.happened[-1] == "reset"

    def test_closing_without_a_code_leaves_the_card(
        self, transport: PcscTransport, chip: ScriptedChip
    ) -> None:
        transport.transmit(READ)
        transport.close()
        assert "reset" not in chip.happened

    def test_a_code_in_a_transaction_needs_no_second_reset(
        self, transport: PcscTransport, chip: ScriptedChip
    ) -> None:
        with transport.transaction():
            transport.transmit(VERIFY)
        transport.close()
        assert chip.happened.count("reset") == 1


class TestWait:
    def test_what_differs_is_returned_at_once(self, context: PcscContext) -> None:
        assert set(context.wait({})) == {"Reader A", "Reader B"}

    def test_an_insertion_ends_the_wait(self, library: FakeLibrary, context: PcscContext) -> None:
        known = context.wait({})

        def insert() -> int:
            library.insert("Reader B", ScriptedChip())
            return 0

        library.blocked = insert
        assert context.wait(known)["Reader B"].present

    def test_a_new_reader_ends_the_wait(self, library: FakeLibrary, context: PcscContext) -> None:
        known = context.wait({})

        def plug() -> int:
            library.chips["Reader C"] = None
            return 0

        library.blocked = plug
        assert "Reader C" in context.wait(known)

    def test_the_last_reader_that_leaves_ends_the_wait(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        known = context.wait({})

        def unplug() -> int:
            library.chips.clear()
            return 0

        library.blocked = unplug
        assert context.wait(known) == {}

    def test_a_reader_that_leaves_while_asked_is_not_shown(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        library.results["SCardGetStatusChange"] = [PcscResult.E_UNKNOWN_READER]
        assert len(context.wait({})) == 2

    def test_an_exchanged_card_is_a_change(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        known = context.wait({})
        library.insert("Reader A", None)
        library.insert("Reader A", ScriptedChip())
        now = context.wait(known)
        assert now["Reader A"].atr == known["Reader A"].atr
        assert now != known

    def test_nothing_new_returns_what_is_after_the_timeout(self, context: PcscContext) -> None:
        known = context.wait({})
        assert context.wait(known, 0) == known
        assert context.wait(known, 0.001) == known

    def test_a_cancel_before_the_wait_ends_it(self, context: PcscContext) -> None:
        known = context.wait({})
        context.cancel()
        assert context.wait(known) == known

    def test_a_cancel_ends_the_wait_of_another_thread(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        known = context.wait({})
        waiting = threading.Event()
        library.blocked = lambda: wait_for(waiting)
        found: list[object] = []
        waiter = threading.Thread(target=lambda: found.append(context.wait(known)))
        waiter.start()
        assert waiting.wait(10)
        context.cancel()
        waiter.join(10)
        assert found == [known]

    def test_closing_ends_the_wait_of_another_thread(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        known = context.wait({})
        waiting = threading.Event()
        library.blocked = lambda: wait_for(waiting)
        waiter = threading.Thread(target=context.wait, args=(known,))
        waiter.start()
        assert waiting.wait(10)
        context.close()
        waiter.join(10)
        assert not waiter.is_alive()
        assert library.contexts == set()

    def test_the_service_that_stops_is_reported_and_the_next_wait_connects_again(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        known = context.wait({})
        library.blocked = lambda: PcscResult.E_SERVICE_STOPPED
        with pytest.raises(ReaderError) as caught:
            context.wait(known)
        assert caught.value.code == "reader.service_stopped"
        assert context.wait({}) == known

    def test_macos_is_asked_for_new_readers_every_second(self) -> None:
        library = FakeLibrary(MACOS)
        library.chips["A"] = None
        context = context_of(library)
        known = context.wait({})

        def plug() -> int:
            library.chips["B"] = None
            return PcscResult.E_TIMEOUT

        library.blocked = plug
        assert set(context.wait(known)) == {"A", "B"}


class TestUndisturbed:
    def test_what_pcsc_reports_counts(self, library: FakeLibrary, transport: PcscTransport) -> None:
        assert transport.undisturbed()
        library.results["SCardStatus"] = [PcscResult.W_RESET_CARD]
        assert not transport.undisturbed()
        library.insert("Reader A", None)
        assert not transport.undisturbed()
        transport.close()
        assert not transport.undisturbed()

    def test_after_a_reset_of_our_own_nobody_knows_until_the_next_command(
        self, transport: PcscTransport
    ) -> None:
        with transport.transaction():
            pass
        assert not transport.undisturbed()
        with transport.transaction(Ending.LEAVE):
            transport.transmit(bytes.fromhex("00B0000002"))
        assert transport.undisturbed()


class TestLook:
    def test_a_look_reports_what_is_now_while_another_thread_waits(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        known = context.wait({})
        seen: list[object] = []

        def blocked() -> int:
            library.insert("Reader B", ScriptedChip())
            seen.append(context.look()["Reader B"])
            return 0

        library.blocked = blocked
        now = context.wait(known)
        assert seen == [now["Reader B"]]
        assert now["Reader B"].present

    def test_without_a_reader_nothing_is_seen(
        self, library: FakeLibrary, context: PcscContext
    ) -> None:
        library.chips.clear()
        assert context.look() == {}

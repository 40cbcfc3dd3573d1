# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A PIN pad beside a card at a local socket: asked by a second socket, or absent."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from caducee.base.errors import CardRemovedError, MuteCardError, ReaderError
from caducee.codec.pinpad import PinFormat, PinVerify
from caducee.codec.virtual_reader import frame
from caducee.reader import socket_pinpad
from caducee.reader.pinpad import find_pin_pad
from caducee.reader.socket import SocketReader
from caducee.spec.pinpad import GET_FEATURES
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug.pinpad import Prompt, SimulatedPinPad
from caducee.virtualcard.plug.socket import SocketPlug

ENTRY = PinVerify(bytes.fromhex("0020000104FFFFFFFF"), PinFormat(4), 4, 4)


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("k") / "card.sock"


@pytest.fixture
def chip() -> ScriptedChip:
    return ScriptedChip({"002000010431323334": "9000", "002000010439393939": "63C2"})


def hand(prompt: Prompt) -> str:
    return "1234"


@pytest.fixture
def served(path: Path, chip: ScriptedChip) -> Iterator[SocketReader]:
    plug = SocketPlug(chip, path, pin_pad=SimulatedPinPad(chip, hand))
    plug.start()
    yield SocketReader(path, patience=20)
    plug.stop()
    assert not path.with_suffix(".pinpad").exists()


def test_a_code_goes_from_the_pin_pad_to_the_card(served: SocketReader, chip: ScriptedChip) -> None:
    transport = served.connect()
    pad = find_pin_pad(transport)
    assert pad is not None
    assert pad.enter(transport, ENTRY).hex() == "9000"
    assert chip.happened == ["on", "002000010431323334"]
    assert (path_of := served.name.removeprefix("socket:"))
    assert Path(path_of).with_suffix(".pinpad").stat().st_mode & 0o077 == 0
    transport.close()


def test_what_the_pin_pad_does_not_know_is_reported(served: SocketReader) -> None:
    transport = served.connect()
    with pytest.raises(ReaderError) as caught:
        transport.control(1)
    assert caught.value.code == "reader.feature_absent"
    transport.close()


def test_a_card_without_a_pin_pad_has_none(path: Path, chip: ScriptedChip) -> None:
    plug = SocketPlug(chip, path)
    plug.start()
    try:
        transport = SocketReader(path).connect()
        assert find_pin_pad(transport) is None
        transport.close()
    finally:
        plug.stop()


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", CardRemovedError),
        (frame(b"\x02xx"), ReaderError),
        (None, MuteCardError),
        (b"\x00", MuteCardError),
    ],
    ids=["gone", "another language", "silent", "half an answer"],
)
def test_a_pin_pad_that_is_none_is_reported_in_bounded_time(
    path: Path, said: bytes | None, error: type[ReaderError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_pinpad, "_TYPING", 0.1)
    go_on = threading.Event()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path.with_suffix(".pinpad")))
        listener.listen()

        def serve() -> None:
            stream, _ = listener.accept()
            with stream:
                stream.recv(100)
                if said:
                    stream.sendall(said)
                if error is MuteCardError:
                    go_on.wait(20)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with pytest.raises(error):
                socket_pinpad.ask_pin_pad(path, GET_FEATURES, b"", 0.1)
        finally:
            go_on.set()
            thread.join(20)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the demonstration's card sits: in memory, or in a reader of a real pcscd."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum, unique
from pathlib import Path

from caducee.base.errors import ReaderError
from caducee.reader.exchange import Wrapper
from caducee.reader.masking import masked
from caducee.reader.memory import MemoryReader
from caducee.reader.transport import Apdu, Reader, ReaderStatus, Transport
from caducee.sandbox.demo.model import ApduExchange
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import FileStore

__all__ = ["DemoReaderKind", "RecordedReader", "card_in"]


@unique
class DemoReaderKind(StrEnum):
    """The reader that holds the card."""

    AUTO = "auto"
    """A reader of pcscd when this machine can have one, else memory."""

    MEMORY = "memory"
    PCSC = "pcsc"


@contextmanager
def card_in(
    place: DemoReaderKind, image: Path, face: str = "contact"
) -> Iterator[tuple[Reader, str]]:
    """Put a face of a card into a reader for a ``with`` block; gives the reader and what it is.

    Raises `ReaderError` when a reader of pcscd is asked for and cannot be had.
    """
    with ExitStack() as stack:
        chip = VirtualCard(stack.enter_context(FileStore(image)), face=face)
        if place is not DemoReaderKind.MEMORY:
            try:
                yield _pcsc(chip, stack), "PC/SC"
                return
            except _Unavailable as error:
                if place is DemoReaderKind.PCSC:
                    raise error.reason from None
        reader = MemoryReader("caducee memory 00")
        reader.insert(chip)
        yield reader, "memory"


class _Unavailable(Exception):
    """This machine cannot have a reader of pcscd."""

    def __init__(self, reason: ReaderError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _pcsc(chip: VirtualCard, stack: ExitStack) -> Reader:
    from caducee.reader.pcsc import PcscContext
    from caducee.reader.waiting import virtual_readers, wait_for_card
    from caducee.virtualcard.plug.pcscd import private_service
    from caducee.virtualcard.plug.vpcd import VpcdPlug

    try:
        folder = stack.enter_context(private_service())
        context = stack.enter_context(PcscContext())
        reader = virtual_readers(context)[0]
        plug = VpcdPlug(chip, slot=0, folder=folder)
        plug.start()
        stack.callback(plug.stop)
        wait_for_card(context, reader.name)
    except ReaderError as error:
        raise _Unavailable(error) from error
    return reader


class RecordedReader:
    """A reader whose dialogue with the card is noted, PINs masked."""

    def __init__(self, inner: Reader, sink: list[ApduExchange]) -> None:
        self._inner = inner
        self._sink = sink

    @property
    def name(self) -> str:
        """The name of the reader."""
        return self._inner.name

    def status(self) -> ReaderStatus:
        """Return what is in the reader now."""
        return self._inner.status()

    def connect(self) -> Transport:
        """Connect to the card."""
        return _ApduRecorder(self._inner.connect(), self._sink)


class _ApduRecorder(Wrapper):
    def __init__(self, inner: Transport, sink: list[ApduExchange]) -> None:
        super().__init__(inner)
        self._sink = sink

    def transmit(self, command: Apdu) -> bytes:
        """Send one command and note it with its answer."""
        answer = self.inner.transmit(command)
        self._sink.append(_exchange(bytes(command), answer))
        return answer


def _exchange(command: bytes, answer: bytes) -> ApduExchange:
    from caducee.codec.apdu import CommandApdu, ResponseApdu
    from caducee.codec.explain import explain
    from caducee.spec.status import bytes_waiting, describe

    response = ResponseApdu.from_bytes(answer)
    return ApduExchange(
        command=masked(command),
        response=answer.hex().upper(),
        meaning=explain(CommandApdu.from_bytes(command)),
        status=describe(response.sw),
        ok=response.ok or bytes_waiting(response.sw) is not None,
    )

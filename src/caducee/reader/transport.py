# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a driver sees of a reader and of the card in it.

Two protocols carry everything: a `Reader` knows whether a card is there and connects to it; a
`Transport` is one connection, and moves command and response APDUs as bytes. Memory, PC/SC and
socket readers implement both; everything else (command chaining, GET RESPONSE, the masking log,
recording) wraps a `Transport` and is one itself.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, unique
from typing import Protocol

__all__ = [
    "Apdu",
    "CardProtocol",
    "Ending",
    "Reader",
    "ReaderContext",
    "ReaderStatus",
    "Transport",
    "protocol_of",
]


type Apdu = bytes | bytearray
"""A command as it is sent; a bytearray holds a PIN, and who sends it overwrites it then."""


@unique
class CardProtocol(Enum):
    """The transmission protocol in use (ISO 7816-3, sections 10 and 11)."""

    T0 = "T=0"
    T1 = "T=1"
    RAW = "raw"


def protocol_of(atr: bytes) -> CardProtocol:
    """Return the protocol that a reader speaks with a card of this answer to reset.

    T=1 where it is offered, as the services of PC/SC choose; else the protocol that is offered
    first (ISO/IEC 7816-3 section 8.2.3).

    >>> protocol_of(bytes.fromhex("3BAC00402A001225006480000310009000"))
    <CardProtocol.T0: 'T=0'>
    >>> protocol_of(bytes.fromhex("3B8F80010031B86404B0ECC1739401808290000E"))
    <CardProtocol.T1: 'T=1'>
    """
    offered = _offered(atr) or [0]
    chosen = 1 if 1 in offered else offered[0]
    return {0: CardProtocol.T0, 1: CardProtocol.T1}.get(chosen, CardProtocol.RAW)


def _offered(atr: bytes) -> list[int]:
    """Return the T of every byte TD, as far as the answer to reset goes."""
    found, place = [], 1
    while place < len(atr) and atr[place] & 0x80:
        place += (atr[place] >> 4).bit_count()  # TD stands last in its group
        found += [item & 0x0F for item in atr[place : place + 1]]
    return found


@unique
class Ending(Enum):
    """What happens to the card when a transaction ends."""

    RESET = "reset"
    """The card is reset: no other program finds its PINs verified."""

    LEAVE = "leave"
    """The card stays as it is; for transactions that verify nothing."""

    KEEP = "keep"
    """The card stays as it is, and is held where letting it go would change that: for a PIN that
    was entered at the reader. Until a transaction that ends with a reset."""


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """What is in a reader at one moment.

    Two values that differ only in ``changes`` tell that a card was taken out and a card (the same
    or another) was put in between.
    """

    present: bool
    """A card is in the reader."""

    atr: bytes | None = None
    """The answer to reset, when a card is there and has answered."""

    mute: bool = False
    """A card is there and does not answer."""

    changes: int = 0
    """How often a card came or went, counted by the reader since some moment of its own."""


class Transport(Protocol):
    """One connection to one card."""

    @property
    def atr(self) -> bytes:
        """The answer to reset of the card, as the reader gave it."""

    @property
    def protocol(self) -> CardProtocol:
        """The transmission protocol in use."""

    def transmit(self, command: Apdu) -> bytes:
        """Send one command APDU and return the response APDU, status word included.

        Raises `CardRemovedError`, `MuteCardError` or `ReaderError`; never for a status word.
        """

    def reset(self) -> bytes:
        """Reset the card (its verified PINs are forgotten) and return its answer to reset."""

    def transaction(self, ending: Ending = Ending.RESET) -> AbstractContextManager[None]:
        """Hold the card alone; when the block ends, by default the card forgets verified PINs."""

    def undisturbed(self) -> bool:
        """Tell whether nothing is known to have happened to the card since the last command.

        False after a removal or a reset by any program. A program that used the card and left it as
        it was goes unnoticed with most readers.
        """

    def shared(self) -> bool:
        """Tell whether another program is connected to the card now; ask inside a transaction.

        True where the reader cannot tell.
        """

    def leave(self, *, verified: bool = False) -> None:
        """Leave the card as it is at the end of the open transaction, whatever its `Ending` is.

        For a caller that has made the card forget its PINs by a command; with ``verified`` it may
        know one still, so that `rest` does nothing and `close` resets it.
        """

    def rest(self) -> None:
        """Let the card go until it is used next, so that another program may take it alone.

        Does nothing inside a transaction, after `close`, and while the card may hold a verified
        PIN. Raises nothing.
        """

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        """Send a control command to the reader itself (PIN pad, features) and return its answer.

        ``code`` is the number before SCARD_CTL_CODE is applied, or, with ``whole``, the control
        code as the reader itself gave it. Raises `ReaderError` (``reader.feature_absent``).
        """

    def close(self) -> None:
        """End the connection; a second call does nothing."""


class Reader(Protocol):
    """A place where a card can be."""

    @property
    def name(self) -> str:
        """The name under which people and programs know the reader."""

    def connect(self) -> Transport:
        """Connect to the card.

        Raises `CardRemovedError` when none is there, `MuteCardError` when it does not answer, else
        `ReaderError`.
        """

    def status(self) -> ReaderStatus:
        """Return what is in the reader now."""


class ReaderContext(Protocol):
    """The readers of one place (this machine's PC/SC, or a set in memory), and what they do."""

    def readers(self) -> Sequence[Reader]:
        """Return the readers that are there now, in the order of the place."""

    def look(self) -> Mapping[str, ReaderStatus]:
        """Return what is in the readers now; a thread may ask while another waits."""

    def wait(
        self, known: Mapping[str, ReaderStatus], timeout: float | None = None
    ) -> Mapping[str, ReaderStatus]:
        """Wait until the readers, or what is in them, differ from ``known``; return what is now.

        Keys are reader names; start with an empty mapping and hand back what was returned. After
        ``timeout`` seconds (None: never), or after `cancel`, returns what is then.
        """

    def cancel(self) -> None:
        """End a `wait` that runs in another thread, or else the next one, at once."""

    def close(self) -> None:
        """Give the place up; a second call does nothing."""

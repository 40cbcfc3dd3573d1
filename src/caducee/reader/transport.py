# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a driver sees of a reader and of the card in it.

Two protocols carry everything: a `Reader` knows whether a card is there and connects to it; a
`Transport` is one connection, and moves command and response APDUs as bytes. Memory, PC/SC and
socket readers implement both; everything else (command chaining, GET RESPONSE, the masking log,
recording) wraps a `Transport` and is one itself.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, unique
from typing import Protocol

__all__ = ["CardProtocol", "Reader", "ReaderStatus", "Transport"]


@unique
class CardProtocol(Enum):
    """The transmission protocol in use (ISO 7816-3, sections 10 and 11)."""

    T0 = "T=0"
    T1 = "T=1"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """What is in a reader at one moment."""

    present: bool
    """A card is in the reader."""

    atr: bytes | None = None
    """The answer to reset, when a card is there and has answered."""

    mute: bool = False
    """A card is there and does not answer."""


class Transport(Protocol):
    """One connection to one card."""

    @property
    def atr(self) -> bytes:
        """The answer to reset of the card, as the reader gave it."""

    @property
    def protocol(self) -> CardProtocol:
        """The transmission protocol in use."""

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU and return the response APDU, status word included.

        Raises `CardRemoved`, `CardMute` or `ReaderError`; never for a status word.
        """

    def reset(self) -> bytes:
        """Reset the card (its verified codes are forgotten) and return its answer to reset."""

    def transaction(self) -> AbstractContextManager[None]:
        """Hold the card alone; when the block ends, the card forgets its verified codes."""

    def control(self, code: int, data: bytes = b"") -> bytes:
        """Send a control command to the reader itself (PIN pad, features) and return its answer."""

    def close(self) -> None:
        """End the connection; a second call does nothing."""


class Reader(Protocol):
    """A place where a card can be."""

    @property
    def name(self) -> str:
        """The name under which people and programs know the reader."""

    def connect(self) -> Transport:
        """Connect to the card; raises `CardRemoved` when none is there, `CardMute`, `ReaderError`."""

    def status(self) -> ReaderStatus:
        """Return what is in the reader now."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the checks of one diagnosis share: the probes, each asked once, and what was chosen."""

from collections.abc import Callable
from functools import cached_property

from caducee.diagnosis.facts import (
    BrowserModule,
    CacheFacts,
    CardFacts,
    CardProcess,
    ClockFacts,
    DaemonFacts,
    DiskFacts,
    DriverFacts,
    JavaFacts,
    LoginFacts,
    ModuleFacts,
    P11KitFacts,
    PcscFacts,
    ReaderFacts,
    ServiceFacts,
    SystemFacts,
    UsbReader,
)
from caducee.diagnosis.probes import Probes

__all__ = ["CheckContext"]

_OURS = "caducee"


class CheckContext:
    """One diagnosis."""

    def __init__(self, probes: Probes, reader: str = "") -> None:
        """``reader`` is the one to look at; empty: the first that holds a card of the family."""
        self.probes = probes
        self.wanted = reader

    @cached_property
    def system(self) -> SystemFacts:
        """The machine."""
        return self.probes.system()

    @cached_property
    def pcsc(self) -> PcscFacts:
        """The PC/SC service."""
        return self.probes.pcsc()

    @cached_property
    def usb(self) -> tuple[UsbReader, ...]:
        """The readers on USB."""
        return self.probes.usb()

    @cached_property
    def drivers(self) -> DriverFacts:
        """The drivers."""
        return self.probes.drivers()

    @cached_property
    def readers(self) -> tuple[ReaderFacts, ...]:
        """The readers of PC/SC."""
        return self.probes.readers()

    @cached_property
    def holders(self) -> tuple[CardProcess, ...]:
        """Other programs that use cards."""
        return tuple(holder for holder in self.probes.holders() if holder.name != _OURS)

    @cached_property
    def cards(self) -> dict[str, CardFacts]:
        """The card in each reader that holds one that answers."""
        chosen = [reader for reader in self.readers if reader.present and not reader.mute]
        if self.wanted:
            chosen = [reader for reader in chosen if reader.name == self.wanted]
        return {reader.name: self.probes.card(reader.name) for reader in chosen}

    @cached_property
    def reader(self) -> ReaderFacts:
        """The reader that is looked at: one whose card opens, else one with a card, else any.

        Raises `LookupError` without any reader.
        """
        readers = [reader for reader in self.readers if self.wanted in ("", reader.name)]
        ranked: list[Callable[[ReaderFacts], bool]] = [
            lambda reader: reader.name in self.cards and not self.cards[reader.name].code,
            lambda reader: reader.name in self.cards and _is_of_family(self.cards[reader.name]),
            lambda reader: reader.present,
            lambda _reader: True,
        ]
        for fits in ranked:
            for reader in readers:
                if fits(reader):
                    return reader
        raise LookupError("no reader")

    @cached_property
    def card(self) -> CardFacts:
        """The card that is looked at."""
        return self.cards[self.reader.name]

    @cached_property
    def module(self) -> ModuleFacts:
        """Our module."""
        return self.probes.module()

    @cached_property
    def browsers(self) -> tuple[BrowserModule, ...]:
        """The browsers."""
        return self.probes.browsers()

    @cached_property
    def p11kit(self) -> P11KitFacts:
        """p11-kit."""
        return self.probes.p11kit()

    @cached_property
    def clock(self) -> ClockFacts:
        """The clock."""
        return self.probes.clock()

    @cached_property
    def services(self) -> tuple[ServiceFacts, ...]:
        """The services."""
        return self.probes.services()

    @cached_property
    def daemon(self) -> DaemonFacts:
        """The Cryptolib's process."""
        return self.probes.daemon()

    @cached_property
    def cache(self) -> CacheFacts:
        """The cache."""
        return self.probes.cache()

    @cached_property
    def disks(self) -> tuple[DiskFacts, ...]:
        """The folders that we write to."""
        return self.probes.disks()

    @cached_property
    def java(self) -> JavaFacts:
        """Java."""
        return self.probes.java()

    @cached_property
    def logins(self) -> tuple[LoginFacts, ...]:
        """The logins with the card that is looked at; made once, for they present its code."""
        return self.probes.logins(self.reader.name)


_FOREIGN = frozenset({"cryptolib.not_a_cps", "cryptolib.identifies_only"})


def _is_of_family(card: CardFacts) -> bool:
    return card.code not in _FOREIGN

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The real probes: this machine, its readers, and the services that were named."""

from collections.abc import Sequence
from functools import cached_property

from caducee.base.clock import Clock, SystemClock
from caducee.base.errors import CpsError
from caducee.base.secret import Secret
from caducee.diagnosis.facts import (
    BrowserModule,
    CacheFacts,
    CardFacts,
    CardProcess,
    ChainFacts,
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
    SandboxedProgram,
    ServiceFacts,
    SystemFacts,
    UsbReader,
)
from caducee.diagnosis.machine import java, network, pcsc, programs, system
from caducee.diagnosis.machine.card import CardTracer, CertificateJudge, TrustFiles, judge, look_at
from caducee.diagnosis.machine.file_judge import FileJudge
from caducee.diagnosis.machine.network import ServiceAddresses, ServiceAnswer
from caducee.diagnosis.machine.root import MachineRoot, in_time
from caducee.diagnosis.machine.sandboxed import sandboxed
from caducee.reader.cancelling import CancellableReader, CancelToken
from caducee.reader.pcsc import PcscContext
from caducee.reader.transport import Reader

__all__ = [
    "CardTracer",
    "CertificateJudge",
    "MachineProbes",
    "MachineRoot",
    "ServiceAddresses",
    "TrustFiles",
]


class MachineProbes:
    """Asks this machine; see `caducee.diagnosis.probes.Probes`."""

    def __init__(  # noqa: PLR0913 (each by its name)
        self,
        *,
        place: MachineRoot | None = None,
        clock: Clock | None = None,
        authorities: CertificateJudge | None = None,
        named: ServiceAddresses | None = None,
        code: Secret | None = None,
        timeout: float = 30.0,
        cancel: CancelToken | None = None,
    ) -> None:
        """A card that is not free after ``timeout`` seconds counts as held; ``cancel`` ends the
        wait for it.

        With the PIN (``code``), keys are tested and logins made; see `look_at`.
        """
        self._place = place or MachineRoot.here()
        self._clock = clock or SystemClock()
        self._authorities = authorities
        self._named = named or ServiceAddresses()
        self._code = code
        self._timeout = timeout
        self._cancel = cancel
        self.dialogue = CardTracer(self._clock)
        """What was said to cards."""

    @cached_property
    def _asked(self) -> tuple[ServiceAnswer, ...]:
        return network.reach(self._place, self._named, self._clock)

    @cached_property
    def _context(self) -> PcscContext:
        return PcscContext()

    def _reader(self, name: str) -> Reader:
        found = self._context.reader(name)
        return CancellableReader(found, self._cancel) if self._cancel is not None else found

    def system(self) -> SystemFacts:
        """Return what machine this is."""
        return system.system(self._place)

    def pcsc(self) -> PcscFacts:
        """Return where the PC/SC service stands."""
        return pcsc.pcsc(self._place)

    def usb(self) -> tuple[UsbReader, ...]:
        """Return the readers on USB."""
        return pcsc.usb(self._place)

    def drivers(self) -> DriverFacts:
        """Return the drivers of readers."""
        return pcsc.drivers(self._place)

    def readers(self) -> tuple[ReaderFacts, ...]:
        """Return the readers of PC/SC."""
        return pcsc.readers()

    def holders(self) -> tuple[CardProcess, ...]:
        """Return the processes that use cards or readers."""
        return pcsc.holders(self._place)

    def card(self, reader: str) -> CardFacts:
        """Return the facts of the card in a reader."""

        def look() -> CardFacts:
            try:
                return look_at(self._reader(reader), self.dialogue, self._code)
            except CpsError as error:
                return CardFacts(code=error.code, facts=dict(error.facts))

        found = in_time(look, self._timeout, self._cancel)
        if found is not None and found.code != "reader.card_busy":
            return found
        alone = in_time(lambda: pcsc.is_held_alone(reader), self._timeout, self._cancel)
        return CardFacts(
            code="reader.card_in_use", exclusive=True, waited=not alone, seconds=self._timeout
        )

    def authorities(self, reader: str) -> tuple[ChainFacts, ...]:
        """Return how the trusted authorities judge the card's certificates."""
        if self._authorities is None:
            return ()
        return tuple(judge(self._reader(reader), self.dialogue, self._authorities))

    def module(self) -> ModuleFacts:
        """Return where our PKCS#11 module is."""
        return programs.module(self._place)

    def browsers(self) -> tuple[BrowserModule, ...]:
        """Return what the browsers know of us."""
        return programs.browsers(self._place)

    def sandboxed(self) -> tuple[SandboxedProgram, ...]:
        """Return the Flatpaks and Snaps that bring a PC/SC library."""
        return sandboxed(self._place)

    def p11kit(self) -> P11KitFacts:
        """Return what p11-kit knows of us."""
        return programs.p11kit(self._place)

    def java(self) -> JavaFacts:
        """Return what Java knows of us."""
        return java.java(self._place)

    def clock(self) -> ClockFacts:
        """Return this machine's time, beside that of the first service that answers."""
        asked = sorted(self._asked, key=lambda item: item.facts.stage != "")  # the trusted first
        timed = next((attempt for attempt in asked if attempt.offset is not None), None)
        offset = timed.offset if timed is not None else None
        name = timed.facts.name if timed is not None else ""
        marks = [attempt.mark for attempt in self._asked if attempt.mark is not None]
        if isinstance(self._authorities, FileJudge):
            marks += self._authorities.dates()
        return system.clock(self._place, self._clock, offset, name, marks)

    def services(self) -> tuple[ServiceFacts, ...]:
        """Return which of the services that were named can be reached."""
        return tuple(attempt.facts for attempt in self._asked)

    def logins(self, reader: str) -> tuple[LoginFacts, ...]:
        """Return what logins with the card at the portal came to."""
        if self._code is None or not self._named.portal:
            return (LoginFacts(version="1.2", asked=False),)
        made: Sequence[LoginFacts] = network.log_in(
            self._place, self._reader(reader), self.dialogue, self._named, self._code
        )
        return tuple(made)

    def daemon(self) -> DaemonFacts:
        """Return where the Cryptolib's process stands."""
        return programs.daemon()

    def cache(self) -> CacheFacts:
        """Return where the cache stands."""
        return system.cache()

    def disks(self) -> tuple[DiskFacts, ...]:
        """Return the folders that we write to."""
        return system.disks(self._place)

    def close(self) -> None:
        """Give the readers up."""
        if "_context" in self.__dict__:
            self._context.close()

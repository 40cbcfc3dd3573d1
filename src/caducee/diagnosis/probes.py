# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The outside world as the diagnosis sees it: one protocol, recorded answers, a recorder."""

from collections.abc import Mapping
from typing import Any, Final, Protocol, get_type_hints

import msgspec

from caducee.base.errors import FormatError
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

__all__ = ["NAMES", "Answers", "Probes", "RecordedProbes", "RecordingProbes", "answer_from_json"]


class Probes(Protocol):
    """Questions to this machine. Each looks and changes nothing; each ends in bounded time.

    A failure is part of the answer; an exception is a fault of the probe and is reported as such.
    """

    def system(self) -> SystemFacts:
        """Return the system and the versions."""

    def pcsc(self) -> PcscFacts:
        """Return the state of the PC/SC service."""

    def usb(self) -> tuple[UsbReader, ...]:
        """Return the readers on USB, whether PC/SC knows them or not."""

    def drivers(self) -> DriverFacts:
        """Return the drivers of readers."""

    def readers(self) -> tuple[ReaderFacts, ...]:
        """Return the readers of PC/SC."""

    def holders(self) -> tuple[CardProcess, ...]:
        """Return the processes that use cards or readers now, this one left out."""

    def card(self, reader: str) -> CardFacts:
        """Return what the card in a reader gives without a PIN."""

    def authorities(self, reader: str) -> tuple[ChainFacts, ...]:
        """Return how the trusted authorities judge the card's certificates; empty: none known."""

    def module(self) -> ModuleFacts:
        """Return where our PKCS#11 module is."""

    def browsers(self) -> tuple[BrowserModule, ...]:
        """Return the registrations in browsers."""

    def sandboxed(self) -> tuple[SandboxedProgram, ...]:
        """Return the Flatpaks and Snaps that bring a PC/SC library."""

    def p11kit(self) -> P11KitFacts:
        """Return the registration in p11-kit."""

    def java(self) -> JavaFacts:
        """Return the registration in Java."""

    def clock(self) -> ClockFacts:
        """Return this machine's time, and what others' clocks say."""

    def services(self) -> tuple[ServiceFacts, ...]:
        """Return which of the services that were named can be reached."""

    def logins(self, reader: str) -> tuple[LoginFacts, ...]:
        """Return the results of logins with the card at the portal."""

    def daemon(self) -> DaemonFacts:
        """Return the state of the Cryptolib daemon."""

    def cache(self) -> CacheFacts:
        """Return the state of the cache."""

    def disks(self) -> tuple[DiskFacts, ...]:
        """Return the folders that we write to."""


type Answers = Mapping[str, Any]
"""Answers by question: its name, with the reader after a colon where one is asked for."""

NAMES: Final = tuple(name for name in vars(Probes) if not name.startswith("_"))
"""The questions, in the order of the protocol."""

_KINDS: Final = {name: get_type_hints(getattr(Probes, name))["return"] for name in NAMES}


def answer_from_json(question: str, text: str) -> object:
    """Read an answer back. Raises `FormatError` (``diag.report_damaged``)."""
    try:
        return msgspec.json.decode(text.encode(), type=_KINDS[question.partition(":")[0]])
    except (KeyError, msgspec.MsgspecError, RecursionError) as error:
        raise FormatError("diag.report_damaged", reason=str(error)) from error


class RecordedProbes:
    """Gives recorded answers, to replay a report and for tests."""

    def __init__(self, answers: Answers) -> None:
        self.answers = dict(answers)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (one method for each question)
        if name not in NAMES:
            raise AttributeError(name)
        return lambda *reader: self._answer(":".join((name, *reader)))

    def _answer(self, question: str) -> object:
        try:
            found = self.answers[question]
        except KeyError:
            raise FormatError("diag.report_silent", question=question) from None
        if isinstance(found, Exception):
            raise found
        return found


class RecordingProbes:
    """Forwards to other probes and records every answer."""

    def __init__(self, inner: Probes) -> None:
        self._inner = inner
        self.answers: dict[str, Any] = {}
        """What was answered, by question."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (one method for each question)
        if name not in NAMES:
            raise AttributeError(name)
        return lambda *reader: self._ask(name, *reader)

    def _ask(self, name: str, *reader: str) -> object:
        found = getattr(self._inner, name)(*reader)
        self.answers[":".join((name, *reader))] = found
        return found

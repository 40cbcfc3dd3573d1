# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One diagnosis from beginning to end: of this machine, or of what a bundle tells.

Nothing heavy is imported before it begins, so that a window can be on the screen by then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from caducee.base.clock import SystemClock
from caducee.base.secret import Secret
from caducee.reader.cancelling import CancelToken

if TYPE_CHECKING:
    from caducee.diagnosis.machine import Judge, MachineProbes
    from caducee.diagnosis.model import Check, CheckResult, Report
    from caducee.diagnosis.probes import Probes
    from caducee.middleware.tracing import Record

__all__ = ["Ended", "Session", "Told", "Wishes", "look_now"]

type Told = Callable[[str, float], None]
"""Hears the title of a check before it begins, and the part that is done."""

type Ended = Callable[["CheckResult"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a diagnosis is asked to look at."""

    reader: str = ""
    """Empty: the first reader with a card of the family."""

    services: Mapping[str, str] = field(default_factory=dict)
    """Addresses by name; logins need them."""

    optional: Mapping[str, str] = field(default_factory=dict)
    portal: Mapping[str, str] = field(default_factory=dict)
    """Origins of the listeners for certificates, by version of TLS: ``1.2``, ``1.3``."""

    server_authorities: Path | None = None
    anchors: tuple[Path, ...] = ()
    authorities: tuple[Path, ...] = ()
    lists: tuple[Path, ...] = ()
    judge: "Judge | None" = None
    """Judges the card's certificates where no ``anchors`` are named."""

    code: Secret | None = None
    """Of the card: with it keys are tried and logins made."""

    patience: float = 30.0
    names: tuple[str, ...] = ()
    """Names that no report may hold, beside those that are found."""

    replay: Path | None = None
    """A bundle that is diagnosed instead of this machine."""

    def of(self, bundle: Path) -> "Wishes":
        """Return the same for a bundle of another machine."""
        return replace(self, replay=bundle, code=None)

    def with_code(self, code: Secret) -> "Wishes":
        """Return the same for this machine, with the code of the card."""
        return replace(self, code=code)

    def here(self) -> "Wishes":
        """Return the same for this machine."""
        return replace(self, replay=None)


def look_now(wishes: Wishes, checks: "Sequence[Check]") -> "Report":
    """Run some checks on this machine as it is now. Raises as `Session`."""
    session = Session(wishes)
    try:
        return session.run(checks=checks)
    finally:
        session.close()


class Session:
    """Runs once, in one thread; what it learned can be written down afterwards."""

    def __init__(
        self,
        wishes: Wishes,
        cancel: CancelToken | None = None,
        probes: "Probes | None" = None,
    ) -> None:
        """Prepare the probes; ``probes`` are asked instead of this machine's.

        Raises `FormatError` (``diag.report_damaged``, ``trace.unreadable``) for a bundle that
        cannot be read, `TrustError` and `OSError` for files of authorities.
        """
        from caducee.diagnosis.bundle import read_bundle
        from caducee.diagnosis.probes import RecordingProbes

        self._wishes = wishes
        self._cancel = cancel or CancelToken()
        self._machine: MachineProbes | None = None
        inner: Probes
        if probes is not None:
            inner = probes
        elif wishes.replay is not None:
            inner = read_bundle(wishes.replay)
        else:
            inner = self._machine = self._of_this_machine()
        self._probes = RecordingProbes(inner)

    def _of_this_machine(self) -> "MachineProbes":
        from caducee.diagnosis.machine import MachineProbes, Named

        wishes = self._wishes
        named = {f"portal ({version})": url for version, url in wishes.portal.items()}
        return MachineProbes(
            authorities=self._judge(),
            named=Named(
                services={**wishes.services, **named},
                optional=wishes.optional,
                portal=wishes.portal,
                authorities=wishes.server_authorities,
            ),
            code=wishes.code,
            patience=wishes.patience,
            cancel=self._cancel,
        )

    def _judge(self) -> "Judge | None":
        from caducee.diagnosis.machine import Trusted
        from caducee.diagnosis.machine.judging import FileJudge

        wishes = self._wishes
        if not wishes.anchors:
            return wishes.judge
        trusted = Trusted.read(wishes.anchors, wishes.authorities, wishes.lists)
        return FileJudge(trusted, SystemClock())

    def run(
        self,
        told: Told = lambda title, part: None,
        ended: Ended = lambda result: None,
        checks: "Sequence[Check] | None" = None,
    ) -> "Report":
        """Run every check, or ``checks``; ``told`` and ``ended`` are called in this thread."""
        from caducee.diagnosis.checks import CHECKS
        from caducee.diagnosis.engine import run
        from caducee.diagnosis.scene import Scene

        probes: Probes = self._probes
        scene = Scene(probes, self._wishes.reader)
        return run(scene, CHECKS if checks is None else checks, told, ended, self._cancel)

    def bundle(self) -> bytes:
        """Return the file for the support, which names nobody. Raises as `bundle.bundle`."""
        from caducee.diagnosis.bundle import bundle

        return bundle(
            self._probes.answers,
            self._dialogue,
            SystemClock(),
            names=self._wishes.names,
            reader=self._wishes.reader,
        )

    @property
    def _dialogue(self) -> "Sequence[Record]":
        return self._machine.dialogue.records if self._machine is not None else ()

    def retold(self) -> "Report":
        """Return the report as the bundle tells it: the same findings, with nobody's names.

        Raises as `bundle`.
        """
        from caducee.diagnosis.bundle import nameless
        from caducee.diagnosis.checks import CHECKS
        from caducee.diagnosis.engine import run
        from caducee.diagnosis.scene import Scene

        told, reader = nameless(
            self._probes.answers,
            self._dialogue,
            SystemClock(),
            names=self._wishes.names,
            reader=self._wishes.reader,
        )
        return run(Scene(told, reader), CHECKS)

    def close(self) -> None:
        """Give the readers up, and forget the code."""
        if self._machine is not None:
            self._machine.close()
        if self._wishes.code is not None:
            self._wishes.code.wipe()

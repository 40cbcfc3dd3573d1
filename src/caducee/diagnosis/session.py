# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""One diagnosis from beginning to end: of this machine, or of a recorded bundle.

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
    from caducee.diagnosis.machine import CertificateJudge, MachineProbes
    from caducee.diagnosis.model import Check, CheckResult, Report
    from caducee.diagnosis.probes import Probes
    from caducee.middleware.tracing import TraceRecord

__all__ = ["DiagnosisOptions", "DiagnosisSession", "OnProgress", "OnResult", "run_checks"]

type OnProgress = Callable[[str, float], None]
"""Hears the title of a check before it begins, and the part that is done."""

type OnResult = Callable[["CheckResult"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisOptions:
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
    judge: "CertificateJudge | None" = None
    """Judges the card's certificates where no ``anchors`` are named."""

    code: Secret | None = None
    """Of the card: with it keys are tried and logins made."""

    timeout: float = 30.0
    names: tuple[str, ...] = ()
    """Names to remove from reports, beside those that are found."""

    replay: Path | None = None
    """A bundle that is diagnosed instead of this machine."""

    support: str = ""
    """The telephone number of the support of this site; shown, not looked at."""

    def of(self, bundle: Path) -> "DiagnosisOptions":
        """Return the same for a bundle of another machine."""
        return replace(self, replay=bundle, code=None)

    def with_pin(self, code: Secret) -> "DiagnosisOptions":
        """Return the same for this machine, with the code of the card."""
        return replace(self, code=code)

    def here(self) -> "DiagnosisOptions":
        """Return the same for this machine."""
        return replace(self, replay=None)


def run_checks(options: DiagnosisOptions, checks: "Sequence[Check]") -> "Report":
    """Run some checks on this machine as it is now. Raises as `DiagnosisSession`."""
    session = DiagnosisSession(options)
    try:
        return session.run(checks=checks)
    finally:
        session.close()


class DiagnosisSession:
    """Runs once, in one thread; what it learned can be written down afterwards."""

    def __init__(
        self,
        options: DiagnosisOptions,
        cancel: CancelToken | None = None,
        probes: "Probes | None" = None,
    ) -> None:
        """Prepare the probes; ``probes`` are asked instead of this machine's.

        Raises `FormatError` (``diag.report_damaged``, ``trace.unreadable``) for a bundle that
        cannot be read, `TrustError` and `OSError` for files of authorities.
        """
        from caducee.diagnosis.bundle import read_bundle
        from caducee.diagnosis.probes import RecordingProbes

        self._options = options
        self._cancel = cancel or CancelToken()
        self._machine: MachineProbes | None = None
        inner: Probes
        if probes is not None:
            inner = probes
        elif options.replay is not None:
            inner = read_bundle(options.replay)
        else:
            inner = self._machine = self._of_this_machine()
        self._probes = RecordingProbes(inner)

    def _of_this_machine(self) -> "MachineProbes":
        from caducee.diagnosis.machine import MachineProbes, ServiceAddresses

        options = self._options
        named = {f"portal ({version})": url for version, url in options.portal.items()}
        return MachineProbes(
            authorities=self._judge(),
            named=ServiceAddresses(
                services={**options.services, **named},
                optional=options.optional,
                portal=options.portal,
                authorities=options.server_authorities,
            ),
            code=options.code,
            timeout=options.timeout,
            cancel=self._cancel,
        )

    def _judge(self) -> "CertificateJudge | None":
        from caducee.diagnosis.machine import TrustFiles
        from caducee.diagnosis.machine.file_judge import FileJudge

        options = self._options
        if not options.anchors:
            return options.judge
        trusted = TrustFiles.read(options.anchors, options.authorities, options.lists)
        return FileJudge(trusted, SystemClock())

    def run(
        self,
        on_progress: OnProgress = lambda title, part: None,
        on_result: OnResult = lambda result: None,
        checks: "Sequence[Check] | None" = None,
    ) -> "Report":
        """Run every check, or ``checks``; the callbacks run in this thread."""
        from caducee.diagnosis.checks import CHECKS
        from caducee.diagnosis.context import CheckContext
        from caducee.diagnosis.engine import run

        probes: Probes = self._probes
        context = CheckContext(probes, self._options.reader)
        return run(
            context, CHECKS if checks is None else checks, on_progress, on_result, self._cancel
        )

    def bundle(self) -> bytes:
        """Return the file for the support, anonymised. Raises as `bundle.bundle`."""
        from caducee.diagnosis.bundle import bundle

        return bundle(
            self._probes.answers,
            self._dialogue,
            SystemClock(),
            names=self._options.names,
            reader=self._options.reader,
        )

    @property
    def _dialogue(self) -> "Sequence[TraceRecord]":
        return self._machine.dialogue.records if self._machine is not None else ()

    def anonymous_report(self) -> "Report":
        """Return the report as the bundle gives it: the same findings, anonymised.

        Raises as `bundle`.
        """
        from caducee.diagnosis.bundle import anonymous_probes
        from caducee.diagnosis.checks import CHECKS
        from caducee.diagnosis.context import CheckContext
        from caducee.diagnosis.engine import run

        probes, reader = anonymous_probes(
            self._probes.answers,
            self._dialogue,
            SystemClock(),
            names=self._options.names,
            reader=self._options.reader,
        )
        return run(CheckContext(probes, reader), CHECKS)

    def close(self) -> None:
        """Give the readers up, and forget the code."""
        if self._machine is not None:
            self._machine.close()
        if self._options.code is not None:
            self._options.code.wipe()

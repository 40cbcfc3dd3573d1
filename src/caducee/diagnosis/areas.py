# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which part of a workstation the first error lies in; the exit status says it, too."""

from enum import StrEnum, unique
from typing import Final

from caducee.base.catalogue import Severity
from caducee.diagnosis.checks import card, certificates, machine, network, programs, readers
from caducee.diagnosis.model import Report

__all__ = ["STATUS", "DiagnosisArea", "area_of"]


@unique
class DiagnosisArea(StrEnum):
    """A part of a workstation, in the order in which they depend on each other."""

    MACHINE = "machine"
    READERS = "readers"
    CARD = "card"
    CERTIFICATES = "certificates"
    PROGRAMS = "programs"
    NETWORK = "network"


STATUS: Final = {area: 10 + rank for rank, area in enumerate(DiagnosisArea)}
"""The exit status of ``caducee diag`` by the area of the first error, from 10 on."""

_AREAS: Final = {
    check.name: area
    for area, checks in (
        (DiagnosisArea.MACHINE, machine.CHECKS),
        (DiagnosisArea.READERS, readers.CHECKS),
        (DiagnosisArea.CARD, card.CHECKS),
        (DiagnosisArea.CERTIFICATES, certificates.CHECKS),
        (DiagnosisArea.PROGRAMS, programs.CHECKS),
        (DiagnosisArea.NETWORK, network.CHECKS),
    )
    for check in checks
} | {"codes": DiagnosisArea.CARD}


def area_of(report: Report) -> DiagnosisArea | None:
    """Return the area of the first error of a report; None when it has none."""
    return next(
        (
            _AREAS[result.check]
            for result in report.results
            for finding in result.findings
            if finding.severity is Severity.ERROR
        ),
        None,
    )

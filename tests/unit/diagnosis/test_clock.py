# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A clock that is wrong by years is found without a portal, and nobody else is blamed."""

import datetime as dt
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.diagnosis.test_matrix import diagnose, outcomes
from tests.unit.diagnosis.test_network import (  # noqa: F401 (a fixture)
    NOW,
    certificate,
    serve,
)
from tests.unit.diagnosis.world import READER, Break, both, change, change_in

from caducee import __released__
from caducee.base.catalogue import Severity
from caducee.base.clock import FixedClock
from caducee.base.errors import TrustError
from caducee.cryptolib.portal import explained
from caducee.diagnosis.facts import DateMark
from caducee.diagnosis.machine import MachineProbes, ServiceAddresses, TrustFiles
from caducee.diagnosis.machine.file_judge import FileJudge
from caducee.diagnosis.machine.root import MachineRoot
from caducee.diagnosis.model import CheckOutcome
from caducee.testing import pki

YEAR = dt.timedelta(days=366)
RELEASE = DateMark(what="release", since=NOW)


def alone(now: dt.datetime, *marks: DateMark) -> Break:
    """A machine without another clock to compare."""
    return change("clock", now=now, offset=None, synchronised=None, marks=marks)


def codes(*breaks: Break) -> list[str]:
    return [finding.code.removeprefix("diag.") for finding in diagnose(*breaks).findings]


def first(*breaks: Break) -> str:
    return codes(*breaks)[0]


def test_a_clock_before_the_release_is_behind() -> None:
    assert first(alone(NOW - YEAR, RELEASE)) == "clock_before_dates"


def test_a_clock_before_a_certificate_or_a_list_is_behind() -> None:
    newest = DateMark(what="authority", since=NOW + YEAR)
    assert first(alone(NOW + dt.timedelta(days=9), RELEASE, newest)) == "clock_before_dates"


def test_a_clock_far_beyond_the_status_lists_is_ahead() -> None:
    lists = DateMark(what="list", since=NOW, until=NOW + dt.timedelta(days=7))
    report = diagnose(alone(NOW + 3 * YEAR, RELEASE, lists))
    assert report.findings[0].code == "diag.clock_after_dates"
    assert outcomes(report)["dates"] is CheckOutcome.SKIPPED


def test_a_clock_far_beyond_the_release_is_ahead() -> None:
    assert first(alone(NOW + 6 * YEAR, RELEASE)) == "clock_after_dates"


def test_a_card_whose_certificates_all_look_expired_is_not_blamed_years_later() -> None:
    found = codes(alone(NOW + 4 * YEAR, RELEASE), change_life(NOW + 9 * YEAR))
    assert found[0] == "clock_after_dates"
    assert "certificate_expired" not in found


def change_life(end: dt.datetime) -> Break:
    """Let the card itself say nothing of the date."""
    return change(f"card:{READER}", expires=end.date())


def test_a_card_that_has_expired_lately_is_blamed_and_not_the_clock() -> None:
    later = NOW + dt.timedelta(days=701)
    recent = DateMark(what="list", since=later, until=later + YEAR)
    found = codes(alone(later, RELEASE, recent), change_life(later + YEAR))
    assert found[0] == "certificate_expired"
    assert "clock_after_dates" not in found


def test_a_clock_that_the_network_sets_is_believed() -> None:
    world = both(
        alone(NOW + 6 * YEAR, RELEASE),
        change("clock", synchronised=True),
        change_life(NOW + 9 * YEAR),
    )
    assert first(world) == "certificate_expired"


def test_a_clock_that_nobody_reports_is_not_checked() -> None:
    report = diagnose(alone(NOW, RELEASE))
    assert [finding.code for finding in report.findings] == ["diag.clock_unchecked"]
    assert report.findings[0].severity is Severity.UNCHECKED


@pytest.mark.parametrize("stage", ["expired", "early"])
def test_the_certificate_of_a_server_is_not_blamed_while_the_clock_is_wrong(stage: str) -> None:
    found = codes(change("clock", offset=5 * 366 * 86400.0), change_in("services", 0, stage=stage))
    assert found[0] == "clock_ahead"
    assert "service_clock" in found and f"service_{stage}" not in found


@pytest.mark.parametrize("stage", ["expired", "early"])
def test_with_a_right_clock_it_is_the_server(stage: str) -> None:
    assert first(change_in("services", 0, stage=stage)) == f"service_{stage}"


# On this machine


def probes(now: dt.datetime, *, judge: FileJudge | None = None, **named: str) -> MachineProbes:
    return MachineProbes(
        place=MachineRoot(Path("/nowhere"), {}, Path("/nowhere")),
        clock=FixedClock(now),
        authorities=judge,
        named=ServiceAddresses(services=named),
    )


def test_the_time_of_a_server_whose_certificate_looks_expired_is_evidence(
    serve: Callable[..., str],  # noqa: F811
    tmp_path: Path,
) -> None:
    address = serve(pem=certificate(tmp_path, days=-300))
    pem = tmp_path / "localhost-300.pem"
    found = MachineProbes(
        place=MachineRoot(tmp_path, {}, tmp_path),
        clock=FixedClock(NOW + 5 * YEAR),
        named=ServiceAddresses(services={"portal": address}, authorities=pem),
    )
    assert found.services()[0].stage == "expired"
    assert found.clock().offset == (5 * YEAR).total_seconds()
    assert "server" in {mark.what for mark in found.clock().marks}


def test_the_release_the_authorities_and_the_lists_are_evidence() -> None:
    ca = pki.authority("CARDS")
    trusted = TrustFiles((ca.certificate,), (), (b"no list",))
    marks = probes(NOW, judge=FileJudge(trusted, FixedClock(NOW))).clock().marks
    assert [mark.what for mark in marks] == ["release", "authority"]
    assert f"{marks[0].since:%Y-%m-%d}" == __released__
    assert marks[1].since == ca.certificate.not_valid_before_utc


@pytest.mark.parametrize("number", [9, 10])
def test_a_login_names_the_clock_when_the_dates_of_the_portal_do_not_fit(number: int) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_code = number
    with pytest.raises(TrustError) as caught, explained("https://portal.test"):
        raise error
    assert caught.value.code == "cryptolib.portal_dates"
    assert "date of this machine" in caught.value.advice()

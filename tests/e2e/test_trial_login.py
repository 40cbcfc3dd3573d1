# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The test services against the portal of a sandbox: both logins, and why one fails."""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.e2e.conftest import KEYS, OpenCard, Place

from caducee.base.clock import SystemClock
from caducee.cryptolib import open_card
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.portal import PortalAddress, find_ways
from caducee.diagnosis.trial.model import StepOutcome, StepReport, TrialReport
from caducee.diagnosis.trial.run import TrialPlan, run_trial
from caducee.issuance import CardOrder, CardPins, IssuedCard
from caducee.issuance.identities import new_person
from caducee.issuance.profiles import profile
from caducee.reader.memory import MemoryReader
from caducee.sandbox.world import Sandbox
from caducee.spec.nomenclatures import CardFamily
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.plug.socket import SocketPlug
from caducee.virtualcard.store import MemoryStore

WAYS = ("certificate", "token")


@pytest.fixture(params=["in_memory", pytest.param("in_pcscd", marks=pytest.mark.system)])
def opened(request: pytest.FixtureRequest) -> OpenCard:
    """Opens a card, in memory and in a real pcscd."""
    found: OpenCard = request.getfixturevalue(request.param)
    return found


def portal_of(place: Place) -> PortalAddress:
    return PortalAddress(place.addresses.open, place.world.server_root())


def tried(card: CpsCard, issued: IssuedCard, portal: PortalAddress) -> TrialReport:
    return run_trial(card, TrialPlan(issued.pin, portal), SystemClock())


def step(report: TrialReport, name: str) -> StepReport:
    (found,) = [item for item in report.steps if item.name == name]
    return found


def refusal(report: TrialReport, name: str) -> str:
    trouble = step(report, name).problem
    return trouble.code if trouble is not None else ""


def test_a_cps3_logs_in_and_out_both_ways(place: Place, opened: OpenCard) -> None:
    issued = place.issue()
    with opened(issued) as card:
        report = tried(card, issued, portal_of(place))
    assert report.ok, report.to_text()
    for way in WAYS:
        login = step(report, f"login-{way}")
        facts = dict(login.facts)
        assert facts["number"] == issued.card.ps_idnat
        assert login.checks and all(check.outcome == "passed" for check in login.checks)
        after = dict(step(report, f"logout-{way}").facts)
        assert after["session"] == "relying.session_unknown"
    assert str(dict(step(report, "login-certificate").facts)["tls"]).startswith("TLSv1.2")


def test_a_cps4_logs_in_over_tls_13(place: Place) -> None:
    order = replace(profile("cps4").order(place.world.registry), pins=CardPins.of_test_cards())
    issued = place.world.issue(order, keys=KEYS)
    reader = MemoryReader("memory")
    reader.insert(VirtualCard(MemoryStore(issued.image)))
    with open_card(reader) as card:
        report = tried(card, issued, portal_of(place))
    assert report.ok, report.to_text()
    assert str(dict(step(report, "login-certificate").facts)["tls"]).startswith("TLSv1.3")


def revoke(place: Place, issued: IssuedCard) -> None:
    place.world.revoke(issued.card.number)


def expire(place: Place, issued: IssuedCard) -> None:
    place.world.clock.move(dt.timedelta(days=4 * 365))


@pytest.mark.parametrize(
    ("spoil", "code", "family"),
    [
        pytest.param(revoke, "trust.revoked", CardFamily.CPS, id="revoked"),
        pytest.param(expire, "relying.certificate_expired", CardFamily.CPS, id="expired"),
        pytest.param(lambda *_: None, "relying.family_refused", CardFamily.CPE, id="family"),
    ],
)
def test_a_refusal_of_the_portal_is_reported_with_its_code_and_every_check(
    place: Place,
    in_memory: OpenCard,
    spoil: Callable[[Place, IssuedCard], None],
    code: str,
    family: CardFamily,
) -> None:
    issued = place.issue(family)
    spoil(place, issued)
    with in_memory(issued) as card:
        report = tried(card, issued, portal_of(place))
    assert not report.ok
    for way in WAYS:
        login = step(report, f"login-{way}")
        assert login.outcome is StepOutcome.FAILED
        assert login.problem is not None and login.problem.sentence and login.problem.advice
        assert refusal(report, f"login-{way}") == code
        assert any(check.outcome == "failed" for check in login.checks)
        assert step(report, f"logout-{way}").outcome is StepOutcome.SKIPPED


def test_a_portal_whose_certificate_is_not_trusted_gets_no_login(
    place: Place, in_memory: OpenCard
) -> None:
    issued = place.issue()
    with in_memory(issued) as card:
        report = tried(card, issued, PortalAddress(place.addresses.open))  # the system's roots
    assert refusal(report, "portal") == "cryptolib.portal_untrusted"
    assert step(report, "login-certificate").outcome is StepOutcome.SKIPPED


def test_one_address_is_enough_to_find_every_way(place: Place) -> None:
    ways = find_ways(portal_of(place))
    assert (ways.origin, ways.tls12, ways.tls13) == (
        place.addresses.open,
        place.addresses.tls12,
        place.addresses.tls13,
    )


def test_a_card_taken_out_during_the_login_is_the_reason_that_is_reported(
    place: Place, tmp_path: Path
) -> None:
    issued = place.issue()
    reader = MemoryReader("memory")
    reader.insert(VirtualCard(MemoryStore(issued.image)))

    def begin(name: str) -> None:
        if name == "login-certificate":
            reader.eject()

    plan = TrialPlan(issued.pin, portal_of(place))
    with open_card(reader) as card:
        report = run_trial(card, plan, SystemClock(), begin=begin)
    assert refusal(report, "login-certificate") == "reader.card_removed"


@pytest.fixture
def running_world(tmp_path: Path) -> Iterator[tuple[Path, IssuedCard]]:
    """A world that ``caducee sandbox serve`` runs in a process of its own, and a card of it."""
    folder = tmp_path / "world"
    with Sandbox.create(folder, ca_keys=KEYS) as world:
        order = CardOrder(
            person=new_person(world.registry), practices=(), pins=CardPins.of_test_cards()
        )
        issued = world.issue(order, keys=KEYS)
    command = [sys.executable, "-m", "caducee", "sandbox", "--sandbox", str(folder), "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        running.stdout.readline()
        try:
            yield folder, issued
        finally:
            running.terminate()
            running.wait(60)


def test_the_command_finds_the_portal_of_the_sandbox_and_logs_in(
    running_world: tuple[Path, IssuedCard], tmp_path: Path
) -> None:
    folder, issued = running_world
    (tmp_path / "cryptolib.toml").write_text("[readers]\npcsc = false\n")
    codes = tmp_path / "codes"
    codes.write_bytes(issued.pin.reveal())
    codes.chmod(0o600)
    with tempfile.TemporaryDirectory(prefix="cad") as short:  # a socket's path is short
        plug = SocketPlug(VirtualCard(MemoryStore(issued.image)), Path(short) / "a.sock")
        plug.start()
        environment = {
            **os.environ,
            "CADUCEE_CRYPTOLIB_CONFIG": str(tmp_path / "cryptolib.toml"),
            "CADUCEE_READER_SOCKETS": short,
            "CADUCEE_SANDBOX": str(folder),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "LANGUAGE": "en",
        }

        def caducee(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "caducee", *arguments],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )

        shown = json.loads(caducee("sandbox", "show", "--json").stdout)
        done = caducee("card", "test", "--json", "--pin-file", str(codes))
        plug.stop()
    report = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = {item["name"]: item for item in report["steps"]}
    assert steps["portal"]["facts"]["address"] == shown["portal"]["open"]
    for way in WAYS:
        assert steps[f"login-{way}"]["outcome"] == "passed"
        assert steps[f"login-{way}"]["facts"]["number"] == issued.card.ps_idnat

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis of a login: a real portal, cards of its world, over TLS 1.2 and 1.3."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.e2e.conftest import Place

from caducee.base.clock import SystemClock
from caducee.diagnosis.facts import LoginFacts
from caducee.diagnosis.machine.card import CardTracer, TrustFiles, judge
from caducee.diagnosis.machine.file_judge import FileJudge
from caducee.diagnosis.machine.network import ServiceAddresses, log_in, reach
from caducee.diagnosis.machine.root import MachineRoot as Machine
from caducee.issuance import IssuedCard
from caducee.reader.memory import MemoryReader
from caducee.spec.cards import CardGeneration
from caducee.spec.nomenclatures import CardFamily
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import MemoryStore


def reader_of(issued: IssuedCard) -> MemoryReader:
    reader = MemoryReader("memory")
    reader.insert(VirtualCard(MemoryStore(issued.image)))
    return reader


def named(place: Place) -> ServiceAddresses:
    return ServiceAddresses(
        services={"portal": place.addresses.open},
        portal={"1.2": place.addresses.tls12, "1.3": place.addresses.tls13},
        authorities=place.world.server_root(),
    )


def logins(place: Place, issued: IssuedCard) -> Sequence[LoginFacts]:
    here = Machine(Path("/"), {})
    return log_in(here, reader_of(issued), CardTracer(), named(place), issued.pin)


def test_a_cps4_logs_in_over_both_versions_of_tls(place: Place) -> None:
    found = logins(place, place.issue(generation=CardGeneration.CPS4))
    assert [(item.version, item.code) for item in found] == [("1.2", ""), ("1.3", "")]


def test_a_cps3_logs_in_over_tls_12_alone(place: Place) -> None:
    found = logins(place, place.issue())
    assert [(item.version, item.code, item.supported) for item in found] == [
        ("1.2", "", True),
        ("1.3", "", False),
    ]


def test_a_holder_who_is_not_admitted_is_reported_with_the_portals_reason(place: Place) -> None:
    first = logins(place, place.issue(CardFamily.CPE))[0]
    assert first.code.startswith(("relying.", "portal."))


def test_the_portal_is_reached(place: Place, tmp_path: Path) -> None:
    (found,) = reach(Machine(tmp_path, {}), named(place), SystemClock())
    assert (found.facts.stage, found.offset is not None) == ("", True)


@pytest.mark.parametrize(("revoked", "code"), [(False, ""), (True, "trust.revoked")])
def test_the_chain_of_a_card_is_judged_with_the_lists_of_its_world(
    place: Place, revoked: bool, code: str
) -> None:
    issued, authority = place.issue(), place.world.authority
    if revoked:
        place.world.revoke(issued.card.number)
    trusted = TrustFiles(authority.anchors(), authority.intermediates(), authority.crls())
    judged = judge(reader_of(issued), CardTracer(), FileJudge(trusted, place.world.clock))
    assert [(item.use, item.code, item.revocation) for item in judged] == [
        ("authentication", code, True),
        ("signature", code, True),
    ]


def test_without_lists_a_revoked_card_is_judged_as_not_checked(place: Place) -> None:
    issued, authority = place.issue(), place.world.authority
    place.world.revoke(issued.card.number)
    trusted = TrustFiles(authority.anchors(), authority.intermediates())
    judged = judge(reader_of(issued), CardTracer(), FileJudge(trusted, place.world.clock))
    assert {(item.code, item.revocation) for item in judged} == {("", False)}

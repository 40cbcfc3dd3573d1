# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who judges the certificates of a card: files, lists, the network, a sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.sandbox.conftest import order

from caducee.cli.card_judges import SandboxJudge
from caducee.cryptolib import KeyUse
from caducee.diagnosis.machine.card import TrustFiles
from caducee.diagnosis.machine.file_judge import FileJudge, status_folder
from caducee.directory.ldap.server import LdapAddresses
from caducee.issuance import IssuedCard
from caducee.sandbox.world import Sandbox
from caducee.testing.keys import SharedKeys
from caducee.trust.checks import CheckOutcome
from caducee.trust.path import PathResult


@pytest.fixture(scope="module")
def keys() -> SharedKeys:
    return SharedKeys()


@pytest.fixture
def world(tmp_path: Path, keys: SharedKeys) -> Iterator[Sandbox]:
    with Sandbox.create(tmp_path / "world", ca_keys=keys) as made:
        yield made


@pytest.fixture
def issued(world: Sandbox, keys: SharedKeys) -> IssuedCard:
    return world.issue(order(world), keys=keys)


@pytest.fixture
def trusted(world: Sandbox, issued: IssuedCard) -> TrustFiles:
    authority = world.authority
    return TrustFiles(tuple(authority.anchors()), tuple(authority.intermediates()))


def judged(judge: FileJudge | SandboxJudge, issued: IssuedCard) -> PathResult:
    found = judge.judge(issued.authentication, KeyUse.AUTHENTICATION)
    assert found is not None
    return found


def revocation(result: PathResult) -> list[CheckOutcome]:
    return [check.outcome for check in result.checks if check.name == "revocation"]


def test_without_a_root_nobody_judges(world: Sandbox, issued: IssuedCard) -> None:
    judge = FileJudge(TrustFiles(), world.clock)
    assert judge.judge(issued.authentication, KeyUse.AUTHENTICATION) is None


def test_without_lists_the_chain_alone_is_judged(
    world: Sandbox, issued: IssuedCard, trusted: TrustFiles
) -> None:
    found = judged(FileJudge(trusted, world.clock), issued)
    assert found.ok and set(revocation(found)) == {CheckOutcome.SKIPPED}


def test_over_the_network_a_revoked_card_is_found(
    world: Sandbox, issued: IssuedCard, trusted: TrustFiles, tmp_path: Path
) -> None:
    nowhere = LdapAddresses(("127.0.0.1", 9), ("127.0.0.1", 9))
    with world.publication() as published:
        way = Sandbox.network(published, nowhere)
        judge = FileJudge(trusted, world.clock, way, tmp_path / "kept")
        before = judged(judge, issued)
        world.revoke(issued.card.number)
        after = judged(judge, issued)
    assert before.ok and set(revocation(before)) == {CheckOutcome.PASSED}
    assert [failure.code for failure in after.failures()] == ["trust.revoked"]


def test_a_network_that_answers_nothing_means_not_known(
    world: Sandbox, issued: IssuedCard, trusted: TrustFiles, tmp_path: Path
) -> None:
    way = Sandbox.network("http://127.0.0.1:9", LdapAddresses(("127.0.0.1", 9), ("127.0.0.1", 9)))
    found = judged(FileJudge(trusted, world.clock, way, tmp_path / "kept"), issued)
    assert not found.ok
    assert CheckOutcome.UNKNOWN in revocation(found) and CheckOutcome.FAILED not in revocation(
        found
    )


def test_a_sandbox_judges_by_itself_and_sees_what_changes(
    world: Sandbox, issued: IssuedCard
) -> None:
    judge = SandboxJudge(world.folder)
    assert judged(judge, issued).ok
    world.revoke(issued.card.number)
    assert not judged(judge, issued).ok


def test_what_was_fetched_is_kept_beside_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert status_folder() == tmp_path / "caducee" / "status"

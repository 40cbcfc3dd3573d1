# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import datetime as dt
import os
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.sandbox.conftest import order

from caducee.base.errors import StateError
from caducee.issuance import IssuedCard
from caducee.issuance.profiles import profile
from caducee.relying.policy import CardPolicy
from caducee.sandbox.world import Sandbox
from caducee.spec.nomenclatures import CardFamily
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.image import CardImage


def _chain(issued: IssuedCard) -> list[bytes]:
    return [issued.authentication.public_bytes(Encoding.DER)]


def test_a_new_world_is_made_in_a_new_or_an_empty_folder_only(tmp_path: Path) -> None:
    Sandbox.create(tmp_path / "deep" / "world").close()
    with pytest.raises(StateError) as twice:
        Sandbox.create(tmp_path / "deep" / "world")
    assert twice.value.code == "sandbox.exists"
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("mine")
    with pytest.raises(StateError) as full:
        Sandbox.create(tmp_path / "full")
    assert full.value.code == "sandbox.not_empty"
    assert (tmp_path / "full" / "letter").read_text() == "mine"


def test_a_folder_without_a_world_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(StateError) as missing:
        Sandbox(tmp_path)
    assert missing.value.code == "sandbox.missing"


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADUCEE_SANDBOX", "/somewhere")
    assert Sandbox.default_folder() == Path("/somewhere")
    monkeypatch.delenv("CADUCEE_SANDBOX")
    assert Sandbox.default_folder() == Path("sandbox")


def test_nothing_is_made_before_it_is_needed(world: Sandbox) -> None:
    assert sorted(path.name for path in world.folder.iterdir()) == [".gitignore", "sandbox.toml"]


def test_an_issued_card_lies_under_its_number_for_the_owner_alone(
    world: Sandbox, issued: IssuedCard
) -> None:
    path = world.card_path(issued.card.number)
    assert world.card_paths() == (path,)
    assert path.stat().st_mode & 0o777 == 0o600
    assert CardImage.load(path).to_json() == issued.image.to_json()


def test_a_card_that_the_disk_refuses_is_not_in_the_registry(
    world: Sandbox, keys: SharedKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    wanted = order(world)
    world.authority.intermediates()
    monkeypatch.setattr("caducee.virtualcard.image.write_atomic", full, raising=False)
    monkeypatch.setattr(CardImage, "save", full)
    with pytest.raises(OSError, match="space"):
        world.issue(wanted, keys=keys)
    assert world.registry.cards.all() == ()


def test_an_unknown_card_has_no_path_and_no_way_out_of_the_folder(world: Sandbox) -> None:
    (world.folder / "cards").mkdir()
    (world.folder / "outside.json").write_text("{}")
    for name in ("2900000000", "../outside"):
        with pytest.raises(StateError) as unknown:
            world.card_path(name)
        assert unknown.value.code == "sandbox.card_unknown"


def test_a_login_is_verified_until_the_card_is_revoked(world: Sandbox, issued: IssuedCard) -> None:
    verifier = world.verifier()
    assert verifier.verify(_chain(issued)).ok
    assert world.revoke(issued.card.number)
    refused = verifier.verify(_chain(issued))
    assert not refused.ok
    assert {failure.name for failure in refused.failures} == {"revocation", "card"}
    assert not world.revoke(issued.card.number)


def test_a_revocation_by_another_process_is_seen(
    world: Sandbox, issued: IssuedCard, keys: SharedKeys
) -> None:
    verifier = world.verifier()
    assert verifier.verify(_chain(issued)).ok
    with Sandbox(world.folder, ca_keys=keys) as other:
        other.revoke(issued.card.number)
    assert "revocation" in {failure.name for failure in verifier.verify(_chain(issued)).failures}


def test_moving_the_clock_past_the_end_makes_the_card_expire(
    world: Sandbox, issued: IssuedCard
) -> None:
    verifier = world.verifier()
    world.clock.move(dt.timedelta(days=3 * 366))
    assert [failure.name for failure in verifier.verify(_chain(issued)).failures] == ["validity"]


def test_a_policy_of_another_family_refuses_the_card(world: Sandbox, issued: IssuedCard) -> None:
    test_only = CardPolicy.test_cards()
    policy = CardPolicy(families=frozenset({CardFamily.CPE}), categories=test_only.categories)
    verdict = world.verifier(policy).verify(_chain(issued))
    assert [failure.code for failure in verdict.failures] == ["relying.family_refused"]


def test_the_portal_answers_under_the_root_of_the_world_and_no_other(world: Sandbox) -> None:
    import http.client
    from urllib.parse import urlsplit

    with world.portal() as addresses:
        port = urlsplit(addresses.open).port
        trusting = ssl.create_default_context(cafile=str(world.server_root()))
        connection = http.client.HTTPSConnection("localhost", port, context=trusting, timeout=20)
        connection.request("GET", "/", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status == 200
        client = http.client.HTTPSConnection(
            "localhost", port, context=ssl.create_default_context(), timeout=20
        )
        with pytest.raises(ssl.SSLCertVerificationError):
            client.request("GET", "/")
        client.close()
    assert (world.folder / "server" / "portal.pem").stat().st_mode & 0o777 == 0o600


def test_settings_with_a_wrong_key_are_refused(world: Sandbox) -> None:
    from caducee.base.errors import ConfigError

    (world.folder / "sandbox.toml").write_text("[portal]\nport = 1\n")
    with pytest.raises(ConfigError) as wrong:
        Sandbox(world.folder)
    assert wrong.value.code == "base.config_invalid"


def test_a_professional_in_training_is_reported_by_the_future_profession(
    world: Sandbox, keys: SharedKeys
) -> None:
    student = world.issue(profile("cpf-medecin").order(world.registry), keys=keys)
    verdict = world.verifier().verify(_chain(student))
    identity = verdict.require()
    assert (identity.professions, identity.future_professions) == ((), ("10",))
    (check,) = (item for item in verdict.checks if item.name == "profession")
    assert check.facts["profession"] == "Médecin en formation"

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A program outside a world accepts its cards: by an export, by the folder itself, by an image."""

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import ConfigError, LoginRefusedError, StateError, TrustError
from caducee.issuance import IssuedCard
from caducee.relying.card_image import CardSource
from caducee.relying.policy import CardPolicy
from caducee.relying.registry import MemoryHolders
from caducee.relying.verifier import Verifier
from caducee.sandbox.export import export
from caducee.sandbox.world import Sandbox

TEST = CardPolicy.test_cards()


def login(verifier: Verifier, issued: IssuedCard) -> str:
    return verifier.verify([issued.authentication.public_bytes(Encoding.DER)]).require().card_id


def refusal(verifier: Verifier, issued: IssuedCard) -> str:
    with pytest.raises(LoginRefusedError) as caught:
        login(verifier, issued)
    return caught.value.code


@pytest.fixture
def trust(world: Sandbox, issued: IssuedCard, tmp_path: Path) -> Path:
    export(world, tmp_path / "trust")
    return tmp_path / "trust"


def test_an_export_admits_the_cards_of_its_world(trust: Path, issued: IssuedCard) -> None:
    verifier = Verifier.from_folder(trust, policy=TEST)
    assert login(verifier, issued) == issued.card.card_id
    verdict = verifier.verify([issued.authentication.public_bytes(Encoding.DER)])
    assert verdict.require().activities


def test_the_default_admits_no_test_card(trust: Path, issued: IssuedCard) -> None:
    assert refusal(Verifier.from_folder(trust), issued) == "relying.category_test"


def test_the_next_export_knows_what_was_revoked(
    world: Sandbox, trust: Path, issued: IssuedCard
) -> None:
    (trust / "anchors" / "removed.pem").write_bytes(b"of an earlier export")
    world.revoke(issued.card.number)
    export(world, trust)
    assert refusal(Verifier.from_folder(trust, policy=TEST), issued) == "trust.revoked"


def test_git_leaves_a_world_and_its_export_out(world: Sandbox, trust: Path) -> None:
    subprocess.run(["git", "init", "-q", trust.parent], check=True)
    status = ["git", "-C", str(trust.parent), "status", "--porcelain", "--untracked-files=all"]
    assert not subprocess.run(status, check=True, capture_output=True).stdout


def test_a_folder_without_anchors_or_holders_is_refused(trust: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        Verifier.from_folder(tmp_path)
    assert caught.value.code == "verifier.folder_empty"
    (trust / "holders.json").unlink()
    with pytest.raises(ConfigError) as caught:
        Verifier.from_folder(trust)
    assert caught.value.code == "verifier.holders_missing"
    (trust / "holders.json").write_text("{}}")
    with pytest.raises(ConfigError) as caught:
        Verifier.from_folder(trust)
    assert caught.value.code == "verifier.holders_unreadable"


def test_a_world_itself_admits_its_cards_and_sees_a_revocation_at_once(
    world: Sandbox, issued: IssuedCard
) -> None:
    verifier = Verifier.from_sandbox(world.folder)
    assert login(verifier, issued) == issued.card.card_id
    assert abs((verifier.clock.now() - world.clock.now()).total_seconds()) < 60
    world.revoke(issued.card.number)
    assert refusal(verifier, issued) == "trust.revoked"


def test_a_folder_that_is_no_world_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"sandbox\.missing"):
        Verifier.from_sandbox(str(tmp_path))


@pytest.mark.parametrize("form", ["image", "path", "text", "certificate", "der"])
def test_a_card_in_any_form_is_added_with_its_holder(
    world: Sandbox, trust: Path, issued: IssuedCard, form: str
) -> None:
    path = world.card_path(issued.card.number)
    cards: dict[str, CardSource] = {
        "image": issued.image,
        "path": path,
        "text": str(path),
        "certificate": issued.authentication,
        "der": issued.authentication.public_bytes(Encoding.DER),
    }
    holders = MemoryHolders()
    added = holders.add(cards[form])
    assert (added.ps_idnat, added.profession) == (issued.card.ps_idnat, "10")
    assert login(Verifier.from_folder(trust, holders=holders, policy=TEST), issued)


def test_what_is_no_card_is_not_added(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"verifier\.image_unreadable"):
        MemoryHolders().add(tmp_path / "none.json")
    with pytest.raises(TrustError, match=r"verifier\.image_without_certificate"):
        MemoryHolders().add(object())  # type: ignore[arg-type]


def test_holders_come_back_from_their_file(trust: Path, tmp_path: Path) -> None:
    kept = MemoryHolders.load(trust / "holders.json")
    assert kept.to_json() == (trust / "holders.json").read_bytes()

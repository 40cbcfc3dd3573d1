# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The matrix: every face, every family, every operation; what it states is what happens."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from caducee.base.errors import CpsError
from caducee.base.secret import Secret
from caducee.cryptolib import KeyUse, open_card
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.digest_info import digest_info
from caducee.issuance import CardPins, IssuedCard
from caducee.issuance.profiles import profile
from caducee.reader.memory import MemoryReader
from caducee.sandbox.world import Sandbox
from caducee.spec.cards import CardGeneration
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import MemoryStore

MATRIX = tomllib.loads(
    (Path(__file__).parents[1] / "vectors" / "matrix.toml").read_text(encoding="utf-8")
)
FACES = {
    "CPS3 contact": (CardGeneration.CPS3, "contact"),
    "CPS3 contactless": (CardGeneration.CPS3, "contactless"),
    "CPS4": (CardGeneration.CPS4, "contact"),
}
PIN, PUK, NEW = Secret.of("1234"), Secret.of("12345678"), Secret.of("4321")
DIGEST = hashlib.sha256(b"a challenge").digest()
KEYS = SharedKeys()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.create(tmp_path_factory.mktemp("matrix") / "world", ca_keys=KEYS) as made:
        yield made


def _decipher(card: CpsCard) -> None:
    key = card.certificate(KeyUse.AUTHENTICATION).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    card.verify(PIN)
    assert card.decipher(key.encrypt(b"a secret", padding.PKCS1v15())) == b"a secret"


def _verified(card: CpsCard, operation: Callable[[], object]) -> None:
    if not card.uses == (KeyUse.TECHNICAL,):
        card.verify(PIN)
    _must(operation())


def _write(card: CpsCard) -> None:
    if not card.uses == (KeyUse.TECHNICAL,):
        card.verify(PIN)
    card.write_data(b"written")
    assert card.read_data().startswith(b"written\0")


def _unblock(card: CpsCard) -> None:
    for _ in range(3):
        with pytest.raises(CpsError):
            card.verify(Secret.of("9999"))
    card.unblock(PUK, NEW)
    card.verify(NEW)


def _change(card: CpsCard) -> None:
    card.change(PIN, NEW)
    card.verify(NEW)


def _unblock_or_refuse(card: CpsCard) -> None:
    if card.uses == (KeyUse.TECHNICAL,):
        card.unblock(PUK, NEW)
    _unblock(card)


def _decipher_or_refuse(card: CpsCard) -> None:
    if card.uses == (KeyUse.TECHNICAL,):
        card.decipher(bytes(256))
    _decipher(card)


OPERATIONS: dict[str, Callable[[CpsCard], Any]] = {
    "recognised, with serial number": lambda card: _must(card.serial),
    "holder read without the code": lambda card: _must(card.holder().ps_idnat),
    "authentication certificate": lambda card: card.certificate(KeyUse.AUTHENTICATION),
    "signature certificate": lambda card: card.certificate(KeyUse.SIGNATURE),
    "technical certificate": lambda card: card.certificate(KeyUse.TECHNICAL),
    "random": lambda card: _must(len(card.random(16)) == 16),
    "proof by the technical key": lambda card: card.authenticate(
        digest_info(DIGEST, "sha256"), KeyUse.TECHNICAL
    ),
    "code verified": lambda card: card.verify(PIN),
    "activities, after the code": lambda card: _verified(card, card.activities),
    "authentication": lambda card: _verified(
        card, lambda: card.authenticate(digest_info(DIGEST, "sha256"))
    ),
    "signature": lambda card: _verified(card, lambda: card.sign(b"a document")),
    "signature with PSS": lambda card: _verified(
        card, lambda: card.sign_pss(DIGEST, use=KeyUse.SIGNATURE)
    ),
    "decipherment": _decipher_or_refuse,
    "CPS_DATA read": lambda card: card.read_data(),
    "CPS_DATA written": _write,
    "code changed": _change,
    "code unblocked": _unblock_or_refuse,
}


class _NothingError(Exception):
    """The card has nothing of what was asked for."""


def _must(value: object) -> None:
    if not value:
        raise _NothingError


def _issue(world: Sandbox, family: str, generation: CardGeneration) -> IssuedCard:
    ready = replace(profile(family), generation=generation)
    order = replace(ready.order(world.registry), pins=CardPins.of_test_cards())
    return world.issue(order, keys=KEYS)


def _outcome(issued: IssuedCard, face: str, operation: Callable[[CpsCard], Any]) -> str:
    reader = MemoryReader("memory")
    reader.insert(VirtualCard(MemoryStore(issued.image), face=face))
    with open_card(reader) as card:
        try:
            operation(card)
        except CpsError as error:
            return error.code
        except _NothingError:
            return "nothing"
    return "yes"


@pytest.mark.parametrize("face", MATRIX["faces"])
@pytest.mark.parametrize("family", MATRIX["families"])
def test_each_operation_ends_as_the_matrix_says(world: Sandbox, family: str, face: str) -> None:
    generation, side = FACES[face]
    issued = _issue(world, family, generation)
    column = MATRIX["faces"].index(face)
    reported = {name: row[column] for name, row in MATRIX["operations"].items()}
    found = {name: _outcome(issued, side, OPERATIONS[name]) for name in reported}
    assert found == reported


def test_the_matrix_says_of_every_operation_that_is_tried() -> None:
    assert list(MATRIX["operations"]) == list(OPERATIONS)

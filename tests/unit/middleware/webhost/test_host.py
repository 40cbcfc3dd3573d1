# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils

from caducee.base.errors import CardError, CpsError
from caducee.base.secret import Secret
from caducee.codec.origin_token import TokenAlgorithm, signed_bytes
from caducee.middleware.pin_entry import PinRequest
from caducee.middleware.webhost import Host, LoginCards
from caducee.middleware.webhost.messages import Request
from caducee.reader.memory import MemoryContext, MemoryReader
from caducee.spec.native_messaging import Command
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.personalise import PersonalisationData, cps3, cps4
from caducee.virtualcard.store import MemoryStore

SITE = "https://portal.test:8443"
NONCE = "n" * 44
LOGIN = Request(1, Command.AUTHENTICATE, origin=SITE, nonce=NONCE)
CERTIFICATE = Request(2, Command.SIGNING_CERTIFICATE, origin=SITE)


@dataclass
class Holder:
    """A holder who enters these codes, and notes what they were asked."""

    codes: list[str | CpsError] = field(default_factory=lambda: ["1234"])
    asked: list[tuple[PinRequest, str, bool]] = field(default_factory=list)
    confirmed: list[tuple[PinRequest, str]] = field(default_factory=list)
    given: list[Secret] = field(default_factory=list)

    def pin(self, request: PinRequest, site: str, *, wrong: bool = False) -> Secret:
        self.asked.append((request, site, wrong))
        code = self.codes.pop(0) if self.codes else CardError("pin.cancelled")
        if isinstance(code, CpsError):
            raise code
        self.given.append(Secret.of(code))
        return self.given[-1]

    def confirm(self, request: PinRequest, site: str) -> None:
        self.confirmed.append((request, site))


@dataclass
class Desk:
    """A reader with a card, and the host of a page."""

    reader: MemoryReader
    context: MemoryContext
    holder: Holder
    host: Host

    def ask(self, request: Request) -> Mapping[str, Any]:
        return self.host.answer(request)

    def refused(self, request: Request) -> str:
        with pytest.raises(CpsError) as caught:
            self.ask(request)
        return caught.value.code


@pytest.fixture
def desk(content: PersonalisationData) -> Desk:
    reader = MemoryReader("one")
    reader.insert(VirtualCard(MemoryStore(cps3(content))))
    context, holder = MemoryContext(reader), Holder()
    return Desk(reader, context, holder, Host(LoginCards(context), holder))


def sign_request(desk: Desk, digest: bytes = bytes(range(32)), **changed: Any) -> Request:
    certificate = base64.b64decode(desk.ask(CERTIFICATE)["certificate"])
    request = Request(
        3,
        Command.SIGN,
        origin=SITE,
        certificate=certificate,
        digest=digest,
        hash_name="SHA-256",
    )
    return replace(request, **changed)


def test_login_is_signed_for_the_origin_of_the_page(
    desk: Desk, content: PersonalisationData
) -> None:
    token = desk.ask(LOGIN)
    assert base64.b64decode(token["unverifiedCertificate"]) == content.auth_certificate
    assert (token["algorithm"], token["format"]) == ("RS256", "web-eid:1.0")
    key: Any = content.auth_key.public_key()
    data = signed_bytes(TokenAlgorithm.RS256, SITE, NONCE)
    key.verify(base64.b64decode(token["signature"]), data, padding.PKCS1v15(), hashes.SHA256())


def test_cps4_logs_in_with_pss(desk: Desk, cps4_content: PersonalisationData) -> None:
    desk.reader.insert(VirtualCard(MemoryStore(cps4(cps4_content))))
    assert desk.ask(LOGIN)["algorithm"] == "PS256"


def test_holder_sees_the_site_the_card_and_the_tries(desk: Desk) -> None:
    desk.ask(LOGIN)
    ((request, site, wrong),) = desk.holder.asked
    assert (site, wrong) == (SITE, False)
    assert (request.holder, request.tries_left) == ("PRENOM DOC0000012", 3)
    assert request.card.endswith("2900995235")
    assert request.for_what == "to log you in to this site"


def test_code_is_wiped_after_the_operation(desk: Desk) -> None:
    desk.ask(LOGIN)
    assert [bool(item) for item in desk.holder.given] == [False]


def test_wrong_code_is_asked_again_with_the_tries_left(desk: Desk) -> None:
    desk.holder.codes = ["9999", "1234"]
    desk.ask(LOGIN)
    assert [(item.tries_left, wrong) for item, _, wrong in desk.holder.asked] == [
        (3, False),
        (2, True),
    ]


def test_three_wrong_codes_block_and_nobody_is_asked_a_fourth_time(desk: Desk) -> None:
    desk.holder.codes = ["9999", "9999", "9999", "1234"]
    assert desk.refused(LOGIN) == "cryptolib.pin_blocked"
    assert len(desk.holder.asked) == 3
    assert desk.refused(replace(LOGIN, nonce="m" * 44)) == "cryptolib.pin_blocked"
    assert len(desk.holder.asked) == 3


def test_holder_who_gives_up_costs_no_try(desk: Desk) -> None:
    desk.holder.codes = [CardError("pin.cancelled"), "1234"]
    assert desk.refused(LOGIN) == "pin.cancelled"
    desk.ask(replace(LOGIN, nonce="m" * 44))
    assert desk.holder.asked[-1][0].tries_left == 3


def test_replayed_nonce_is_refused_before_the_holder_is_asked(desk: Desk) -> None:
    desk.ask(LOGIN)
    desk.holder.codes = ["1234"]
    assert desk.refused(LOGIN) == "webhost.nonce_used"
    assert len(desk.holder.asked) == 1


def test_same_nonce_of_another_site_is_another_login(desk: Desk) -> None:
    desk.ask(LOGIN)
    desk.holder.codes = ["1234"]
    assert desk.ask(replace(LOGIN, origin="https://other.test"))["signature"]


def test_document_is_signed_with_the_certificate_that_the_page_has(
    desk: Desk, content: PersonalisationData
) -> None:
    request = sign_request(desk)
    made = desk.ask(request)
    assert request.certificate == content.sign_certificate
    key: Any = content.sign_key.public_key()
    signature, scheme = base64.b64decode(made["signature"]), padding.PKCS1v15()
    key.verify(signature, request.digest, scheme, utils.Prehashed(hashes.SHA256()))
    assert made["signatureAlgorithm"] == {
        "cryptoAlgorithm": "RSA",
        "hashFunction": "SHA-256",
        "paddingScheme": "PKCS1.5",
    }


def test_holder_agrees_before_a_site_learns_the_certificate(desk: Desk) -> None:
    desk.ask(CERTIFICATE)
    ((request, site),) = desk.holder.confirmed
    assert site == SITE
    assert "who you are" in request.for_what
    assert desk.holder.asked == []


def test_holder_sees_the_digest_that_is_signed(desk: Desk) -> None:
    desk.ask(sign_request(desk))
    assert "00010203 04050607" in desk.holder.asked[0][0].for_what


def test_signature_of_a_page_that_never_asked_for_the_certificate_is_refused(desk: Desk) -> None:
    request = sign_request(desk)
    fresh = Host(LoginCards(desk.context), desk.holder)
    with pytest.raises(CardError) as caught:
        fresh.answer(request)
    assert caught.value.code == "webhost.signing_closed"


def test_signature_for_another_origin_is_refused(desk: Desk) -> None:
    request = sign_request(desk, origin="https://other.test")
    assert desk.refused(request) == "webhost.signing_closed"


def test_stale_certificate_is_refused(desk: Desk, content: PersonalisationData) -> None:
    request = sign_request(desk, certificate=content.auth_certificate)
    assert desk.refused(request) == "webhost.certificate_other"
    assert desk.holder.asked == []


def test_card_taken_out_and_put_in_again_closes_the_signing(
    desk: Desk, content: PersonalisationData
) -> None:
    request = sign_request(desk)
    desk.reader.insert(VirtualCard(MemoryStore(cps3(content))))
    assert desk.refused(request) == "webhost.signing_closed"
    assert desk.holder.asked == []


def test_card_that_leaves_while_the_holder_is_asked_signs_nothing(desk: Desk) -> None:
    class Pulls(Holder):
        def pin(self, request: PinRequest, site: str, *, wrong: bool = False) -> Secret:
            desk.reader.eject()
            return Secret.of("1234")

    host = Host(LoginCards(desk.context), Pulls())
    with pytest.raises(CpsError) as caught:
        host.answer(LOGIN)
    assert caught.value.code == "reader.card_removed"


def test_hash_that_the_card_does_not_sign_is_refused(desk: Desk) -> None:
    request = sign_request(desk, digest=bytes(48), hash_name="SHA-384")
    assert desk.refused(request) == "webhost.hash_not_supported"


def test_empty_readers_are_reported(desk: Desk) -> None:
    desk.reader.eject()
    assert desk.refused(LOGIN) == "webhost.no_card"


def test_two_cards_that_could_log_in_are_too_many(
    desk: Desk, cps4_content: PersonalisationData
) -> None:
    other = MemoryReader("two")
    other.insert(VirtualCard(MemoryStore(cps4(cps4_content))))
    desk.context.add(other)
    assert desk.refused(LOGIN) == "webhost.several_cards"


def test_other_face_of_the_card_is_no_second_card(desk: Desk, content: PersonalisationData) -> None:
    other = MemoryReader("two")
    other.insert(VirtualCard(MemoryStore(cps3(content)), face="contactless"))
    desk.context.add(other)
    assert desk.ask(LOGIN)["algorithm"] == "RS256"


def test_card_without_contacts_says_why_it_cannot(desk: Desk, content: PersonalisationData) -> None:
    desk.reader.insert(VirtualCard(MemoryStore(cps3(content)), face="contactless"))
    assert desk.refused(LOGIN) == "webhost.contactless"


def test_after_a_login_its_card_is_watched(desk: Desk) -> None:
    desk.ask(LOGIN)
    assert {item.reader for item in desk.host.watched} == {"one"}


def test_page_that_watches_after_the_card_left_is_reported_at_once(desk: Desk) -> None:
    desk.ask(LOGIN)
    desk.reader.eject()
    assert desk.refused(Request(4, Command.WATCH, origin=SITE)) == "webhost.no_card"


def test_status_says_the_version(desk: Desk) -> None:
    assert desk.ask(Request(1, Command.STATUS))["version"].count(".") == 2

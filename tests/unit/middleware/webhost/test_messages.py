# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import base64
import json
from typing import Any

import pytest

from caducee.base.errors import CardError, FormatError
from caducee.base.i18n import use_language
from caducee.middleware.webhost.messages import Request, answer, refusal
from caducee.spec.native_messaging import Command

SITE = "https://portal.test:8443"
NONCE = "n" * 44
SIGN = {
    "id": 1,
    "command": "sign",
    "origin": SITE,
    "certificate": "AAEC",
    "hash": base64.b64encode(bytes(32)).decode(),
    "hashFunction": "SHA-256",
}


def read(**members: Any) -> Request:
    return Request.from_json(json.dumps(members).encode())


def refused(**members: Any) -> tuple[str, Any]:
    with pytest.raises(FormatError) as caught:
        read(**members)
    return caught.value.code, caught.value.facts.get("member")


def test_login_is_read_with_its_origin_and_nonce() -> None:
    request = read(id=3, command="authenticate", origin=SITE, nonce=NONCE, lang="fr")
    assert request == Request(3, Command.AUTHENTICATE, "fr", origin=SITE, nonce=NONCE)


def test_signature_is_read_with_its_digest() -> None:
    request = read(**SIGN)
    assert request.certificate == b"\x00\x01\x02"
    assert (request.digest, request.hash_name) == (bytes(32), "SHA-256")


@pytest.mark.parametrize("lang", ["de", "", 3, None, "fr_FR"])
def test_language_that_nobody_speaks_here_is_left_out(lang: Any) -> None:
    assert read(id=1, command="status", lang=lang).language is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://portal.test",
        "https://portal.test/",
        "https://Portal.test",
        "https://portal.test:0",
        "https://user@portal.test",
        "https://portal.test\n",
        "https://pörtal.test",
        "https://-portal.test",
        "null",
        "",
    ],
)
def test_what_no_browser_writes_as_a_secure_origin_is_refused(origin: str) -> None:
    reported = refused(id=1, command="authenticate", origin=origin, nonce=NONCE)
    assert reported == ("webhost.request_malformed", "origin")


@pytest.mark.parametrize(
    "origin", ["https://localhost", "https://xn--prtal-jua.test:8443", "https://[::1]:8443"]
)
def test_secure_origins_are_read(origin: str) -> None:
    assert read(id=1, command="watch", origin=origin).origin == origin


@pytest.mark.parametrize("nonce", ["n" * 43, "n" * 129, "n" * 43 + "é", "n" * 43 + "\n", 44])
def test_nonce_of_less_than_256_bits_or_of_other_signs_is_refused(nonce: Any) -> None:
    reported = refused(id=1, command="authenticate", origin=SITE, nonce=nonce)
    assert reported == ("webhost.request_malformed", "nonce")


@pytest.mark.parametrize("number", [None, "1", 1.5, -1, True, 2**53])
def test_request_has_a_number(number: Any) -> None:
    assert refused(id=number, command="status") == ("webhost.request_malformed", "id")


@pytest.mark.parametrize("command", [None, 1, "", "format-disk"])
def test_command_that_nobody_knows_is_refused(command: Any) -> None:
    assert refused(id=1, command=command) == ("webhost.request_malformed", "command")


def test_members_that_a_command_has_not_are_refused() -> None:
    reported = refused(id=1, command="status", origin=SITE)
    assert reported == ("webhost.request_malformed", "origin")


def test_members_that_a_command_needs_are_asked_for() -> None:
    reported = refused(id=1, command="authenticate", origin=SITE)
    assert reported == ("webhost.request_malformed", "nonce")


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b'{"id":1,"id":2}', b"[" * 100_000])
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        Request.from_json(text)
    assert caught.value.facts == {"member": "JSON"}


@pytest.mark.parametrize("name", ["SHA-512", "SHA-1", "MD5"])
def test_digest_swapped_for_one_of_another_hash_is_refused(name: str) -> None:
    assert refused(**SIGN | {"hashFunction": name})[0] == "webhost.digest_mismatch"


@pytest.mark.parametrize("member", ["certificate", "hash"])
def test_what_is_no_base64_is_refused(member: str) -> None:
    assert refused(**SIGN | {member: "!"}) == ("webhost.request_malformed", member)


def test_answers_name_the_request() -> None:
    assert answer(7, {"version": "1"}) == {"id": 7, "result": {"version": "1"}}


def test_refusal_explains_itself_in_the_language_of_the_page() -> None:
    with use_language("en"):
        reported = refusal(7, CardError("webhost.no_card"))
    assert reported["id"] == 7
    assert reported["error"] == {
        "code": "webhost.no_card",
        "message": "No card of the CPS family is in a reader.",
        "advice": "Put your card into the reader and repeat the operation.",
    }

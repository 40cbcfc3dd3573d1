# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The return codes that the issuer's conformance program expects, as far as they are published.

Each line runs with ``compat = "cps3"``; what differs by default stands beside it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Mechanism, OutputBuffer, PssParameters
from caducee.cryptolib.digest_info import digest_info
from caducee.spec.pkcs11 import Ckg, Ckm, Cko, Ckr, Cku

HASH = hashlib.sha256(b"text").digest()
INFO = digest_info(HASH, "sha256")
RO, RW = 4, 6
RSA = Mechanism(int(Ckm.RSA_PKCS))
SHA256_RSA = Mechanism(int(Ckm.SHA256_RSA_PKCS))
PSS = Mechanism(
    int(Ckm.SHA256_RSA_PKCS_PSS), PssParameters(int(Ckm.SHA256), int(Ckg.MGF1_SHA256), 32)
)
AUT, SIG = "CPS_PRIV_AUT", "CPS_PRIV_SIG"
PUBLIC = "Cle publique - Certificat d'Authentification CPS"
PUBLIC_SIG = "Cle publique - Certificat de Signature CPS"


def private(p: Any, mechanism: Mechanism, label: str, data: bytes) -> int:
    s = p.logged_in()
    return int(p.sign(s, p.key(s, label), mechanism, data).rv)


def small_buffer(p: Any) -> int:
    s = p.logged_in()
    p.ok("C_SignInit", session=s, mechanism=RSA, key=p.key(s, AUT))
    first = p.rv("C_Sign", session=s, data=INFO, signature=OutputBuffer(255))
    assert p.rv("C_Sign", session=s, data=INFO, signature=OutputBuffer(256)) == Ckr.OK  # goes on
    return int(first)


def so_login_with_ro(p: Any) -> int:
    p.open(flags=RO)
    return int(p.login(p.open(flags=RW), "12345678", Cku.SO))


def second_login(p: Any) -> int:
    return int(p.login(p.logged_in()))


def begin(p: Any, name: str, mechanism: Mechanism, key: int | str) -> int:
    s = p.logged_in()
    if isinstance(key, str):
        kind = Cko.PUBLIC_KEY if key.startswith("Cle") else Cko.PRIVATE_KEY
        key = p.key(s, key, kind)
    return int(p.rv(name, session=s, mechanism=mechanism, key=key))


def not_logged_in(p: Any) -> int:
    s = p.logged_in()
    key = p.key(s, AUT)
    p.ok("C_Logout", session=s)
    return int(p.rv("C_SignInit", session=s, mechanism=RSA, key=key))


def without_init(p: Any) -> int:
    return int(p.rv("C_Sign", session=p.logged_in(), data=INFO, signature=OutputBuffer(512)))


def second_init(p: Any) -> int:
    s = p.logged_in()
    key = p.key(s, AUT)
    p.ok("C_SignInit", session=s, mechanism=RSA, key=key)
    return int(p.rv("C_SignInit", session=s, mechanism=RSA, key=key))


def wrong_signature_length(p: Any) -> int:
    s = p.open()
    key = p.key(s, PUBLIC, Cko.PUBLIC_KEY)
    p.ok("C_VerifyInit", session=s, mechanism=RSA, key=key)
    found = p.rv("C_Verify", session=s, data=INFO, signature=b"short")
    again = p.rv("C_Verify", session=s, data=INFO, signature=bytes(256))
    assert again == Ckr.OPERATION_NOT_INITIALIZED  # it was over
    return int(found)


def digest_size_then_final(p: Any) -> int:
    s = p.open()
    p.ok("C_DigestInit", session=s, mechanism=Mechanism(int(Ckm.SHA256)))
    assert p.ok("C_Digest", session=s, data=b"text", digest=OutputBuffer(None)).length == 32
    return int(p.rv("C_DigestFinal", session=s, digest=OutputBuffer(32)))


@dataclass(frozen=True)
class Line:
    """What happens, what the original answers, and what we answer by default if it differs."""

    name: str
    run: Callable[[Any], int]
    original: Ckr
    ours: Ckr | None = None


def _slot(name: str, slot: int, **rest: Any) -> Callable[[Any], int]:
    return lambda p: int(p.rv(name, slot=slot, **rest))


CONTACT = [
    Line("small buffer", small_buffer, Ckr.BUFFER_TOO_SMALL),
    Line("wrong slot, slot info", _slot("C_GetSlotInfo", 99), Ckr.SLOT_ID_INVALID),
    Line("wrong slot, token info", _slot("C_GetTokenInfo", 99), Ckr.SLOT_ID_INVALID),
    Line("wrong slot, session", _slot("C_OpenSession", 99, flags=RW), Ckr.SLOT_ID_INVALID),
    Line("parallel", _slot("C_OpenSession", 0, flags=2), Ckr.SESSION_PARALLEL_NOT_SUPPORTED),
    Line("SO login beside RO", so_login_with_ro, Ckr.SESSION_READ_ONLY_EXISTS),
    Line("second login", second_login, Ckr.USER_ALREADY_LOGGED_IN),
    Line("bad session", lambda p: p.rv("C_Logout", session=7), Ckr.SESSION_HANDLE_INVALID),
    Line("sign, bad key", lambda p: begin(p, "C_SignInit", RSA, 9), Ckr.KEY_HANDLE_INVALID),
    Line("verify, bad key", lambda p: begin(p, "C_VerifyInit", RSA, 9), Ckr.KEY_HANDLE_INVALID),
    Line(
        "decrypt, bad key",
        lambda p: begin(p, "C_DecryptInit", RSA, 9),
        Ckr.OBJECT_HANDLE_INVALID,
        Ckr.KEY_HANDLE_INVALID,
    ),
    Line(
        "wrong mechanism",
        lambda p: begin(p, "C_SignInit", Mechanism(int(Ckm.AES_CBC)), AUT),
        Ckr.MECHANISM_INVALID,
    ),
    Line(
        "signature mechanism, authentication key",
        lambda p: begin(p, "C_SignInit", SHA256_RSA, AUT),
        Ckr.OK,
    ),
    Line(
        "encrypt with the signature key",
        lambda p: begin(p, "C_EncryptInit", RSA, PUBLIC_SIG),
        Ckr.KEY_TYPE_INCONSISTENT,
        Ckr.KEY_FUNCTION_NOT_PERMITTED,
    ),
    Line(
        "encrypt with the authentication key",
        lambda p: begin(p, "C_EncryptInit", RSA, PUBLIC),
        Ckr.OK,
    ),
    Line("not logged in", not_logged_in, Ckr.USER_NOT_LOGGED_IN, Ckr.KEY_HANDLE_INVALID),
    Line("sign without init", without_init, Ckr.OPERATION_NOT_INITIALIZED),
    Line("bare digest", lambda p: private(p, RSA, SIG, HASH), Ckr.OK),
    Line("DigestInfo", lambda p: private(p, RSA, SIG, INFO), Ckr.OK),
    Line("bare SHA-1", lambda p: private(p, RSA, SIG, HASH[:20]), Ckr.OK),
    Line(
        "no digest",
        lambda p: private(p, RSA, SIG, b"x" * 31),
        Ckr.DATA_INVALID,
        Ckr.DATA_LEN_RANGE,
    ),
    Line(
        "other DigestInfo",
        lambda p: private(p, RSA, SIG, INFO[:-1]),
        Ckr.DATA_INVALID,
        Ckr.DATA_LEN_RANGE,
    ),
    Line("any block, authentication", lambda p: private(p, RSA, AUT, b"x" * 31), Ckr.OK),
    Line(
        "too long",
        lambda p: private(p, RSA, AUT, bytes(257)),
        Ckr.ARGUMENTS_BAD,
        Ckr.DATA_LEN_RANGE,
    ),
    Line("hash and sign", lambda p: private(p, SHA256_RSA, SIG, b"text" * 999), Ckr.OK),
    Line("wrong signature length", wrong_signature_length, Ckr.SIGNATURE_LEN_RANGE),
    Line("digest size, then final", digest_size_then_final, Ckr.OK),
    Line("second sign init", second_init, Ckr.OPERATION_ACTIVE),
]
NO_PSS = Line("PSS", lambda p: private(p, PSS, AUT, b"text"), Ckr.MECHANISM_INVALID)
PSS_LINES = [
    Line("PSS, signature key", lambda p: private(p, PSS, SIG, b"text"), Ckr.OK),
    Line("PSS, authentication key", lambda p: private(p, PSS, AUT, b"text"), Ckr.OK),
    Line(
        "PSS without parameters",
        lambda p: begin(p, "C_SignInit", Mechanism(int(Ckm.RSA_PKCS_PSS)), AUT),
        Ckr.MECHANISM_PARAM_INVALID,
    ),
    Line(
        "PSS, another salt",
        lambda p: begin(
            p,
            "C_SignInit",
            Mechanism(0x43, PssParameters(int(Ckm.SHA256), int(Ckg.MGF1_SHA256), 20)),
            AUT,
        ),
        Ckr.MECHANISM_PARAM_INVALID,
    ),
    Line(
        "PSS of another length",
        lambda p: private(
            p,
            Mechanism(0x0D, PssParameters(int(Ckm.SHA256), int(Ckg.MGF1_SHA256), 32)),
            AUT,
            HASH[:20],
        ),
        Ckr.DATA_LEN_RANGE,
    ),
]


def both(lines: list[Line]) -> pytest.MarkDecorator:
    cases = []
    for line in lines:
        cases.append(pytest.param("cps3", line.run, line.original, id=f"{line.name}-cps3"))
        ours = line.original if line.ours is None else line.ours
        cases.append(pytest.param("standard", line.run, ours, id=f"{line.name}-standard"))
    return pytest.mark.parametrize(("compat", "run", "expected"), cases)


@both([*CONTACT, NO_PSS])
def test_contact(make_place: Any, bench: Any, compat: str, run: Any, expected: Ckr) -> None:
    assert Ckr(run(make_place(bench, compat=compat).program())) is expected


@both([*CONTACT, *PSS_LINES])
def test_cps4(make_place: Any, cps4_bench: Any, compat: str, run: Any, expected: Ckr) -> None:
    assert Ckr(run(make_place(cps4_bench, compat=compat).program())) is expected


def technical(p: Any, mechanism: Mechanism, data: bytes) -> int:
    s = p.open()
    return int(p.sign(s, p.key(s, "CPS_PRIV_TECH_AUT"), mechanism, data).rv)


CONTACTLESS = [
    Line("login", lambda p: p.login(p.open()), Ckr.USER_PIN_NOT_INITIALIZED),
    Line("logout", lambda p: p.rv("C_Logout", session=p.open()), Ckr.USER_NOT_LOGGED_IN),
    Line("sign at once", lambda p: technical(p, RSA, INFO), Ckr.OK),
    Line("hash and sign", lambda p: technical(p, SHA256_RSA, b"text"), Ckr.MECHANISM_INVALID),
    Line("PSS", lambda p: technical(p, PSS, b"text"), Ckr.MECHANISM_INVALID),
    Line(
        "change",
        lambda p: p.rv(
            "C_SetPIN", session=p.open(), old_pin=Secret.of("1234"), new_pin=Secret.of("4321")
        ),
        Ckr.USER_PIN_NOT_INITIALIZED,
    ),
    Line("digest size, then final", digest_size_then_final, Ckr.OK),
]


@both(CONTACTLESS)
def test_contactless(
    make_place: Any, contactless_bench: Any, compat: str, run: Any, expected: Ckr
) -> None:
    assert Ckr(run(make_place(contactless_bench, compat=compat).program())) is expected

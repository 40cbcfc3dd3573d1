# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Digests, signatures, verification, encryption, decryption, unwrapping, random bytes."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils

from caducee.codec.pkcs11 import (
    Attribute,
    AttributeBuffer,
    Mechanism,
    OutputBuffer,
    PssParameters,
    UnreadParameter,
)
from caducee.cryptolib.digest_info import digest_info
from caducee.spec.pkcs11 import Cka, Ckg, Ckm, Cko, Ckr
from caducee.spec.pkcs11.wire import PARAMETER_WANTED
from caducee.virtualcard.personalise import PersonalisationData

TEXT = b"text" * 100
HASHES: dict[str, Any] = {
    "sha1": hashes.SHA1(),
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
RSA = Mechanism(int(Ckm.RSA_PKCS))
SHA1_RSA, SHA256_RSA = Mechanism(int(Ckm.SHA1_RSA_PKCS)), Mechanism(int(Ckm.SHA256_RSA_PKCS))
AUT, SIG = "CPS_PRIV_AUT", "CPS_PRIV_SIG"
PUBLIC = {
    AUT: "Cle publique - Certificat d'Authentification CPS",
    SIG: "Cle publique - Certificat de Signature CPS",
}
CKM = {
    "sha1": Ckm.SHA_1,
    "sha224": Ckm.SHA224,
    "sha256": Ckm.SHA256,
    "sha384": Ckm.SHA384,
    "sha512": Ckm.SHA512,
}

faces = pytest.mark.parametrize("kind", ["place", "cps4_place"])


@pytest.fixture
def at(request: pytest.FixtureRequest, kind: str) -> Any:
    return request.getfixturevalue(kind)


def digest(name: str, data: bytes = TEXT) -> bytes:
    return hashlib.new(name, data, usedforsecurity=False).digest()


def pss(number: Ckm, name: str, salt: int | None = None) -> Mechanism:
    mgf = Ckg[f"MGF1_{name.upper()}"]
    size = HASHES[name].digest_size if salt is None else salt
    return Mechanism(int(number), PssParameters(int(CKM[name]), int(mgf), size))


def verify(program: Any, session: int, label: str, mechanism: Mechanism, *pair: bytes) -> Ckr:
    key = program.find_one(session, LABEL=PUBLIC[label])
    program.ok("C_VerifyInit", session=session, mechanism=mechanism, key=key)
    return Ckr(program.rv("C_Verify", session=session, data=pair[0], signature=pair[1]))


# Digests


@pytest.mark.parametrize(("number", "name"), [(Ckm.SHA_1, "sha1"), (Ckm.SHA256, "sha256")])
def test_digests_whole_and_in_parts(program: Any, number: Ckm, name: str) -> None:
    session = program.open(flags=4)
    begin = {"session": session, "mechanism": Mechanism(int(number))}
    program.ok("C_DigestInit", **begin)
    size = HASHES[name].digest_size
    assert (
        program.ok("C_Digest", session=session, data=TEXT, digest=OutputBuffer(None)).length == size
    )
    small = program.call("C_Digest", session=session, data=TEXT, digest=OutputBuffer(size - 1))
    assert (small.rv, small.results[0].length) == (Ckr.BUFFER_TOO_SMALL, size)
    whole = program.ok("C_Digest", session=session, data=TEXT, digest=OutputBuffer(size)).value
    program.ok("C_DigestInit", **begin)
    for place in range(0, len(TEXT), 7):
        program.ok("C_DigestUpdate", session=session, part=TEXT[place : place + 7])
    assert (
        program.rv("C_DigestFinal", session=session, digest=OutputBuffer(3)) == Ckr.BUFFER_TOO_SMALL
    )
    parts = program.ok("C_DigestFinal", session=session, digest=OutputBuffer(99)).value
    assert whole == parts == digest(name)
    assert program.rv("C_DigestFinal", session=session, digest=OutputBuffer(99)) == (
        Ckr.OPERATION_NOT_INITIALIZED
    )


def test_a_digest_in_parts_is_not_ended_by_the_whole_one(program: Any) -> None:
    session = program.open()
    program.ok("C_DigestInit", session=session, mechanism=Mechanism(int(Ckm.SHA256)))
    program.ok("C_DigestUpdate", session=session, part=b"x")
    assert program.rv("C_Digest", session=session, data=b"x", digest=OutputBuffer(64)) == (
        Ckr.OPERATION_ACTIVE
    )


def test_digests_take_no_parameter_and_no_key_of_the_card(program: Any) -> None:
    session = program.logged_in()
    spoiled = Mechanism(int(Ckm.SHA256), UnreadParameter(1))
    assert program.rv("C_DigestInit", session=session, mechanism=spoiled) == (
        Ckr.MECHANISM_PARAM_INVALID
    )
    program.ok("C_DigestInit", session=session, mechanism=Mechanism(int(Ckm.SHA256)))
    key = program.key(session, AUT)
    assert program.rv("C_DigestKey", session=session, key=key) == Ckr.KEY_INDIGESTIBLE


# Signatures


@faces
@pytest.mark.parametrize("name", ["sha1", "sha256"])
@pytest.mark.parametrize("label", [AUT, SIG])
def test_hash_and_sign_whole_and_in_parts(
    at: Any, content: PersonalisationData, label: str, name: str
) -> None:
    program = at.program()
    session = program.logged_in()
    key = program.key(session, label)
    mechanism = SHA1_RSA if name == "sha1" else SHA256_RSA
    made = program.sign(session, key, mechanism, TEXT).results[0].value
    public = (content.sign_key if label == SIG else content.auth_key).public_key()
    public.verify(made, TEXT, padding.PKCS1v15(), HASHES[name])
    program.ok("C_SignInit", session=session, mechanism=mechanism, key=key)
    for place in range(0, len(TEXT), 9):
        program.ok("C_SignUpdate", session=session, part=TEXT[place : place + 9])
    assert program.ok("C_SignFinal", session=session, signature=OutputBuffer(None)).length == 256
    assert program.ok("C_SignFinal", session=session, signature=OutputBuffer(256)).value == made
    assert verify(program, session, label, mechanism, TEXT, made) is Ckr.OK
    assert verify(program, session, label, mechanism, TEXT[1:], made) is Ckr.SIGNATURE_INVALID


@faces
@pytest.mark.parametrize("name", ["sha1", "sha224", "sha256", "sha384", "sha512"])
def test_the_authentication_key_signs_any_digest_info(
    at: Any, content: PersonalisationData, name: str
) -> None:
    program = at.program()
    session = program.logged_in()
    info = digest_info(digest(name), name)
    made = program.sign(session, program.key(session, AUT), RSA, info).results[0].value
    content.auth_key.public_key().verify(made, TEXT, padding.PKCS1v15(), HASHES[name])
    assert verify(program, session, AUT, RSA, info, made) is Ckr.OK


@faces
@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_the_signature_key_takes_a_digest_or_its_digest_info(
    at: Any, content: PersonalisationData, name: str
) -> None:
    program = at.program()
    session = program.logged_in()
    key, bare = program.key(session, SIG), digest(name)
    info = digest_info(bare, name)
    made = {program.sign(session, key, RSA, item).results[0].value for item in (bare, info)}
    (signature,) = made
    content.sign_key.public_key().verify(signature, TEXT, padding.PKCS1v15(), HASHES[name])
    for data in (bare, info):
        assert verify(program, session, SIG, RSA, data, signature) is Ckr.OK


def test_the_limits_of_a_block_are_the_card_s(place: Any, cps4_place: Any) -> None:
    for at, limit in ((place, 102), (cps4_place, 245)):
        program = at.program()
        session = program.logged_in()
        key = program.key(session, AUT)
        assert program.sign(session, key, RSA, b"x" * limit).rv == Ckr.OK
        assert program.sign(session, key, RSA, b"x" * (limit + 1)).rv == Ckr.DATA_LEN_RANGE


@pytest.mark.parametrize("label", [AUT, SIG])
@pytest.mark.parametrize("name", list(HASHES))
def test_pss_with_the_digest_as_browsers_give_it(
    cps4_place: Any, content: PersonalisationData, label: str, name: str
) -> None:
    program = cps4_place.program()
    session = program.logged_in()
    mechanism, bare = pss(Ckm.RSA_PKCS_PSS, name), digest(name)
    reply = program.sign(session, program.key(session, label), mechanism, bare)
    if label == SIG and name not in ("sha1", "sha256"):
        assert reply.rv == Ckr.MECHANISM_PARAM_INVALID
        return
    public = (content.sign_key if label == SIG else content.auth_key).public_key()
    way = padding.PSS(padding.MGF1(HASHES[name]), padding.PSS.DIGEST_LENGTH)
    made = reply.results[0].value
    public.verify(made, bare, way, utils.Prehashed(HASHES[name]))
    assert verify(program, session, label, mechanism, bare, made) is Ckr.OK
    assert verify(program, session, label, mechanism, digest(name, b"x"), made) is (
        Ckr.SIGNATURE_INVALID
    )
    assert verify(program, session, label, mechanism, b"x", made) is Ckr.DATA_LEN_RANGE


@pytest.mark.parametrize(
    ("number", "name"), [(Ckm.SHA1_RSA_PKCS_PSS, "sha1"), (Ckm.SHA256_RSA_PKCS_PSS, "sha256")]
)
def test_pss_that_hashes(
    cps4_place: Any, content: PersonalisationData, number: Ckm, name: str
) -> None:
    program = cps4_place.program()
    session = program.logged_in()
    mechanism = pss(number, name)
    made = program.sign(session, program.key(session, AUT), mechanism, TEXT).results[0].value
    way = padding.PSS(padding.MGF1(HASHES[name]), padding.PSS.DIGEST_LENGTH)
    content.auth_key.public_key().verify(made, TEXT, way, HASHES[name])
    assert verify(program, session, AUT, mechanism, TEXT, made) is Ckr.OK


@pytest.mark.parametrize(
    "parameter",
    [
        None,
        PssParameters(int(Ckm.SHA256), int(Ckg.MGF1_SHA1), 32),
        PssParameters(int(Ckm.SHA_1), int(Ckg.MGF1_SHA1), 20),
        PssParameters(int(Ckm.MD5), int(Ckg.MGF1_SHA1), 20),
        PssParameters(int(Ckm.SHA256), 99, 32),
        PssParameters(int(Ckm.SHA256), int(Ckg.MGF1_SHA256), 1 << 40),
    ],
)
def test_parameters_of_pss_that_the_card_cannot_follow(cps4_place: Any, parameter: Any) -> None:
    program = cps4_place.program()
    session = program.logged_in()
    mechanism = Mechanism(int(Ckm.SHA256_RSA_PKCS_PSS), parameter)
    for name, key in (
        ("C_SignInit", program.key(session, AUT)),
        ("C_VerifyInit", program.find_one(session, LABEL=PUBLIC[AUT])),
    ):
        found = program.rv(name, session=session, mechanism=mechanism, key=key)
        assert found == Ckr.MECHANISM_PARAM_INVALID


def test_keys_do_only_what_they_are_for(program: Any) -> None:
    session = program.logged_in()
    public = program.find_one(session, LABEL=PUBLIC[SIG])
    certificate = program.find(session, CLASS=int(Cko.CERTIFICATE))[0]
    private = program.key(session, SIG)
    expected = {
        ("C_SignInit", public): Ckr.KEY_FUNCTION_NOT_PERMITTED,
        ("C_SignInit", certificate): Ckr.KEY_HANDLE_INVALID,
        ("C_VerifyInit", private): Ckr.KEY_FUNCTION_NOT_PERMITTED,
        ("C_VerifyInit", certificate): Ckr.KEY_HANDLE_INVALID,
        ("C_DecryptInit", private): Ckr.KEY_FUNCTION_NOT_PERMITTED,
        ("C_EncryptInit", public): Ckr.KEY_FUNCTION_NOT_PERMITTED,
    }
    for (name, key), rv in expected.items():
        found = Ckr(program.rv(name, session=session, mechanism=RSA, key=key))
        assert found is rv, name


def test_an_operation_ends_with_every_error_and_goes_on_after_a_question(program: Any) -> None:
    session = program.logged_in()
    key = program.key(session, AUT)
    program.ok("C_SignInit", session=session, mechanism=RSA, key=key)
    assert (
        program.ok("C_Sign", session=session, data=b"x", signature=OutputBuffer(None)).length == 256
    )
    assert program.rv("C_Sign", session=session, data=bytes(300), signature=OutputBuffer(256)) == (
        Ckr.DATA_LEN_RANGE
    )
    assert program.rv("C_Sign", session=session, data=b"x", signature=OutputBuffer(256)) == (
        Ckr.OPERATION_NOT_INITIALIZED
    )
    program.ok("C_SignInit", session=session, mechanism=RSA, key=key)
    program.ok("C_SignUpdate", session=session, part=b"x")
    assert program.rv("C_Sign", session=session, data=b"x", signature=OutputBuffer(256)) == (
        Ckr.OPERATION_ACTIVE
    )


def test_a_logout_ends_what_the_keys_were_used_for(program: Any) -> None:
    session = program.logged_in()
    program.ok("C_SignInit", session=session, mechanism=RSA, key=program.key(session, AUT))
    program.ok("C_DigestInit", session=session, mechanism=Mechanism(int(Ckm.SHA256)))
    program.ok("C_FindObjectsInit", session=session, template=())
    program.ok("C_Logout", session=session)
    assert program.rv("C_Sign", session=session, data=b"x", signature=OutputBuffer(256)) == (
        Ckr.OPERATION_NOT_INITIALIZED
    )
    program.ok("C_Digest", session=session, data=b"x", digest=OutputBuffer(32))
    assert program.ok("C_FindObjects", session=session, objects=OutputBuffer(99)).count == 9


def test_verification_in_parts(program: Any) -> None:
    session = program.logged_in()
    made = program.sign(session, program.key(session, SIG), SHA256_RSA, TEXT).results[0].value
    key = program.find_one(session, LABEL=PUBLIC[SIG])
    for spoiled, expected in ((b"", Ckr.OK), (b"x", Ckr.SIGNATURE_INVALID)):
        program.ok("C_VerifyInit", session=session, mechanism=SHA256_RSA, key=key)
        program.ok("C_VerifyUpdate", session=session, part=TEXT[:50])
        program.ok("C_VerifyUpdate", session=session, part=TEXT[50:] + spoiled)
        assert program.rv("C_VerifyFinal", session=session, signature=made) == expected
    program.ok("C_VerifyInit", session=session, mechanism=SHA256_RSA, key=key)
    assert program.rv("C_VerifyFinal", session=session, signature=b"") == Ckr.SIGNATURE_LEN_RANGE


def test_a_key_of_the_session_verifies(program: Any, content: PersonalisationData) -> None:
    session = program.open()
    made = content.auth_key.sign(TEXT, padding.PKCS1v15(), hashes.SHA256())
    numbers = content.auth_key.public_key().public_numbers()
    template = program.template(
        CLASS=2, KEY_TYPE=0, MODULUS=numbers.n.to_bytes(256), PUBLIC_EXPONENT=b"\1\0\1"
    )
    key = program.ok("C_CreateObject", session=session, template=template)
    program.ok("C_VerifyInit", session=session, mechanism=SHA256_RSA, key=key)
    program.ok("C_Verify", session=session, data=TEXT, signature=made)


def test_a_key_of_the_session_allows_what_it_says(
    program: Any, content: PersonalisationData
) -> None:
    session = program.open()
    numbers = content.auth_key.public_key().public_numbers()
    template = program.template(
        CLASS=2,
        KEY_TYPE=0,
        MODULUS=numbers.n.to_bytes(256),
        PUBLIC_EXPONENT=b"\1\0\1",
        ALLOWED_MECHANISMS=(int(Ckm.SHA256_RSA_PKCS),),
    )
    key = program.ok("C_CreateObject", session=session, template=template)
    for name in ("C_VerifyInit", "C_EncryptInit"):
        refused = program.rv(name, session=session, mechanism=RSA, key=key)
        assert refused == Ckr.MECHANISM_INVALID
    program.ok("C_VerifyInit", session=session, mechanism=SHA256_RSA, key=key)
    odd = (*template[:-1], Attribute(int(Cka.ALLOWED_MECHANISMS), b"123"))
    assert program.rv("C_CreateObject", session=session, template=odd) == (
        Ckr.ATTRIBUTE_VALUE_INVALID
    )


# Encryption and decryption


@faces
def test_data_in_parts_and_data_in_one_call_do_not_mix_in_a_cipher(at: Any) -> None:
    program = at.program()
    session = program.logged_in()
    public, private = program.find_one(session, LABEL=PUBLIC[AUT]), program.key(session, AUT)
    into = OutputBuffer(256)
    program.ok("C_EncryptInit", session=session, mechanism=RSA, key=public)
    program.ok("C_EncryptUpdate", session=session, part=b"x", ciphertext=into)
    mixed = program.rv("C_Encrypt", session=session, data=b"y", ciphertext=into)
    assert mixed == Ckr.OPERATION_ACTIVE
    program.ok("C_DecryptInit", session=session, mechanism=RSA, key=private)
    program.ok("C_DecryptUpdate", session=session, ciphertext=b"x", part=into)
    mixed = program.rv("C_Decrypt", session=session, ciphertext=bytes(256), data=into)
    assert mixed == Ckr.OPERATION_ACTIVE


@faces
def test_what_is_encrypted_here_is_deciphered_by_the_card(at: Any) -> None:
    program = at.program()
    session = program.logged_in()
    public, private = program.find_one(session, LABEL=PUBLIC[AUT]), program.key(session, AUT)
    begin = {"session": session, "mechanism": RSA}
    program.ok("C_EncryptInit", **begin, key=public)
    assert program.ok(
        "C_Encrypt", session=session, data=TEXT[:9], ciphertext=OutputBuffer(None)
    ).length
    small = program.rv("C_Encrypt", session=session, data=TEXT[:9], ciphertext=OutputBuffer(255))
    assert small == Ckr.BUFFER_TOO_SMALL
    block = program.ok(
        "C_Encrypt", session=session, data=TEXT[:9], ciphertext=OutputBuffer(256)
    ).value

    program.ok("C_DecryptInit", **begin, key=private)
    asked = program.ok("C_Decrypt", session=session, ciphertext=block, data=OutputBuffer(None))
    assert asked.length == 245
    small = program.call("C_Decrypt", session=session, ciphertext=block, data=OutputBuffer(8))
    assert (small.rv, small.results[0].length) == (Ckr.BUFFER_TOO_SMALL, 9)
    found = program.ok("C_Decrypt", session=session, ciphertext=block, data=OutputBuffer(9))
    assert found.value == TEXT[:9]

    program.ok("C_EncryptInit", **begin, key=public)
    for place in range(0, 100, 10):
        part = program.ok(
            "C_EncryptUpdate",
            session=session,
            part=TEXT[place : place + 10],
            ciphertext=OutputBuffer(64),
        )
        assert part.length == 0
    block = program.ok("C_EncryptFinal", session=session, ciphertext=OutputBuffer(256)).value
    program.ok("C_DecryptInit", **begin, key=private)
    for half in (block[:100], block[100:]):
        program.ok("C_DecryptUpdate", session=session, ciphertext=half, part=OutputBuffer(64))
    assert program.ok("C_DecryptFinal", session=session, part=OutputBuffer(256)).value == TEXT[:100]


@faces
def test_blocks_that_are_none(at: Any) -> None:
    program = at.program()
    session = program.logged_in()
    public, private = program.find_one(session, LABEL=PUBLIC[AUT]), program.key(session, AUT)
    program.ok("C_EncryptInit", session=session, mechanism=RSA, key=public)
    assert program.rv(
        "C_Encrypt", session=session, data=bytes(246), ciphertext=OutputBuffer(256)
    ) == (Ckr.DATA_LEN_RANGE)
    for block, expected in (
        (bytes(255), Ckr.ENCRYPTED_DATA_LEN_RANGE),
        (bytes(257), Ckr.ENCRYPTED_DATA_LEN_RANGE),
        (b"\1" * 256, Ckr.ENCRYPTED_DATA_INVALID),
    ):
        program.ok("C_DecryptInit", session=session, mechanism=RSA, key=private)
        found = program.rv("C_Decrypt", session=session, ciphertext=block, data=OutputBuffer(256))
        assert Ckr(found) is expected
        again = program.rv("C_Decrypt", session=session, ciphertext=block, data=OutputBuffer(256))
        assert again == Ckr.OPERATION_NOT_INITIALIZED


@faces
def test_an_unwrapped_key_is_an_object_of_the_session(
    at: Any, content: PersonalisationData
) -> None:
    program = at.program()
    session = program.logged_in()
    secret = bytes(range(32))
    wrapped = content.auth_key.public_key().encrypt(secret, padding.PKCS1v15())

    def unwrap(key: int, data: bytes = wrapped, **values: Any) -> Any:
        return program.call(
            "C_UnwrapKey",
            session=session,
            mechanism=RSA,
            unwrapping_key=key,
            wrapped=data,
            template=program.template(**values),
        )

    private = program.key(session, AUT)
    key = unwrap(private, CLASS=4, KEY_TYPE=0x1F).results[0]
    assert program.value(session, key, Cka.VALUE) == secret
    program.ok("C_DigestInit", session=session, mechanism=Mechanism(int(Ckm.SHA256)))
    program.ok("C_DigestKey", session=session, key=key)
    found = program.ok("C_DigestFinal", session=session, digest=OutputBuffer(32)).value
    assert found == hashlib.sha256(secret).digest()

    hidden = unwrap(private, CLASS=4, KEY_TYPE=0x1F, SENSITIVE=True).results[0]
    assert program.find(session, CLASS=4) == [key, hidden]
    room = {"session": session, "object": hidden}
    asked = program.rv(
        "C_GetAttributeValue", **room, template=(AttributeBuffer(int(Cka.VALUE), 64),)
    )
    assert asked == Ckr.ATTRIBUTE_SENSITIVE
    assert unwrap(9, CLASS=4, KEY_TYPE=0x1F).rv == Ckr.UNWRAPPING_KEY_HANDLE_INVALID
    assert unwrap(private, CLASS=4).rv == Ckr.TEMPLATE_INCOMPLETE
    assert unwrap(private, CLASS=4, KEY_TYPE=0x1F, VALUE=b"x").rv == Ckr.TEMPLATE_INCONSISTENT
    assert unwrap(private, CLASS=4, KEY_TYPE=0x1F, VALUE_LEN=16).rv == Ckr.TEMPLATE_INCONSISTENT
    assert unwrap(private, CLASS=4, KEY_TYPE=0x13).rv == Ckr.ATTRIBUTE_VALUE_INVALID
    assert unwrap(private, CLASS=3, KEY_TYPE=0).rv == Ckr.TEMPLATE_INCONSISTENT
    assert unwrap(private, CLASS=4, KEY_TYPE=0x1F, TOKEN=True).rv == Ckr.ATTRIBUTE_VALUE_INVALID
    assert unwrap(private, b"x", CLASS=4, KEY_TYPE=0x1F).rv == Ckr.WRAPPED_KEY_LEN_RANGE
    assert unwrap(private, b"\1" * 256, CLASS=4, KEY_TYPE=0x1F).rv == Ckr.WRAPPED_KEY_INVALID
    signs = program.key(session, SIG)
    assert unwrap(signs, CLASS=4, KEY_TYPE=0x1F).rv == Ckr.KEY_FUNCTION_NOT_PERMITTED


# Random bytes


@pytest.mark.parametrize("kind", ["place", "cl_place", "cps4_place"])
def test_the_card_makes_random_bytes(at: Any, kind: str) -> None:
    program = at.program()
    session = program.open(flags=4)
    made = [program.ok("C_GenerateRandom", session=session, random=size) for size in (0, 1, 1100)]
    assert [len(item) for item in made] == [0, 1, 1100] and len(set(made[2])) > 200
    assert program.rv("C_GenerateRandom", session=session, random=1 << 40) == Ckr.ARGUMENTS_BAD
    assert program.rv("C_SeedRandom", session=session, seed=b"x") == (Ckr.RANDOM_SEED_NOT_SUPPORTED)


# Parameters that are not read yet


UNREAD = UnreadParameter(24)
INITS = ("C_SignInit", "C_VerifyInit", "C_EncryptInit", "C_DecryptInit")


@pytest.mark.parametrize("name", INITS)
def test_a_parameter_is_asked_for_only_when_session_state_key_and_mechanism_are_judged(
    cps4_place: Any, name: str
) -> None:
    program = cps4_place.program()
    session = program.logged_in()
    pss, unknown = (Mechanism(int(ckm), UNREAD) for ckm in (Ckm.SHA256_RSA_PKCS_PSS, Ckm.AES_CBC))
    kind = Cko.PUBLIC_KEY if name in ("C_VerifyInit", "C_EncryptInit") else Cko.PRIVATE_KEY
    key = program.key(session, PUBLIC[AUT] if kind is Cko.PUBLIC_KEY else AUT, kind)
    certificate = program.find(session, CLASS=int(Cko.CERTIFICATE))[0]

    def code(**changed: Any) -> int:
        given = {"session": session, "mechanism": pss, "key": key} | changed
        return int(program.rv(name, **given))

    assert code(session=4711) == Ckr.SESSION_HANDLE_INVALID
    if name != "C_EncryptInit":  # which has no mechanism with a parameter
        assert code(key=4711) == code(key=certificate) == Ckr.KEY_HANDLE_INVALID
    assert code(mechanism=unknown) == Ckr.MECHANISM_INVALID
    signs = name in ("C_SignInit", "C_VerifyInit")
    assert code() == (PARAMETER_WANTED if signs else Ckr.MECHANISM_INVALID)
    program.ok(name, session=session, mechanism=RSA, key=key)
    assert code() == Ckr.OPERATION_ACTIVE


def test_a_call_that_asks_for_a_parameter_has_done_nothing(cps4_place: Any) -> None:
    program = cps4_place.program()
    session = program.logged_in()
    unread = Mechanism(int(Ckm.SHA256_RSA_PKCS_PSS), UNREAD)
    key = program.key(session, AUT)
    for _ in range(2):
        found = program.rv("C_SignInit", session=session, mechanism=unread, key=key)
        assert found == PARAMETER_WANTED
    whole = pss(Ckm.SHA256_RSA_PKCS_PSS, "sha256")
    assert program.sign(session, key, whole, TEXT).rv == Ckr.OK


def test_a_mechanism_without_a_parameter_gets_none(program: Any) -> None:
    session = program.logged_in()
    mechanism, key = Mechanism(int(Ckm.RSA_PKCS), UNREAD), program.key(session, AUT)
    for named in ({"session": 4711}, {"key": 4711}, {}):
        given = {"session": session, "mechanism": mechanism, "key": key} | named
        expected = {
            "session": Ckr.SESSION_HANDLE_INVALID,
            "key": Ckr.KEY_HANDLE_INVALID,
        }.get(next(iter(named), ""), Ckr.MECHANISM_PARAM_INVALID)
        assert program.rv("C_SignInit", **given) == expected


# No data at all


@pytest.mark.parametrize("kind", ["place", "cl_place", "cps4_place"])
def test_no_data_are_signed_or_refused_for_their_length(at: Any, kind: str) -> None:
    program = at.program()
    session = program.open()
    program.login(session)
    for key in program.find(session, CLASS=int(Cko.PRIVATE_KEY)):
        signature = program.value(session, key, Cka.LABEL) == SIG.encode()
        expected = Ckr.OK if kind == "cps4_place" and not signature else Ckr.DATA_LEN_RANGE
        for data in (b"", None):
            assert Ckr(program.sign(session, key, RSA, data).rv) is expected


# Wrapping


@faces
def test_the_halves_of_a_key_pair_agree_on_wrapping(at: Any, kind: str) -> None:
    program = at.program()
    session = program.logged_in()
    for label in (AUT, SIG):
        private = program.value(session, program.key(session, label), Cka.UNWRAP)
        public = program.key(session, PUBLIC[label], Cko.PUBLIC_KEY)
        assert program.value(session, public, Cka.WRAP) == private


@faces
def test_a_key_that_was_wrapped_is_unwrapped(at: Any, kind: str) -> None:
    program = at.program()
    session = program.logged_in()
    template = program.template(
        CLASS=int(Cko.SECRET_KEY), KEY_TYPE=0x10, VALUE=b"k" * 24, EXTRACTABLE=True, SENSITIVE=False
    )
    key = program.ok("C_CreateObject", session=session, template=template)
    public = program.key(session, PUBLIC[AUT], Cko.PUBLIC_KEY)
    wrapped = program.ok(
        "C_WrapKey",
        session=session,
        mechanism=RSA,
        wrapping_key=public,
        key=key,
        wrapped=OutputBuffer(256),
    ).value
    again = program.template(
        CLASS=int(Cko.SECRET_KEY), KEY_TYPE=0x10, EXTRACTABLE=True, SENSITIVE=False
    )
    opened = program.ok(
        "C_UnwrapKey",
        session=session,
        mechanism=RSA,
        unwrapping_key=program.key(session, AUT),
        wrapped=wrapped,
        template=again,
    )
    assert program.value(session, opened, Cka.VALUE) == b"k" * 24

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every function of the table in every state: a code of the standard, never a crash."""

from typing import Any

import pytest

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import Attribute, AttributeBuffer, Mechanism, OutputBuffer
from caducee.middleware.pkcs11.compat import NOT_IN_ORIGINAL
from caducee.middleware.pkcs11.registry import HANDLERS
from caducee.spec.pkcs11 import Cka, Ckm, Ckr, Cku
from caducee.spec.pkcs11.functions import FUNCTIONS, Argument, Function, Kind, by_name

CALLED = [item for item in FUNCTIONS if item.local is None and item.name != "C_Finalize"]
WITH_SESSION = [item for item in CALLED if any(a.name == "session" for a in item.ins)]

STATES = ["none", "ro", "rw", "user", "so", "signing", "removed", "closed"]

MESSAGES = {item.name for item in CALLED if "Message" in item.name}


def value_of(argument: Argument, session: int) -> Any:
    """A plausible value for an argument."""
    if argument.name == "session":
        return session
    values: dict[Kind, Any] = {
        Kind.ULONG: 1,
        Kind.FLAG: True,
        Kind.BYTES: b"data",
        Kind.DATA: b"data",
        Kind.OPTIONAL_BYTES: None,
        Kind.PIN: Secret.of("12"),
        Kind.LABEL: b" " * 32,
        Kind.MECHANISM: Mechanism(int(Ckm.RSA_PKCS)),
        Kind.TEMPLATE: (Attribute(int(Cka.LABEL), b"x"),),
        Kind.PARAMETER: None,
        Kind.BYTES_ROOM: OutputBuffer(512),
        Kind.OPTIONAL_BYTES_ROOM: OutputBuffer(512),
        Kind.LIST_ROOM: OutputBuffer(16),
        Kind.FOUND_ROOM: OutputBuffer(16),
        Kind.TEMPLATE_ROOM: (AttributeBuffer(int(Cka.LABEL), 64),),
        Kind.RANDOM: 8,
    }
    return values[argument.kind]


def arguments(function: Function, session: int) -> dict[str, Any]:
    return {item.name: value_of(item, session) for item in function.ins}


def brought_to(state: str, place: Any) -> tuple[Any, int]:
    program = place.program()
    if state == "none":
        return program, 0
    session = program.open(flags=4 if state == "ro" else 6)
    if state in ("user", "signing"):
        assert program.login(session) == Ckr.OK
    if state == "signing":
        key = program.key(session, "CPS_PRIV_AUT")
        rsa = Mechanism(int(Ckm.RSA_PKCS))
        program.ok("C_SignInit", session=session, mechanism=rsa, key=key)
        program.ok("C_FindObjectsInit", session=session, template=())
    if state == "so":
        assert program.login(session, "12345678", Cku.SO) == Ckr.OK
    if state == "removed":
        place.eject()
    if state == "closed":
        program.ok("C_CloseAllSessions", slot=0)
    return program, session


@pytest.mark.parametrize("compat", ["standard", "cps3"])
@pytest.mark.parametrize("state", STATES)
def test_every_function_answers_in_every_state(
    make_place: Any, bench: Any, state: str, compat: str
) -> None:
    for function in CALLED:
        place = make_place(bench, compat=compat)
        if not bench.reader.status().present:
            place.insert(bench.chip)
        program, session = brought_to(state, place)
        reply = program.call(function.name, **arguments(function, session))
        assert reply.rv in set(Ckr), function.name
        assert reply.rv not in (Ckr.GENERAL_ERROR, Ckr.FUNCTION_FAILED), function.name
        place.engine.close()


@pytest.mark.parametrize("state", ["none", "removed", "closed"])
def test_without_a_session_every_function_of_sessions_says_so(
    make_place: Any, bench: Any, state: str
) -> None:
    program, session = brought_to(state, make_place(bench))
    for function in WITH_SESSION:
        expected = Ckr.SESSION_HANDLE_INVALID
        if function.name in MESSAGES:
            expected = Ckr.FUNCTION_NOT_SUPPORTED
        assert Ckr(program.rv(function.name, **arguments(function, session))) is expected, function


def test_what_is_not_supported_is_known() -> None:
    assert {item.name for item in CALLED} - HANDLERS.keys() == MESSAGES


@pytest.mark.parametrize(
    "name",
    [
        "C_GetOperationState",
        "C_SetOperationState",
        "C_SignRecoverInit",
        "C_SignRecover",
        "C_VerifyRecoverInit",
        "C_VerifyRecover",
        "C_DigestEncryptUpdate",
        "C_DecryptDigestUpdate",
        "C_SignEncryptUpdate",
        "C_DecryptVerifyUpdate",
        "C_GenerateKey",
        "C_GenerateKeyPair",
        "C_DeriveKey",
    ],
)
def test_what_no_card_can_do_judges_its_arguments_all_the_same(
    make_place: Any, bench: Any, name: str
) -> None:
    program, original = make_place(bench).program(), make_place(bench, compat="cps3").program()
    good = arguments(by_name(name), program.open())
    assert program.rv(name, **good) == Ckr.FUNCTION_NOT_SUPPORTED
    assert original.rv(name, **(good | {"session": 1})) == Ckr.FUNCTION_NOT_SUPPORTED
    if "mechanism" in good:
        assert program.rv(name, **(good | {"mechanism": None})) == Ckr.ARGUMENTS_BAD


@pytest.mark.parametrize("name", ["C_GetFunctionStatus", "C_CancelFunction"])
def test_functions_of_parallel_sessions_say_that_there_are_none(program: Any, name: str) -> None:
    assert program.rv(name, session=program.open()) == Ckr.FUNCTION_NOT_PARALLEL


@pytest.mark.parametrize("name", sorted(NOT_IN_ORIGINAL))
def test_what_the_original_lacks_is_not_supported_there(
    make_place: Any, bench: Any, name: str
) -> None:
    for compat, expected in (("cps3", True), ("standard", False)):
        program = make_place(bench, compat=compat).program()
        found = program.rv(name, **arguments(by_name(name), program.open()))
        assert (found == Ckr.FUNCTION_NOT_SUPPORTED) is expected


def test_a_token_is_not_initialised_by_programs(program: Any) -> None:
    named = {"pin": Secret.of("12345678"), "label": b" " * 32}
    assert program.rv("C_InitToken", slot=0, **named) == Ckr.FUNCTION_NOT_SUPPORTED
    assert program.rv("C_InitToken", slot=9, **named) == Ckr.SLOT_ID_INVALID


def test_nothing_works_after_finalize(program: Any) -> None:
    session = program.open()
    program.ok("C_Finalize")
    assert program.rv("C_GetSessionInfo", session=session) == Ckr.CRYPTOKI_NOT_INITIALIZED
    assert program.rv("C_GetInfo") == Ckr.CRYPTOKI_NOT_INITIALIZED


@pytest.mark.parametrize("name", ["Sign", "Verify", "Encrypt", "Decrypt", "Digest"])
def test_an_init_without_a_mechanism_ends_the_operation(program: Any, name: str) -> None:
    session = program.logged_in()
    mechanism = Mechanism(int(Ckm.SHA256 if name == "Digest" else Ckm.RSA_PKCS))
    public = name in ("Verify", "Encrypt")
    label = "Cle publique - Certificat d'Authentification CPS" if public else "CPS_PRIV_AUT"
    key = {} if name == "Digest" else {"key": program.find_one(session, LABEL=label)}
    begin = {"session": session, "mechanism": mechanism} | key
    none = begin | {"mechanism": None}
    assert program.rv(f"C_{name}Init", **none) == Ckr.ARGUMENTS_BAD
    program.ok(f"C_{name}Init", **begin)
    assert program.rv(f"C_{name}Init", **begin) == Ckr.OPERATION_ACTIVE
    program.ok(f"C_{name}Init", **none)
    program.ok(f"C_{name}Init", **begin)


def test_session_cancel_ends_what_its_flags_name(program: Any) -> None:
    session = program.open()
    program.ok("C_DigestInit", session=session, mechanism=Mechanism(int(Ckm.SHA256)))
    program.ok("C_FindObjectsInit", session=session, template=())
    program.ok("C_SessionCancel", session=session, flags=1 << 10)
    assert program.rv("C_DigestFinal", session=session, digest=OutputBuffer(64)) == (
        Ckr.OPERATION_NOT_INITIALIZED
    )
    program.ok("C_FindObjects", session=session, objects=OutputBuffer(1))
    program.ok("C_SessionCancel", session=session, flags=1 << 6)
    assert program.rv("C_FindObjectsFinal", session=session) == Ckr.OPERATION_NOT_INITIALIZED

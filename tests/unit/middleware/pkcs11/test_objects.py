# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Objects: which ones there are, what they tell, searching, and objects of sessions."""

import hashlib
from typing import Any

import pytest

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import (
    Attribute,
    AttributeBuffer,
    AttributeOutput,
    Mechanism,
    OutputBuffer,
)
from caducee.cryptolib import open_card
from caducee.spec.pkcs11 import Cka, Ckk, Ckm, Cko, Ckr
from caducee.virtualcard.personalise import PersonalisationData

AID = bytes.fromhex("E828BD080F8025000001FF0010")
CERT_AUT, CERT_SIG = "Certificat d'Authentification CPS", "Certificat de Signature CPS"
PREFIX = "Cle publique - "
PUBLIC_DATA = ["CPS_DATA", "CPS_ID_CARD", "CPS_NAME_PS", "CPS_LANG_PS", "CPS_INFO_PS"]
ACTIVITIES = ["CPS_ACTIVITY_01_PS", "CPS_ACTIVITY_03_PS"]
CPS2TER = ["CPS_SIT_FACT", "CPS2TER_ACTIVITY_01_PS", "CPS2TER_ACTIVITY_03_PS"]


def labels(program: Any, session: int, **values: Any) -> list[str]:
    found = program.find(session, **values)
    return [program.value(session, item, Cka.LABEL).decode() for item in found]


def ask(program: Any, session: int, handle: int, *rooms: tuple[int, int | None]) -> Any:
    template = tuple(AttributeBuffer(int(item), size) for item, size in rooms)
    reply = program.call("C_GetAttributeValue", session=session, object=handle, template=template)
    return Ckr(reply.rv), reply.results[0] if reply.results else None


# Which objects there are


def test_before_login_certificates_public_keys_and_public_data_show(program: Any) -> None:
    session = program.open(flags=4)
    assert labels(program, session, CLASS=1) == [CERT_SIG, CERT_AUT]
    assert labels(program, session, CLASS=2) == [PREFIX + CERT_SIG, PREFIX + CERT_AUT]
    assert labels(program, session, CLASS=3) == []
    assert labels(program, session, CLASS=0) == PUBLIC_DATA


def test_after_login_private_keys_and_activities_show(program: Any) -> None:
    session = program.logged_in()
    assert labels(program, session, CLASS=3) == ["CPS_PRIV_AUT", "CPS_PRIV_SIG"]
    assert labels(program, session, CLASS=0) == PUBLIC_DATA + ACTIVITIES + CPS2TER
    assert labels(program, session, CLASS=0, PRIVATE=True) == ACTIVITIES + CPS2TER


def test_the_security_officer_sees_what_is_public(program: Any) -> None:
    session = program.open()
    assert program.login(session, "12345678", 0) == Ckr.OK
    assert labels(program, session, PRIVATE=True) == []


def test_without_contacts_the_technical_key_shows_at_once(cl_place: Any) -> None:
    program = cl_place.program()
    session = program.open()
    expected = ["Certificat Technique CPS", PREFIX + "Certificat Technique CPS"]
    assert labels(program, session) == [*expected, "CPS_PRIV_TECH_AUT", "CPS_DATA"]
    key = program.key(session, "CPS_PRIV_TECH_AUT")
    assert program.value(session, key, Cka.PRIVATE) == b"\0"
    assert program.value(session, key, Cka.ID) == AID + b"\3"


@pytest.mark.parametrize(
    ("kind", "signs", "authenticates"), [("place", b"\1", b"\2"), ("cps4_place", b"\x10", b"\x20")]
)
def test_ids_join_keys_and_certificates(
    request: pytest.FixtureRequest, kind: str, signs: bytes, authenticates: bytes
) -> None:
    program = request.getfixturevalue(kind).program()
    session = program.logged_in()
    for id, key, certificate in (
        (AID + signs, "CPS_PRIV_SIG", CERT_SIG),
        (AID + authenticates, "CPS_PRIV_AUT", CERT_AUT),
    ):
        assert labels(program, session, ID=id) == [certificate, PREFIX + certificate, key]


def test_the_cps2ter_objects_are_read_behind_the_code(
    make_place: Any, make_bench: Any, billed_content: PersonalisationData
) -> None:
    program = make_place(make_bench(billed_content)).program()
    session = program.logged_in()
    for label in CPS2TER:
        assert program.value(session, program.find_one(session, LABEL=label), Cka.VALUE) != b""


def test_a_cps2ter_object_whose_file_is_absent_is_empty(program: Any) -> None:
    session = program.logged_in()
    assert program.value(session, program.find_one(session, LABEL="CPS_SIT_FACT"), Cka.VALUE) == b""


def test_every_unique_id_is_one_and_stays(place: Any) -> None:
    program, other = place.program(), place.program()
    session, theirs = program.logged_in(), other.logged_in()
    ids = [program.value(session, item, Cka.UNIQUE_ID) for item in program.find(session)]
    assert len(set(ids)) == len(ids) == 16
    assert ids == [other.value(theirs, item, Cka.UNIQUE_ID) for item in other.find(theirs)]


# What they tell


def test_a_certificate_says_what_stands_in_it(program: Any, content: PersonalisationData) -> None:
    session = program.open()
    handle = program.find_one(session, CLASS=1, LABEL=CERT_AUT)
    der = content.auth_certificate
    assert program.value(session, handle, Cka.VALUE) == der
    for attribute in (Cka.SUBJECT, Cka.ISSUER, Cka.SERIAL_NUMBER):
        assert program.value(session, handle, attribute) in der
    assert program.value(session, handle, Cka.SERIAL_NUMBER) == b"\x02\x01\x01"
    assert program.value(session, handle, Cka.START_DATE) == b"20260114"
    checked = program.value(session, handle, Cka.CHECK_VALUE)
    assert checked == hashlib.sha1(der, usedforsecurity=False).digest()[:3]


def test_a_private_key_says_its_public_half_and_keeps_the_rest(
    program: Any, content: PersonalisationData
) -> None:
    session = program.logged_in()
    key = program.key(session, "CPS_PRIV_AUT")
    modulus = content.auth_key.public_key().public_numbers().n
    assert program.value(session, key, Cka.MODULUS) == modulus.to_bytes(256)
    assert program.value(session, key, Cka.PUBLIC_EXPONENT) == b"\1\0\1"
    expected = {
        Cka.SENSITIVE: 1,
        Cka.ALWAYS_SENSITIVE: 1,
        Cka.EXTRACTABLE: 0,
        Cka.NEVER_EXTRACTABLE: 1,
        Cka.LOCAL: 1,
        Cka.TOKEN: 1,
        Cka.MODIFIABLE: 0,
        Cka.PRIVATE: 1,
        Cka.SIGN: 1,
        Cka.DECRYPT: 1,
        Cka.UNWRAP: 1,
        Cka.ALWAYS_AUTHENTICATE: 0,
    }
    for attribute, flag in expected.items():
        assert program.value(session, key, attribute) == bytes((flag,)), attribute.name
    for attribute in (Cka.PRIVATE_EXPONENT, Cka.PRIME_1, Cka.COEFFICIENT):
        assert ask(program, session, key, (attribute, 512)) == (
            Ckr.ATTRIBUTE_SENSITIVE,
            (AttributeOutput(None),),
        )
    signs = program.key(session, "CPS_PRIV_SIG")
    assert program.value(session, signs, Cka.DECRYPT) == b"\0"


def test_data_tell_their_application_and_have_no_id(program: Any) -> None:
    session = program.open()
    handle = program.find_one(session, LABEL="CPS_NAME_PS")
    assert program.value(session, handle, Cka.APPLICATION) == b"CPS"
    assert program.value(session, handle, Cka.OBJECT_ID) == b""
    assert ask(program, session, handle, (Cka.ID, 64))[0] is Ckr.ATTRIBUTE_TYPE_INVALID


def test_all_rules_of_sizes_hold_in_one_call(program: Any) -> None:
    session = program.logged_in()
    key = program.key(session, "CPS_PRIV_AUT")
    rooms = (
        (Cka.PRIVATE_EXPONENT, 512),
        (Cka.VALUE, None),
        (Cka.MODULUS, 3),
        (Cka.MODULUS, None),
        (Cka.LABEL, 64),
        (0x80001234, 4),
    )
    rv, filled = ask(program, session, key, *rooms)
    assert rv in (Ckr.ATTRIBUTE_SENSITIVE, Ckr.ATTRIBUTE_TYPE_INVALID, Ckr.BUFFER_TOO_SMALL)
    assert filled == (
        AttributeOutput(None),
        AttributeOutput(None),
        AttributeOutput(None),
        AttributeOutput(256),
        AttributeOutput(12, b"CPS_PRIV_AUT"),
        AttributeOutput(None),
    )
    assert ask(program, session, key, (Cka.MODULUS, 3))[0] is Ckr.BUFFER_TOO_SMALL
    assert ask(program, session, key) == (Ckr.OK, ())


@pytest.mark.parametrize("width", [4, 8])
def test_numbers_have_the_width_of_the_program(place: Any, width: int) -> None:
    program = place.program(ulong_size=width)
    session = program.open()
    handle = program.find_one(session, CLASS=int(Cko.PUBLIC_KEY), LABEL=PREFIX + CERT_AUT)
    assert program.value(session, handle, Cka.CLASS) == (2).to_bytes(width, "little")
    assert program.value(session, handle, Cka.MODULUS_BITS) == (2048).to_bytes(width, "little")
    assert program.value(session, handle, Cka.KEY_GEN_MECHANISM) == b"\xff" * width


# Searching


def test_a_search_finds_by_any_template(program: Any, content: PersonalisationData) -> None:
    session = program.open()
    certificate = program.find_one(session, VALUE=content.auth_certificate)
    assert program.value(session, certificate, Cka.LABEL).decode() == CERT_AUT
    assert labels(program, session, KEY_TYPE=int(Ckk.RSA), VERIFY=True, ENCRYPT=True) == [
        PREFIX + CERT_AUT
    ]
    assert labels(program, session, VALUE=b"hello".ljust(256, b"\0")) == ["CPS_DATA"]
    assert program.find(session, CLASS=int(Cko.HW_FEATURE)) == []
    assert program.find(session, PRIVATE_EXPONENT=b"") == []
    assert program.find(session, LABEL="cps_data") == []


def test_a_search_gives_as_many_as_asked_and_one_search_runs_at_a_time(program: Any) -> None:
    session = program.open()
    program.ok("C_FindObjectsInit", session=session, template=())
    again = program.rv("C_FindObjectsInit", session=session, template=())
    assert again == Ckr.OPERATION_ACTIVE
    counts = [
        program.ok("C_FindObjects", session=session, objects=OutputBuffer(size)).count
        for size in (0, 4, 4, 4)
    ]
    assert counts == [0, 4, 4, 1]
    program.ok("C_FindObjectsFinal", session=session)
    assert program.rv("C_FindObjects", session=session, objects=OutputBuffer(1)) == (
        Ckr.OPERATION_NOT_INITIALIZED
    )


def test_a_template_of_a_million_attributes_is_refused(program: Any) -> None:
    session = program.open()
    huge = (Attribute(int(Cka.LABEL), b"x"),) * 4096
    rooms = (AttributeBuffer(int(Cka.LABEL), 64),) * 4096
    handle = program.find(session)[0]
    for name, named in (
        ("C_FindObjectsInit", {"template": huge}),
        ("C_CreateObject", {"template": huge}),
        ("C_GetAttributeValue", {"object": handle, "template": rooms}),
    ):
        assert program.rv(name, session=session, **named) == Ckr.ARGUMENTS_BAD


# CPS_DATA


def test_cps_data_is_written_and_nothing_else_is(program: Any) -> None:
    session = program.open()
    assert program.login(session) == Ckr.OK
    handle = program.find_one(session, LABEL="CPS_DATA")

    def write(handle: int, **values: Any) -> Ckr:
        return Ckr(
            program.rv(
                "C_SetAttributeValue",
                session=session,
                object=handle,
                template=program.template(**values),
            )
        )

    assert write(handle, VALUE=b"new") is Ckr.OK
    assert program.value(session, handle, Cka.VALUE) == b"new".ljust(256, b"\0")
    assert write(handle, VALUE=bytes(257)) is Ckr.ATTRIBUTE_VALUE_INVALID
    assert write(handle, LABEL="x") is Ckr.ATTRIBUTE_READ_ONLY
    assert (
        write(program.find_one(session, LABEL="CPS_NAME_PS"), VALUE=b"x") is Ckr.ACTION_PROHIBITED
    )
    assert (
        write(program.find_one(session, CLASS=1, LABEL=CERT_AUT), LABEL="x")
        is Ckr.ACTION_PROHIBITED
    )
    assert write(7, VALUE=b"x") is Ckr.OBJECT_HANDLE_INVALID


def test_cps_data_is_not_written_in_a_session_that_only_reads(program: Any) -> None:
    session = program.open(flags=4)
    handle = program.find_one(session, LABEL="CPS_DATA")
    template = program.template(VALUE=b"x")
    found = program.rv("C_SetAttributeValue", session=session, object=handle, template=template)
    assert found == Ckr.SESSION_READ_ONLY


def test_a_card_that_needs_the_code_for_cps_data_gets_it_from_the_login_alone(
    place: Any,
) -> None:
    program, other = place.program(), place.program()
    program.logged_in()
    session = other.open()
    handle = other.find_one(session, LABEL="CPS_DATA")
    template = other.template(VALUE=b"x")
    found = other.rv("C_SetAttributeValue", session=session, object=handle, template=template)
    assert found == Ckr.USER_NOT_LOGGED_IN


def test_cps_data_is_not_written_without_contacts(cl_place: Any) -> None:
    program = cl_place.program()
    session = program.open()
    handle = program.find_one(session, LABEL="CPS_DATA")
    template = program.template(VALUE=b"x")
    found = program.rv("C_SetAttributeValue", session=session, object=handle, template=template)
    assert found == Ckr.ACTION_PROHIBITED
    assert program.value(session, handle, Cka.MODIFIABLE) == b"\0"


def test_what_another_program_wrote_is_read(place: Any, bench: Any) -> None:
    program = place.program()
    session = program.open()
    handle = program.find_one(session, LABEL="CPS_DATA")
    assert program.value(session, handle, Cka.VALUE).startswith(b"hello")
    with open_card(bench.reader) as card:
        card.keep_pin(Secret.of("1234"))
        card.write_data(b"theirs")
    assert program.value(session, handle, Cka.VALUE).startswith(b"theirs")


# Objects of sessions


def test_a_session_holds_data_certificates_and_public_keys(
    program: Any, content: PersonalisationData
) -> None:
    session = program.open(flags=4)
    data = program.template(CLASS=0, LABEL="mine", VALUE=b"content", APPLICATION="me")
    handle = program.ok("C_CreateObject", session=session, template=data)
    assert program.value(session, handle, Cka.VALUE) == b"content"
    assert program.find(session, LABEL="mine") == [handle]
    assert program.value(session, handle, Cka.TOKEN) == b"\0"

    der = content.auth_certificate
    certificate = program.template(
        CLASS=1, CERTIFICATE_TYPE=0, SUBJECT=b"", VALUE=der, LABEL="copy"
    )
    handle = program.ok("C_CreateObject", session=session, template=certificate)
    assert program.value(session, handle, Cka.ISSUER) in der

    numbers = content.auth_key.public_key().public_numbers()
    key = program.template(
        CLASS=2, KEY_TYPE=0, MODULUS=numbers.n.to_bytes(256), PUBLIC_EXPONENT=b"\1\0\1"
    )
    handle = program.ok("C_CreateObject", session=session, template=key)
    assert program.value(session, handle, Cka.MODULUS_BITS)[:2] == (2048).to_bytes(2, "little")
    program.ok("C_DestroyObject", session=session, object=handle)
    assert ask(program, session, handle, (Cka.CLASS, 8))[0] is Ckr.OBJECT_HANDLE_INVALID


BAD: list[tuple[dict[str, Any], Ckr]] = [
    ({}, Ckr.TEMPLATE_INCOMPLETE),
    ({"CLASS": 3, "KEY_TYPE": 0}, Ckr.TEMPLATE_INCONSISTENT),
    ({"CLASS": 77}, Ckr.TEMPLATE_INCONSISTENT),
    ({"CLASS": 0, "TOKEN": True}, Ckr.ATTRIBUTE_VALUE_INVALID),
    ({"CLASS": 0, "PRIVATE": True}, Ckr.USER_NOT_LOGGED_IN),
    ({"CLASS": 0, "MODULUS": b"1"}, Ckr.ATTRIBUTE_TYPE_INVALID),
    ({"CLASS": 0, "UNIQUE_ID": "1"}, Ckr.ATTRIBUTE_READ_ONLY),
    ({"CLASS": 0, "TOKEN": b"12"}, Ckr.ATTRIBUTE_VALUE_INVALID),
    ({"CLASS": b"123"}, Ckr.ATTRIBUTE_VALUE_INVALID),
    ({"CLASS": 1, "CERTIFICATE_TYPE": 0, "SUBJECT": b""}, Ckr.TEMPLATE_INCOMPLETE),
    (
        {"CLASS": 1, "CERTIFICATE_TYPE": 0, "SUBJECT": b"", "VALUE": b"no"},
        Ckr.ATTRIBUTE_VALUE_INVALID,
    ),
    (
        {"CLASS": 1, "CERTIFICATE_TYPE": 2, "SUBJECT": b"", "VALUE": b"no"},
        Ckr.ATTRIBUTE_VALUE_INVALID,
    ),
    ({"CLASS": 2, "KEY_TYPE": 0, "MODULUS": b"\x9f" * 256}, Ckr.TEMPLATE_INCOMPLETE),
    (
        {"CLASS": 2, "KEY_TYPE": 0, "MODULUS": b"\x9f", "PUBLIC_EXPONENT": b"\3"},
        Ckr.ATTRIBUTE_VALUE_INVALID,
    ),
    (
        {"CLASS": 2, "KEY_TYPE": 0, "MODULUS": b"\x9f" * 256, "PUBLIC_EXPONENT": b"\2"},
        Ckr.ATTRIBUTE_VALUE_INVALID,
    ),
    (
        {"CLASS": 2, "KEY_TYPE": 3, "MODULUS": b"\x9f" * 256, "PUBLIC_EXPONENT": b"\3"},
        Ckr.ATTRIBUTE_VALUE_INVALID,
    ),
    ({"CLASS": 4, "KEY_TYPE": 0x1F}, Ckr.TEMPLATE_INCOMPLETE),
    ({"CLASS": 2, "KEY_TYPE": 3, "EC_POINT": b"1"}, Ckr.ATTRIBUTE_VALUE_INVALID),
    ({"CLASS": 4, "KEY_TYPE": 0x1F, "VALUE": bytes(15)}, Ckr.ATTRIBUTE_VALUE_INVALID),
    ({"CLASS": 4, "KEY_TYPE": 0x13, "VALUE": bytes(8)}, Ckr.ATTRIBUTE_VALUE_INVALID),
    (
        {"CLASS": 4, "KEY_TYPE": 0x1F, "VALUE": bytes(16), "VALUE_LEN": 8},
        Ckr.TEMPLATE_INCONSISTENT,
    ),
]


@pytest.mark.parametrize(("values", "expected"), BAD)
def test_a_template_that_makes_no_sense_is_refused(
    program: Any, values: dict[str, Any], expected: Ckr
) -> None:
    session = program.open()
    template = program.template(**values)
    assert Ckr(program.rv("C_CreateObject", session=session, template=template)) is expected


def test_templates_know_their_attributes_once_and_by_name(program: Any) -> None:
    session = program.open()
    data = program.template(CLASS=0)
    twice = (*data, *data)
    assert program.rv("C_CreateObject", session=session, template=twice) == (
        Ckr.TEMPLATE_INCONSISTENT
    )
    unknown = (*data, Attribute(0x80005555, b""))
    assert program.rv("C_CreateObject", session=session, template=unknown) == (
        Ckr.ATTRIBUTE_TYPE_INVALID
    )
    trusted = (*program.template(CLASS=1, TRUSTED=True),)
    assert program.rv("C_CreateObject", session=session, template=trusted) == (
        Ckr.ATTRIBUTE_READ_ONLY
    )


def test_objects_end_with_their_session_and_private_ones_with_the_login(program: Any) -> None:
    first, second = program.logged_in(), program.open()
    own = program.ok("C_CreateObject", session=first, template=program.template(CLASS=0, LABEL="a"))
    private = program.template(CLASS=0, LABEL="b", PRIVATE=True)
    program.ok("C_CreateObject", session=second, template=private)
    assert len(program.find(second, LABEL="a") + program.find(first, LABEL="b")) == 2
    program.ok("C_Logout", session=first)
    assert program.login(first) == Ckr.OK
    assert program.find(first, LABEL="b") == []
    program.ok("C_CloseSession", session=first)
    assert program.find(second, LABEL="a") == []
    assert ask(program, second, own, (Cka.CLASS, 8))[0] is Ckr.OBJECT_HANDLE_INVALID


def test_objects_are_changed_and_copied_as_their_attributes_allow(program: Any) -> None:
    session = program.open()
    fixed = program.template(CLASS=0, LABEL="a", VALUE=b"1", MODIFIABLE=False, DESTROYABLE=False)
    handle = program.ok("C_CreateObject", session=session, template=fixed)
    change = {"session": session, "object": handle, "template": program.template(VALUE=b"2")}
    assert program.rv("C_SetAttributeValue", **change) == Ckr.ACTION_PROHIBITED
    assert program.rv("C_DestroyObject", session=session, object=handle) == Ckr.ACTION_PROHIBITED
    copy = program.ok(
        "C_CopyObject", session=session, object=handle, template=program.template(LABEL="b")
    )
    program.ok("C_SetAttributeValue", **(change | {"object": copy}))
    assert program.value(session, copy, Cka.VALUE) == b"2"
    assert program.value(session, copy, Cka.LABEL) == b"b"
    assert program.value(session, handle, Cka.VALUE) == b"1"
    moved = change | {"object": copy, "template": program.template(TOKEN=True)}
    assert program.rv("C_SetAttributeValue", **moved) == Ckr.ATTRIBUTE_READ_ONLY


def test_objects_of_the_card_are_copied_into_the_session_alone(program: Any) -> None:
    session = program.logged_in()
    data = program.find_one(session, LABEL="CPS_ACTIVITY_01_PS")
    here = program.template(TOKEN=False)
    copied = {"session": session, "object": data}
    assert program.rv("C_CopyObject", **copied, template=()) == Ckr.ATTRIBUTE_VALUE_INVALID
    copy = program.ok("C_CopyObject", **copied, template=here)
    assert program.value(session, copy, Cka.VALUE) == program.value(session, data, Cka.VALUE)
    key = program.key(session, "CPS_PRIV_AUT")
    assert program.rv("C_CopyObject", session=session, object=key, template=here) == (
        Ckr.ACTION_PROHIBITED
    )
    assert program.rv("C_DestroyObject", session=session, object=data) == Ckr.ACTION_PROHIBITED


def test_a_program_makes_so_many_objects_and_no_more(make_place: Any, bench: Any) -> None:
    program = make_place(bench, session_objects=3).program()
    session = program.open()
    made = [
        program.rv("C_CreateObject", session=session, template=program.template(CLASS=0))
        for _ in range(4)
    ]
    assert made == [Ckr.OK] * 3 + [Ckr.DEVICE_MEMORY]


def test_the_objects_of_a_program_have_so_many_bytes_and_no_more(
    make_place: Any, bench: Any
) -> None:
    program = make_place(bench, object_bytes=2000).program()
    session = program.open()
    data = program.template(CLASS=0, VALUE=bytes(900))
    made = [program.call("C_CreateObject", session=session, template=data) for _ in range(3)]
    assert [item.rv for item in made] == [Ckr.OK, Ckr.OK, Ckr.DEVICE_MEMORY]
    longer = {"object": made[0].results[0], "template": program.template(VALUE=bytes(3000))}
    assert program.rv("C_SetAttributeValue", session=session, **longer) == Ckr.DEVICE_MEMORY
    program.ok("C_DestroyObject", session=session, object=made[0].results[0])
    program.ok("C_CreateObject", session=session, template=data)


def test_the_objects_of_all_programs_have_so_many_bytes_and_no_more(
    make_place: Any, bench: Any
) -> None:
    place = make_place(bench, object_bytes=4000, object_bytes_all=5000)
    programs = [place.program() for _ in range(3)]
    sessions = [program.open() for program in programs]
    made = [
        item.call(
            "C_CreateObject", session=session, template=item.template(CLASS=0, VALUE=bytes(2000))
        )
        for item, session in zip(programs, sessions, strict=True)
    ]
    assert [item.rv for item in made] == [Ckr.OK, Ckr.OK, Ckr.DEVICE_MEMORY]
    same = {"object": made[0].results[0], "template": programs[0].template(VALUE=bytes(2001))}
    programs[0].ok("C_SetAttributeValue", session=sessions[0], **same)
    programs[1].ok("C_Finalize")
    data = programs[2].template(CLASS=0, VALUE=bytes(2000))
    programs[2].ok("C_CreateObject", session=sessions[2], template=data)


def test_one_value_asked_for_many_times_makes_no_answer_that_is_too_long(program: Any) -> None:
    session = program.open()
    data = program.template(CLASS=0, VALUE=bytes(1 << 20))
    made = program.ok("C_CreateObject", session=session, template=data)
    room = AttributeBuffer(int(Cka.VALUE), 1 << 20)
    asked = {"session": session, "object": made}
    assert program.rv("C_GetAttributeValue", **asked, template=(room,) * 15) == Ckr.OK
    assert program.rv("C_GetAttributeValue", **asked, template=(room,) * 16) == Ckr.HOST_MEMORY


def test_the_size_of_an_object_is_that_of_its_attributes(program: Any) -> None:
    session = program.open()
    small = program.ok("C_CreateObject", session=session, template=program.template(CLASS=0))
    large = program.ok(
        "C_CreateObject", session=session, template=program.template(CLASS=0, VALUE=bytes(100))
    )
    sizes = [program.ok("C_GetObjectSize", session=session, object=item) for item in (small, large)]
    assert sizes[1] == sizes[0] + 100
    data = program.find_one(session, LABEL="CPS_DATA")
    assert program.ok("C_GetObjectSize", session=session, object=data) > 256


# Other programs


def test_handles_of_another_program_mean_nothing(place: Any) -> None:
    program, other = place.program(), place.program()
    session, theirs = program.logged_in(), other.logged_in()
    foreign = other.find(theirs)
    program.find(session)
    for name in ("C_GetSessionInfo", "C_Logout", "C_CloseSession"):
        assert program.rv(name, session=theirs) == Ckr.SESSION_HANDLE_INVALID
    for handle in foreign:
        assert ask(program, session, handle, (Cka.CLASS, 8))[0] is Ckr.OBJECT_HANDLE_INVALID
    assert other.ok("C_GetSessionInfo", session=theirs).state == 3


def test_handles_of_another_token_mean_nothing(
    make_place: Any, bench: Any, cps4_bench: Any
) -> None:
    program = make_place(bench, cps4_bench).program()
    first, second = program.open(0), program.open(1)
    for handle in program.find(first):
        assert ask(program, second, handle, (Cka.CLASS, 8))[0] is Ckr.OBJECT_HANDLE_INVALID


def test_a_login_is_the_program_s_own(place: Any) -> None:
    program, other = place.program(), place.program()
    session, theirs = program.logged_in(), other.open()
    assert other.ok("C_GetSessionInfo", session=theirs).state == 2
    assert other.find(theirs, CLASS=3) == []
    assert other.rv("C_Logout", session=theirs) == Ckr.USER_NOT_LOGGED_IN
    codes = {"old_pin": Secret.of("1234"), "new_pin": Secret.of("4321")}
    other.ok("C_SetPIN", session=theirs, **codes)
    assert program.ok("C_GetSessionInfo", session=session).state == 2  # the code is not theirs
    assert program.login(session, "4321") == Ckr.OK


def test_a_certificate_that_makes_no_sense_is_listed_and_has_no_public_key(
    make_place: Any, make_bench: Any, content: PersonalisationData
) -> None:
    bench = make_bench(content)
    first = content.sign_certificate[:60]
    seen: list[bytes] = []

    def spoil(command: bytes, answer: bytes) -> bytes:
        if answer[:60] != first:
            return answer
        seen.append(command)
        return answer[:4] + bytes(56) + answer[60:] if len(seen) == 1 else answer

    bench.chip.change = spoil
    program = make_place(bench).program()
    session = program.logged_in()
    assert labels(program, session, CLASS=1) == [CERT_SIG, CERT_AUT]
    assert labels(program, session, CLASS=2) == [PREFIX + CERT_AUT]
    certificate = program.find_one(session, CLASS=1, LABEL=CERT_SIG)
    assert program.value(session, certificate, Cka.SUBJECT) == b""
    key = program.key(session, "CPS_PRIV_SIG")
    assert ask(program, session, key, (Cka.MODULUS, 512))[0] is Ckr.ATTRIBUTE_TYPE_INVALID
    signed = program.sign(session, key, Mechanism(int(Ckm.RSA_PKCS)), bytes(32))
    assert signed.rv == Ckr.DEVICE_ERROR  # nothing can check the signature

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import doctest
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.codec import pkcs15
from caducee.codec.pkcs15 import (
    AlgorithmInfo,
    CertificateEntry,
    DataEntry,
    DirectoryKind,
    DirRecord,
    KeyAccess,
    KeyUsage,
    ObjectFlags,
    OdfEntry,
    Operations,
    PinEntry,
    PinFlags,
    PinType,
    PrivateKeyEntry,
    PublicKeyEntry,
    TokenFlags,
    TokenInfo,
    UnknownEntry,
    directory_path,
    read_entries,
    read_entries_padded,
    write_entries,
)
from caducee.codec.tlv import Tlv
from caducee.spec.aids import CPS3_CONTACT, CPS3_CONTACTLESS
from caducee.spec.algorithms import Cps3Algorithm, Mechanism
from caducee.spec.files import FileId, path
from caducee.spec.labels import APPLICATION, CertificateLabel, KeyLabel
from caducee.testing.strategies import spoiled, tlvs


def text(value: str) -> str:
    return value.encode().hex()


CONTACT = path(FileId.MF, FileId.CONTACT)
SIGNATURE_ID = CPS3_CONTACT + b"\x01"
ID = "E828BD080F8025000001FF0010"

# The bytes that OpenSC and the issuer's module accept, found by trial.
DIR = bytes.fromhex(
    f"611F 4F0D{ID} 5008{text('ASIP CPS')} 51043F000001"
    f"6122 4F0DE828BD080F8025000001FF0020 500B{text('ASIP CPS CL')} 51043F000002"
)
ODF = bytes.fromhex(
    "A80A300804063F0000017001 A00A300804063F0000017002 A10A300804063F0000017004"
    "A40A300804063F0000017005 A70A300804063F0000017006"
)
TOKEN_INFO = bytes.fromhex(
    f"30818F 020100 0C09{text('Fabricant')} 8011{text('CPS3v3-2900995235')} 03020470 A268"
    "3010 020101 02020220 0500 03020102 020110"
    "3010 020102 02020250 0500 03020102 020140"
    "300F 020103 020106 0500 03020640 020112"
    "300F 020104 020140 0500 03020640 020142"
    "300F 020105 020101 0500 03020640 020102"
    "300F 020106 020101 0500 03020204 02011A"
)
PIN = bytes.fromhex(
    f"303C 3015 0C0C{text('Code porteur')} 030206C0 040102 3003 040101"
    "A11E 301C 03020388 0A0101 020104 020104 020104 800101 0401FF 3004 04023F00"
)
PUK = bytes.fromhex(
    f"303E 3017 0C11{text('Code de deblocage')} 030206C0 3003 040102"
    "A11E 301C 0302008B 0A0101 020108 020108 020108 800102 0401FF 3004 04023F00"
)
SIGNATURE_KEY = bytes.fromhex(
    f"3046 3015 0C0C{text('CPS_PRIV_SIG')} 03020780 040101"
    f"301D 040E{ID}01 0303062040 030203B8 02020081"
    "A10E 300C 3006 04043F000001 02020800"
)
PUBLIC_KEY = bytes.fromhex(
    f"305C 302C 0C2A{text('Cle publique - Certificat de Signature CPS')}"
    f"301C 040E{ID}01 03020102 03020308 02020081"
    "A10E 300C 3006 04043F000001 02020800"
)
CERTIFICATE = bytes.fromhex(
    f"303F 301D 0C1B{text('Certificat de Signature CPS')} 3010 040E{ID}01"
    "A10C 300A 3008 04063F000001A001"
)
DATA = bytes.fromhex(
    f"3023 300E 0C08{text('CPS_DATA')} 03020640 3005 0C03{text('CPS')}A10A 3008 04063F000001D107"
)

VECTORS: list[tuple[type[pkcs15.Pkcs15Record], bytes]] = [
    (DirRecord, DIR),
    (OdfEntry, ODF),
    (TokenInfo, TOKEN_INFO),
    (PinEntry, PIN + PUK),
    (PrivateKeyEntry, SIGNATURE_KEY),
    (PublicKeyEntry, PUBLIC_KEY),
    (CertificateEntry, CERTIFICATE),
    (DataEntry, DATA),
]
KINDS = [kind for kind, _ in VECTORS] + [AlgorithmInfo]

REFERENCES = st.integers(0, 0xFF)
BYTES = st.binary(max_size=16)
MAYBE = st.none() | BYTES
LABELS = st.text(st.characters(codec="utf-8"), max_size=20)
OBJECT_FLAGS = st.integers(0, 7).map(ObjectFlags)
ALGORITHMS = st.builds(
    AlgorithmInfo.build,
    st.integers(0, 2**31),
    st.integers(0, 2**31),
    st.integers(0, 2**12).map(Operations),
    REFERENCES,
)
MADE: st.SearchStrategy[pkcs15.Pkcs15Record] = st.one_of(
    st.builds(DirRecord.build, BYTES, st.none() | LABELS, MAYBE),
    st.builds(OdfEntry.build, st.sampled_from(DirectoryKind), BYTES),
    ALGORITHMS,
    st.builds(
        TokenInfo.build,
        LABELS,
        st.integers(0, 255).map(TokenFlags),
        manufacturer=st.none() | LABELS,
        serial=MAYBE,
        algorithms=st.lists(ALGORITHMS, max_size=3),
    ),
    st.builds(
        PinEntry.build,
        LABELS,
        BYTES,
        REFERENCES,
        st.integers(0, 2**14).map(PinFlags),
        st.tuples(*[st.integers(0, 64)] * 3),
        flags=OBJECT_FLAGS,
        auth_id=MAYBE,
        pad=st.none() | REFERENCES,
        path=MAYBE,
    ),
    *(
        st.builds(
            kind.build,
            LABELS,
            BYTES,
            st.integers(0, 2**12).map(KeyUsage),
            REFERENCES,
            BYTES,
            access=st.integers(0, 2**6).map(KeyAccess),
            flags=OBJECT_FLAGS,
            auth_id=MAYBE,
            bits=st.integers(0, 2**16),
        )
        for kind in (PrivateKeyEntry, PublicKeyEntry)
    ),
    st.builds(CertificateEntry.build, LABELS, BYTES, BYTES, flags=OBJECT_FLAGS, auth_id=MAYBE),
    st.builds(
        DataEntry.build, LABELS, BYTES, application=LABELS, flags=OBJECT_FLAGS, auth_id=MAYBE
    ),
)


def private_key(usage: str, reference: str) -> PrivateKeyEntry:
    own = Tlv.build(
        0x30,
        Tlv(0x04, SIGNATURE_ID),
        Tlv(0x03, bytes.fromhex(usage)),
        Tlv(0x02, bytes.fromhex(reference)),
    )
    common, _, attributes = Tlv.from_bytes(SIGNATURE_KEY).children()
    return PrivateKeyEntry(Tlv.build(0x30, common, own, attributes))


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(FormatError) as caught:
        call()
    return caught.value.code


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(pkcs15).failed == 0


@given(MADE)
def test_everything_that_is_made_is_read_again(kept: pkcs15.Pkcs15Record) -> None:
    assert type(kept).from_bytes(kept.to_bytes()) == kept
    assert hash(type(kept).from_bytes(kept.to_bytes())) == hash(kept)


@given(st.sampled_from(VECTORS).flatmap(lambda v: st.tuples(st.just(v[0]), spoiled(st.just(v[1])))))
def test_accepted_directory_files_come_back_byte_for_byte_and_all_else_is_a_format_error(
    pair: tuple[type[pkcs15.Pkcs15Record], bytes],
) -> None:
    kind, data = pair
    try:
        entries = read_entries(kind, data)
    except FormatError as error:
        assert error.code.startswith("codec.")
    else:
        assert write_entries(entries) == data


@given(st.sampled_from(KINDS), tlvs())
def test_any_other_object_is_a_format_error_or_kept(
    kind: type[pkcs15.Pkcs15Record], item: Tlv
) -> None:
    try:
        found = kind(item)
    except FormatError as error:
        assert error.code.startswith("codec.")
    else:
        assert found.to_bytes() == item.to_bytes()


@pytest.mark.parametrize(("kind", "data"), VECTORS, ids=lambda item: getattr(item, "__name__", ""))
def test_the_directory_files_of_the_card_come_back_byte_for_byte(
    kind: type[pkcs15.Pkcs15Record], data: bytes
) -> None:
    entries = read_entries(kind, data)
    assert all(isinstance(entry, kind) for entry in entries)
    assert write_entries(entries) == data


@pytest.mark.parametrize(("kind", "data"), VECTORS, ids=lambda item: getattr(item, "__name__", ""))
def test_a_directory_file_cut_anywhere_is_refused_or_shorter(
    kind: type[pkcs15.Pkcs15Record], data: bytes
) -> None:
    whole = len(read_entries(kind, data))
    for end in range(len(data)):
        try:
            assert len(read_entries(kind, data[:end])) < whole
        except FormatError:
            continue


def test_applications_are_named_by_the_directory() -> None:
    contact, contactless = read_entries(DirRecord, DIR)
    assert contact == DirRecord.build(CPS3_CONTACT, "ASIP CPS", CONTACT)
    assert isinstance(contactless, DirRecord)
    assert (contactless.aid, contactless.label) == (CPS3_CONTACTLESS, "ASIP CPS CL")
    assert contactless.path == path(FileId.MF, FileId.CONTACTLESS)


def test_an_application_needs_no_label_and_no_path() -> None:
    bare = DirRecord.build(CPS3_CONTACT)
    assert (bare.label, bare.path) == (None, None)


def test_the_odf_names_the_directory_files() -> None:
    entries = read_entries(OdfEntry, ODF)
    assert directory_path(entries, DirectoryKind.CERTIFICATES) == path(0x3F00, 1, 0x7005)
    assert directory_path(entries, DirectoryKind.SECRET_KEYS) is None
    assert entries[0] == OdfEntry.build(DirectoryKind.AUTHENTICATION_OBJECTS, CONTACT + b"p\x01")


def test_an_odf_may_hold_objects_directly_and_entries_nobody_knows() -> None:
    entries = read_entries(OdfEntry, bytes.fromhex("A902 0500 A402 A000"))
    assert isinstance(entries[0], UnknownEntry)
    assert directory_path(entries, DirectoryKind.CERTIFICATES) is None
    assert write_entries(entries).hex() == "a9020500a402a000"


def test_token_info_says_label_flags_and_algorithms() -> None:
    info = TokenInfo.from_bytes(TOKEN_INFO)
    assert (info.version, info.serial, info.manufacturer) == (0, None, "Fabricant")
    assert info.label == "CPS3v3-2900995235"
    assert info.flags == (
        TokenFlags.LOGIN_REQUIRED | TokenFlags.PRN_GENERATION | TokenFlags.EID_COMPLIANT
    )
    sign, digest = Operations.COMPUTE_SIGNATURE, Operations.HASH
    assert [
        (a.reference, a.mechanism, a.operations, a.card_reference) for a in info.algorithms
    ] == [
        (1, Mechanism.SHA1, digest, Cps3Algorithm.HASH_SHA1),
        (2, Mechanism.SHA256, digest, Cps3Algorithm.HASH_SHA256),
        (3, Mechanism.SHA1_RSA_PKCS, sign, Cps3Algorithm.SIGN_SHA1),
        (4, Mechanism.SHA256_RSA_PKCS, sign, Cps3Algorithm.SIGN_SHA256),
        (5, Mechanism.RSA_PKCS, sign, Cps3Algorithm.AUTHENTICATE),
        (6, Mechanism.RSA_PKCS, Operations.DECIPHER, Cps3Algorithm.DECIPHER),
    ]


def test_token_info_is_made_as_the_card_has_it() -> None:
    info = TokenInfo.from_bytes(TOKEN_INFO)
    algorithms = tuple(
        AlgorithmInfo.build(a.reference, a.mechanism, a.operations, a.card_reference or 0)
        for a in info.algorithms
    )
    made = TokenInfo.build(
        "CPS3v3-2900995235", info.flags, manufacturer="Fabricant", algorithms=algorithms
    )
    assert made.to_bytes() == TOKEN_INFO


def test_token_info_needs_neither_label_nor_algorithms() -> None:
    info = TokenInfo.from_bytes(bytes.fromhex("3007 020100 03020470"))
    assert (info.label, info.manufacturer, info.serial, info.algorithms) == (None, None, None, ())


def test_the_code_and_its_unblocking_code_are_read() -> None:
    pin, puk = PinEntry.from_bytes(PIN), PinEntry.from_bytes(PUK)
    assert (pin.label, pin.id, pin.auth_id, pin.reference) == ("Code porteur", b"\1", b"\2", 1)
    assert pin.flags == ObjectFlags.PRIVATE | ObjectFlags.MODIFIABLE
    assert pin.pin_flags == PinFlags.CASE_SENSITIVE | PinFlags.INITIALIZED
    assert (pin.type, pin.pad, pin.path) == (PinType.ASCII_NUMERIC, 0xFF, b"\x3f\x00")
    assert (pin.min_length, pin.stored_length, pin.max_length) == (4, 4, 4)
    assert (puk.id, puk.auth_id, puk.reference, puk.min_length) == (b"\2", None, 2, 8)
    assert PinFlags.UNBLOCKING_PIN | PinFlags.SO_PIN in puk.pin_flags


def test_the_codes_are_made_as_the_card_has_them() -> None:
    pin = PinEntry.build(
        "Code porteur",
        b"\x01",
        0x01,
        PinFlags.CASE_SENSITIVE | PinFlags.INITIALIZED,
        (4, 4, 4),
        auth_id=b"\x02",
        path=path(FileId.MF),
    )
    puk = PinEntry.build(
        "Code de deblocage",
        b"\x02",
        0x02,
        PinFlags.CASE_SENSITIVE | PinFlags.INITIALIZED | PinFlags.UNBLOCKING_PIN | PinFlags.SO_PIN,
        (8, 8, 8),
        path=path(FileId.MF),
    )
    assert write_entries((pin, puk)) == PIN + PUK


def test_a_pin_reference_of_81_is_written_and_read_as_one_byte() -> None:
    made = PinEntry.build("", b"\x01", 0x81, PinFlags.LOCAL, (4, 4, 8), pad=None)
    assert b"\x80\x01\x81" in made.to_bytes()
    assert (made.reference, made.pad, made.path) == (0x81, None, None)


def test_a_pin_may_lack_its_greatest_length_and_its_reference() -> None:
    data = bytes.fromhex("3018 3000 3003 040101 A10F 300D 03020388 0A0101 020104 020108")
    found = PinEntry.from_bytes(data)
    assert (found.label, found.max_length, found.reference) == (None, None, 0)
    assert (found.flags, found.min_length, found.stored_length) == (ObjectFlags.NONE, 4, 8)


def test_the_three_lengths_of_a_pin_stand_in_their_order() -> None:
    made = PinEntry.build("", b"\x01", 1, PinFlags.NEEDS_PADDING, (4, 8, 6))
    assert (made.min_length, made.stored_length, made.max_length) == (4, 8, 6)


def test_the_parameters_of_an_algorithm_are_of_any_type_and_no_reference() -> None:
    data = bytes.fromhex("300D 020101 020106 020107 03020640")
    assert AlgorithmInfo.from_bytes(data).card_reference is None
    assert AlgorithmInfo.from_bytes(data).mechanism == Mechanism.SHA1_RSA_PKCS


def test_keys_are_read_and_made_as_the_card_has_them() -> None:
    private = PrivateKeyEntry.build(
        KeyLabel.SIGNATURE,
        SIGNATURE_ID,
        KeyUsage.SIGN | KeyUsage.NON_REPUDIATION,
        0x81,
        CONTACT,
        access=KeyAccess.SENSITIVE
        | KeyAccess.ALWAYS_SENSITIVE
        | KeyAccess.NEVER_EXTRACTABLE
        | KeyAccess.LOCAL,
        flags=ObjectFlags.PRIVATE,
        auth_id=b"\x01",
    )
    public = PublicKeyEntry.build(
        "Cle publique - Certificat de Signature CPS",
        SIGNATURE_ID,
        KeyUsage.VERIFY,
        0x81,
        CONTACT,
        access=KeyAccess.LOCAL,
    )
    assert private.to_bytes() == SIGNATURE_KEY
    assert public.to_bytes() == PUBLIC_KEY
    read = PrivateKeyEntry.from_bytes(SIGNATURE_KEY)
    assert (read.id, read.reference, read.path, read.bits) == (SIGNATURE_ID, 0x81, CONTACT, 2048)
    assert (read.label, read.flags, read.auth_id) == ("CPS_PRIV_SIG", ObjectFlags.PRIVATE, b"\1")
    assert KeyUsage.NON_REPUDIATION in read.usage


@pytest.mark.parametrize(
    ("usage", "meaning"),
    [
        ("062040", KeyUsage.SIGN | KeyUsage.NON_REPUDIATION),
        ("0264", KeyUsage.DECRYPT | KeyUsage.SIGN | KeyUsage.UNWRAP),
        ("0520", KeyUsage.SIGN),
    ],
)
def test_the_usages_of_the_three_keys_are_those_found_by_trial(
    usage: str, meaning: KeyUsage
) -> None:
    found = private_key(usage, "0081")
    assert found.usage == meaning
    assert found.to_bytes().hex().count(usage) == 1


def test_a_key_may_lack_access_flags_and_reference() -> None:
    data = bytes.fromhex("301A 3000 3007 040101 03020520 A10D 300B 3005 0403 3F0001 02020800")
    found = PrivateKeyEntry.from_bytes(data)
    assert (found.usage, found.access, found.reference) == (KeyUsage.SIGN, KeyAccess(0), None)


@pytest.mark.parametrize("reference", ["81", "0081", "000081"])
def test_a_key_reference_of_one_byte_has_no_sign_and_any_length_is_kept(reference: str) -> None:
    found = private_key("0520", reference)
    assert found.reference == 0x81
    assert bytes.fromhex(reference) in found.to_bytes()


def test_certificates_and_data_are_read_and_made_as_the_card_has_them() -> None:
    certificate = CertificateEntry.build(
        CertificateLabel.SIGNATURE, SIGNATURE_ID, path(0x3F00, 1, FileId.SIGNATURE_CERTIFICATE)
    )
    data = DataEntry.build(
        "CPS_DATA",
        path(0x3F00, 1, FileId.CPS_DATA),
        application=APPLICATION,
        flags=ObjectFlags.MODIFIABLE,
    )
    assert certificate.to_bytes() == CERTIFICATE
    assert data.to_bytes() == DATA
    found = CertificateEntry.from_bytes(CERTIFICATE)
    assert (found.id, found.label) == (SIGNATURE_ID, CertificateLabel.SIGNATURE)
    assert found.path == path(0x3F00, 1, 0xA001)
    read = DataEntry.from_bytes(DATA)
    assert (read.label, read.application, read.auth_id) == ("CPS_DATA", "CPS", None)
    assert (read.flags, read.path) == (ObjectFlags.MODIFIABLE, path(0x3F00, 1, 0xD107))


def test_objects_that_stand_in_the_entry_itself_have_no_path() -> None:
    direct = bytes.fromhex("300D 3000 3003 040101 A104 3002 A000")
    assert CertificateEntry.from_bytes(direct).path is None
    assert DataEntry.from_bytes(bytes.fromhex("3008 3000 3000 A102 A000")).path is None


def test_what_is_not_known_is_kept() -> None:
    strange = bytes.fromhex("3013 3002 8700 3005 040101 9900 A104 3002 A000 C600")
    assert CertificateEntry.from_bytes(strange).to_bytes() == strange
    everything = read_entries(UnknownEntry, ODF + strange)
    assert write_entries(everything) == ODF + strange


def test_unusual_ways_of_writing_are_kept() -> None:
    long_lengths = DATA.replace(bytes.fromhex("0C08"), bytes.fromhex("0C8108"))
    long_lengths = bytes((0x30, 0x24, 0x30, 0x0F)) + long_lengths[4:]
    found = DataEntry.from_bytes(long_lengths)
    assert found.label == "CPS_DATA"
    assert found.to_bytes() == long_lengths
    assert found != DataEntry.from_bytes(DATA)
    unused = DATA.replace(bytes.fromhex("03020640"), bytes.fromhex("03020040"))
    assert DataEntry.from_bytes(unused).flags == ObjectFlags.MODIFIABLE
    assert DataEntry.from_bytes(unused).to_bytes() == unused


def test_flags_without_a_name_are_kept() -> None:
    unknown = DATA.replace(bytes.fromhex("03020640"), bytes.fromhex("03020041"))
    assert DataEntry.from_bytes(unknown).flags == ObjectFlags.MODIFIABLE | ObjectFlags(0x80)


@pytest.mark.parametrize("filler", [b"\x00", b"\xff"])
def test_filler_after_the_last_entry_is_tolerated_only_on_request(filler: bytes) -> None:
    data = CERTIFICATE + filler * 50
    assert read_entries_padded(CertificateEntry, data) == (
        CertificateEntry.from_bytes(CERTIFICATE),
    )
    with pytest.raises(FormatError):
        read_entries(CertificateEntry, data)


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        (CertificateEntry, "3100", "codec.pkcs15_kind"),
        (OdfEntry, "3000", "codec.pkcs15_kind"),
        (DirRecord, "6200", "codec.pkcs15_kind"),
        (DirRecord, "6100", "codec.tlv_missing"),
        (DirRecord, "6105 4F0101 5001", "codec.tlv_truncated"),
        (OdfEntry, "A4023001", "codec.tlv_truncated"),
        (AlgorithmInfo, "3000", "codec.pkcs15_structure"),
        (AlgorithmInfo, "3005 020101 0500", "codec.pkcs15_structure"),
        (AlgorithmInfo, "3008 020101 020101 0500", "codec.tlv_missing"),
        (TokenInfo, "3000", "codec.tlv_missing"),
        (TokenInfo, "3003 020100", "codec.tlv_missing"),
        (TokenInfo, "3006 0200 03020470", "codec.ber_integer"),
        (TokenInfo, "3006 020100 030108", "codec.ber_bits"),
        (CertificateEntry, "3000", "codec.pkcs15_structure"),
        (CertificateEntry, "3004 3000 3000", "codec.pkcs15_structure"),
        (CertificateEntry, "3006 A100 3000 3000", "codec.pkcs15_structure"),
        (CertificateEntry, "3006 3000 3000 A100", "codec.tlv_missing"),
        (PinEntry, "300D 3000 3003 040101 A104 3002 0500", "codec.pkcs15_structure"),
        (PinEntry, "3013 3000 3003 040101 A10A 3008 020104 0201FF 0500", "codec.pkcs15_structure"),
        (
            PinEntry,
            "3016 3000 3003 040101 A10D 300B 020104 020104 0403FFFFFF",
            "codec.pkcs15_structure",
        ),
        (PrivateKeyEntry, "300D 3000 3003 040101 A104 3002 0500", "codec.pkcs15_structure"),
    ],
)
def test_what_lacks_a_part_is_refused_with_its_cause(
    kind: type[pkcs15.Pkcs15Record], data: str, code: str
) -> None:
    assert refused(lambda: kind.from_bytes(bytes.fromhex(data))) == code


def test_a_pin_reference_is_one_byte() -> None:
    assert (
        refused(lambda: PinEntry.build("", b"", 256, PinFlags.LOCAL, (4, 4, 4)))
        == "codec.ber_integer"
    )


LATIN = "D\xe9blocage".encode("iso-8859-1")


def test_latin_labels_are_read_and_come_back_byte_for_byte() -> None:
    record = Tlv.build(0x61, Tlv(0x4F, b"\x01"), Tlv(0x50, LATIN)).to_bytes()
    token = Tlv.build(
        0x30, Tlv(2, b"\x00"), Tlv(0x0C, LATIN), Tlv(0x80, LATIN), Tlv(3, b"\x04\x70")
    ).to_bytes()
    common = Tlv.build(0x30, Tlv(0x0C, LATIN))
    data = Tlv.build(0x30, common, Tlv.build(0x30), Tlv.build(0xA1, Tlv.build(0x30))).to_bytes()
    for kind, written in ((DirRecord, record), (TokenInfo, token), (DataEntry, data)):
        found = kind.from_bytes(written)
        assert found.label == "Déblocage"
        assert found.to_bytes() == written
    assert TokenInfo.from_bytes(token).manufacturer == "Déblocage"


@pytest.mark.parametrize("parameters", ["", "0500", "3000", "03020640"])
def test_algorithm_is_read_with_any_parameters_or_none(parameters: str) -> None:
    inner = bytes.fromhex("020103 020106" + parameters + "03020640 020112")
    written = Tlv(0x30, inner).to_bytes()
    found = AlgorithmInfo.from_bytes(written)
    assert (found.reference, found.mechanism, found.card_reference) == (3, 6, 0x12)
    assert found.operations == Operations.COMPUTE_SIGNATURE
    assert found.to_bytes() == written


def test_algorithm_that_makes_no_sense_hides_neither_the_token_nor_the_others() -> None:
    good = AlgorithmInfo.build(3, Mechanism.SHA1_RSA_PKCS, Operations.COMPUTE_SIGNATURE, 0x12)
    listed = Tlv.build(0xA2, Tlv(0x30, b""), good.tlv, Tlv(0x04, b"x"))
    written = Tlv.build(0x30, Tlv(2, b"\x00"), Tlv(3, b"\x04\x70"), listed).to_bytes()
    found = TokenInfo.from_bytes(written)
    assert found.algorithms == (good,)
    assert found.to_bytes() == written

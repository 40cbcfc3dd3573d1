# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import pytest

from caducee.base.errors import CardError
from caducee.codec.pkcs15 import (
    CertificateEntry,
    DataEntry,
    DirRecord,
    OdfEntry,
    PinEntry,
    PrivateKeyEntry,
    TokenInfo,
    write_entries,
)
from caducee.codec.pkcs15.directory import UnknownEntry
from caducee.codec.tlv import Tlv
from caducee.cryptolib.layout import Layout, find_application, read_layout
from caducee.cryptolib.model import KeyUse
from caducee.spec.aids import CPS3_CONTACT, CPS3_CONTACTLESS
from caducee.spec.pkcs15 import (
    DirectoryKind,
    KeyAccess,
    KeyUsage,
    ObjectFlags,
    PinFlags,
    TokenFlags,
)

FOLDER = bytes.fromhex("3F004A4B")
PRIVATE = ObjectFlags.PRIVATE
SIGN, BOTH = KeyUsage.SIGN, KeyUsage.SIGN | KeyUsage.NON_REPUDIATION
USER, UNBLOCKING = PinFlags.INITIALIZED, PinFlags.INITIALIZED | PinFlags.UNBLOCKING_PIN


def key(number: int, usage: KeyUsage, auth: bytes | None = b"\x07") -> PrivateKeyEntry:
    return PrivateKeyEntry.build(
        f"key {number}",
        bytes((number,)),
        usage,
        number,
        FOLDER,
        access=KeyAccess.SENSITIVE,
        auth_id=auth,
    )


def pin(number: int, flags: PinFlags, **more: bytes) -> PinEntry:
    return PinEntry.build(
        f"pin {number}",
        bytes((number,)),
        number,
        flags,
        (4, 8, 8),
        **more,  # type: ignore[arg-type]
    )


def certificate(number: int) -> CertificateEntry:
    return CertificateEntry.build(
        f"certificate {number}", bytes((number,)), bytes.fromhex("3F004A4BC1") + bytes((number,))
    )


def layout(
    *things: PrivateKeyEntry | PinEntry | CertificateEntry | DataEntry,
) -> Layout:
    """A layout read from the directory files that hold these entries, in this order."""
    names = {
        DirectoryKind.PRIVATE_KEYS: PrivateKeyEntry,
        DirectoryKind.AUTHENTICATION_OBJECTS: PinEntry,
        DirectoryKind.CERTIFICATES: CertificateEntry,
        DirectoryKind.DATA_OBJECTS: DataEntry,
    }
    files = {
        FOLDER + bytes.fromhex("5032"): TokenInfo.build("LABEL", TokenFlags(0)).to_bytes(),
    }
    entries = []
    for place, (kind, type_) in enumerate(names.items()):
        path = FOLDER + bytes((0x60, place))
        entries.append(OdfEntry.build(kind, path[4:] if place % 2 else path))
        files[path] = write_entries(thing for thing in things if isinstance(thing, type_))
    files[FOLDER + bytes.fromhex("5031")] = write_entries(entries)
    return read_layout(FOLDER, files.__getitem__)


def test_signature_key_is_the_one_with_non_repudiation() -> None:
    for order in ([key(1, BOTH), key(2, SIGN)], [key(2, SIGN), key(1, BOTH)]):
        found = layout(*order)
        assert found.key(KeyUse.SIGNATURE).id == b"\x01"
        assert found.key(KeyUse.AUTHENTICATION).id == b"\x02"


def test_technical_key_is_not_the_holders() -> None:
    found = layout(key(3, SIGN, auth=None), key(2, SIGN))
    assert found.key(KeyUse.AUTHENTICATION).id == b"\x02"


def test_key_that_only_decrypts_does_not_log_in() -> None:
    with pytest.raises(CardError) as caught:
        layout(key(3, KeyUsage.DECRYPT)).key(KeyUse.AUTHENTICATION)
    assert caught.value.code == "cryptolib.key_missing"
    assert caught.value.facts["use"] == "authentication"


def test_certificate_is_the_one_with_the_id_of_the_key() -> None:
    found = layout(certificate(2), certificate(1), key(1, BOTH), key(2, SIGN))
    for use, number in ((KeyUse.SIGNATURE, 1), (KeyUse.AUTHENTICATION, 2)):
        assert found.certificate(use).id == bytes((number,))


def test_key_without_certificate_is_reported() -> None:
    with pytest.raises(CardError) as caught:
        layout(certificate(9), key(1, BOTH)).certificate(KeyUse.SIGNATURE)
    assert caught.value.code == "cryptolib.certificate_missing"


def test_holders_pin_is_the_one_that_guards_keys() -> None:
    found = layout(pin(5, USER), pin(7, USER), key(1, BOTH, auth=b"\x07"))
    assert found.pin is not None
    assert found.pin.entry.id == b"\x07"


def test_puk_is_never_the_holders() -> None:
    found = layout(pin(7, UNBLOCKING), pin(5, USER))
    assert found.pin is not None and found.puk is not None
    assert (found.pin.entry.id, found.puk.entry.id) == (b"\x05", b"\x07")


def test_puk_is_the_one_that_the_holders_names() -> None:
    found = layout(pin(8, UNBLOCKING), pin(9, UNBLOCKING), pin(5, USER, auth_id=b"\x09"))
    assert found.puk is not None
    assert found.puk.entry.id == b"\x09"


def test_card_without_pins_has_none() -> None:
    found = layout(key(1, BOTH))
    assert found.pin is None and found.puk is None


@pytest.mark.parametrize(
    ("path", "home"), [(None, "3F00"), (b"\x3f\x00", "3F00"), (b"\x11\x22", "3F004A4B1122")]
)
def test_pin_belongs_to_the_folder_it_names(path: bytes | None, home: str) -> None:
    found = layout(PinEntry.build("PIN", b"\x01", 1, USER, (4, 8, 8), path=path))
    assert found.pin is not None
    assert found.pin.home == bytes.fromhex(home)


def test_relative_paths_begin_at_the_application() -> None:
    found = layout(DataEntry.build("X", b"\xd1\x00", application="CPS"))
    assert found.absolute(found.object("X").path) == FOLDER + b"\xd1\x00"


def test_absent_object_is_reported() -> None:
    with pytest.raises(CardError) as caught:
        layout().object("CPS_NAME_PS")
    assert caught.value.code == "cryptolib.object_missing"


@pytest.mark.parametrize(
    ("flags", "auth_id", "public"),
    [
        (ObjectFlags.NONE, None, True),
        (PRIVATE, None, False),
        (ObjectFlags.NONE, b"\x01", False),
        (ObjectFlags.MODIFIABLE, None, False),
    ],
)
def test_only_objects_that_all_may_read_and_none_may_write_are_public(
    flags: ObjectFlags, auth_id: bytes | None, public: bool
) -> None:
    path = FOLDER + b"\xd1\x00"
    found = layout(DataEntry.build("X", path, application="", flags=flags, auth_id=auth_id))
    assert found.is_public(path) is public


def test_application_is_found_by_its_name_wherever_it_stands() -> None:
    records = [
        DirRecord.build(CPS3_CONTACTLESS, path=bytes.fromhex("3F000002")),
        UnknownEntry(Tlv(0x5A, b"x")),
        DirRecord.build(CPS3_CONTACT, path=FOLDER),
    ]
    assert find_application(write_entries(records) + b"\xff" * 9, CPS3_CONTACT) == FOLDER


def test_broken_entry_does_not_hide_the_others() -> None:
    broken = Tlv.build(0x30, Tlv(0x02, b"\x01")).to_bytes()
    files = {
        FOLDER + bytes.fromhex("5032"): TokenInfo.build("L", TokenFlags(0)).to_bytes(),
        FOLDER + bytes.fromhex("5031"): OdfEntry.build(
            DirectoryKind.PRIVATE_KEYS, FOLDER + b"\x60\x00"
        ).to_bytes(),
        FOLDER + b"\x60\x00": broken + key(1, BOTH).to_bytes() + broken,
    }
    assert len(read_layout(FOLDER, files.__getitem__).keys) == 1


def test_token_info_that_is_none_is_an_error() -> None:
    files = {FOLDER + bytes.fromhex("5032"): b"", FOLDER + bytes.fromhex("5031"): b""}
    with pytest.raises(CardError) as caught:
        read_layout(FOLDER, files.__getitem__)
    assert caught.value.code == "cryptolib.directory_invalid"

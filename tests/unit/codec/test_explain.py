# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.base.i18n import use_language
from caducee.codec.apdu import CommandApdu
from caducee.codec.explain import explain


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("00A40904043F00D003", "SELECT EF.SN.ICC (3F00/D003)"),
        ("00A4020C023F00", "SELECT MF (3F00)"),
        ("00A40904063F000001D121", "SELECT CPS_ACTIVITY_02_PS (3F00/0001/D121)"),
        ("00A40904043F00DEAD", "SELECT file (3F00/DEAD)"),
        ("00A4040C0DE828BD080F8025000001FF0010", "SELECT contact application (e828bd08"),
        ("00A40400026F00", "SELECT application (6f00)"),
        ("00A40000", "SELECT"),
        ("00B000000C", "READ BINARY, 12 bytes from 0"),
        ("00B000E732", "READ BINARY, 50 bytes from 231"),
        ("00B09C00C0", "READ BINARY of short file 1C, 192 bytes from 0"),
        ("00D600FF0101", "UPDATE BINARY, 1 bytes from 255"),
        ("00200001", "VERIFY, ask for the state of code 01"),
        ("002000010431323334", "VERIFY code 01"),
        ("00240001083132333434333231", "CHANGE REFERENCE DATA of code 01"),
        ("002C02010431323334", "RESET RETRY COUNTER of code 01"),
        ("00CB3FFF0A4D087006BF810102A080", "GET DATA, code 01"),
        ("00CB3FFF0B4D097007BF9002037F4880", "GET DATA, private key 02"),
        ("00CB3FFF0A4D087006BFE10102A080", "GET DATA BFE101"),
        ("00CB3FFF0A4D087006BFFB01027B80", "GET DATA, security environment 01"),
        ("00CB3FFF0101", "GET DATA"),
        ("00CB3FFF024D00", "GET DATA"),
        ("002241A406800102840182", "MSE SET authentication, RSA PKCS#1, key 82"),
        ("002241AA03800140", "MSE SET hash, SHA-256"),
        ("002241B606840181800142", "MSE SET signature, SHA-256 RSA PKCS#1, key 81"),
        ("002241B8038001FF", "MSE SET decipherment, ff"),
        ("002241B80184", "MSE SET decipherment"),
        ("002241B803840182", "MSE SET decipherment, key 82"),
        ("0022F302", "MSE F302"),
        ("002A9E9A00", "PSO, compute the signature"),
        ("002A90A00101", "PSO, last round of the hash"),
        ("102A808601AA", "PSO, decipher (to be continued)"),
        ("002A0102", "PSO 0102"),
        ("0084000008", "GET CHALLENGE, 8 random bytes"),
        ("0088000001AA", "INTERNAL AUTHENTICATE"),
        ("00C0000012", "GET RESPONSE"),
        ("00F10000", "command F1"),
    ],
)
def test_a_command_is_shown_by_the_names_of_the_standard(command: str, words: str) -> None:
    with use_language("en"):
        assert explain(CommandApdu.from_bytes(bytes.fromhex(command))).startswith(words)


def test_the_digits_of_a_code_never_show() -> None:
    command = CommandApdu(0x00, 0x20, 0x00, 0x01, b"9517")
    assert "9517" not in explain(command) and b"9517".hex() not in explain(command)


@given(st.binary(min_size=4, max_size=300))
def test_any_command_gets_one_line(command: bytes) -> None:
    try:
        parsed = CommandApdu.from_bytes(command)
    except FormatError:
        return
    assert explain(parsed) and "\n" not in explain(parsed)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""MSE, PERFORM SECURITY OPERATION, INTERNAL AUTHENTICATE, GET DATA of keys, GET CHALLENGE."""

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from msgspec.structs import replace
from tests.unit.virtualcard.conftest import Host, key, pem

from caducee.base.secret import Secret
from caducee.virtualcard.crypto.rounds import HASHES
from caducee.virtualcard.crypto.rsa_key import PrivateKey, WrongCryptogram
from caducee.virtualcard.image import CardImage

PIN = "002000010431323334"
MESSAGE = b"signed by the holder"
DIGEST = hashlib.sha256(MESSAGE).digest()
INFO = bytes.fromhex("3031300D060960864801650304020105000420") + DIGEST
SIGN, AUTHENTICATE, DECIPHER = (
    "002241B606800142840181",
    "002241A406800102840182",
    ("002241B80680011A840182"),
)
COMPUTE = f"002A9E9A20{DIGEST.hex()}00"

type Insert = Callable[[CardImage], Host]


@pytest.fixture
def ready(host: Host) -> Host:
    """A card whose PIN is proven, in the directory of its keys."""
    host.send(PIN)
    host.send("00A4090C043F000001")
    return host


def _hash_command(value: bytes) -> str:
    return f"002A90A0{len(value):02X}{value.hex()}"


def test_the_signature_key_signs_a_hash_and_adds_its_digest_info(ready: Host) -> None:
    assert ready.send(SIGN) == "9000"
    signature = ready.data(COMPUTE)
    key("signature").public_key().verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("form", ["01", "81"])
@pytest.mark.parametrize("order", ["800142 8401{}", "8401{} 800142"])
def test_references_have_two_forms_and_tags_any_order(ready: Host, form: str, order: str) -> None:
    assert ready.send(f"002241B606 {order.format(form)}") == "9000"
    assert len(ready.data(COMPUTE)) == 256


def test_signing_asks_for_the_pin(host: Host) -> None:
    host.send("00A4090C043F000001")
    assert host.send(SIGN) == "9000"
    assert host.send(COMPUTE) == "6982"


def test_authenticating_asks_for_the_pin(host: Host) -> None:
    host.send("00A4090C043F000001")
    host.send(AUTHENTICATE)
    assert host.send(f"0088000033{INFO.hex()}") == "6982"


def test_the_technical_key_authenticates_without_pin(host: Host) -> None:
    host.send("00A4090C043F000001")
    assert host.send("002241A406800102840183") == "9000"
    signature = host.data(f"0088000033{INFO.hex()}00")
    public = key("technical").public_key()
    public.verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ("002241B606800142840182", COMPUTE),
        ("002241B606800142840183", COMPUTE),
        ("002241A406800102840181", f"0088000033{INFO.hex()}"),
        ("002241B80680011A840181", "002A808602 8100"),
    ],
)
def test_a_key_does_only_what_it_is_for(ready: Host, environment: str, command: str) -> None:
    assert ready.send(environment) == "9000"
    assert ready.send(command) == "6982"


@pytest.mark.parametrize("size", [1, 36, 51, 102])
def test_authentication_pads_whatever_is_short_enough(ready: Host, size: int) -> None:
    data = bytes(range(size))
    ready.send(AUTHENTICATE)
    signature = ready.data(f"00880000{size:02X}{data.hex()}00")
    numbers = key("authentication").public_key().public_numbers()
    block = pow(int.from_bytes(signature), numbers.e, numbers.n).to_bytes(256)
    assert block == b"\x00\x01" + b"\xff" * (253 - size) + b"\x00" + data


@pytest.mark.parametrize("size", [0, 103, 255])
def test_authentication_takes_at_most_forty_percent_of_the_modulus(ready: Host, size: int) -> None:
    ready.send(AUTHENTICATE)
    data = f"{size:02X}{'AA' * size}" if size else ""
    assert ready.send(f"00880000{data}") == "6700"


@pytest.mark.parametrize(("name", "reference"), [("sha1", "1"), ("sha256", "4")])
@pytest.mark.parametrize("blocks", [0, 1, 3])
def test_a_hash_is_continued_on_the_card(
    ready: Host, name: str, reference: str, blocks: int
) -> None:
    message = bytes(range(64)) * blocks + MESSAGE
    function = HASHES[name]
    state = tuple(int.from_bytes(function.start[at : at + 4]) for at in range(0, function.size, 4))
    for _ in range(blocks):
        state = function.compress(state, bytes(range(64)))
    words = b"".join(word.to_bytes(4) for word in state) + (512 * blocks).to_bytes(8)
    begun = bytes((len(words),)) + words if blocks else b"\x00"
    rest = bytes((0x80, len(MESSAGE))) + MESSAGE
    assert ready.send(f"002241AA038001{reference}0") == "9000"
    assert ready.send(_hash_command(b"\x90" + begun + rest)) == "9000"
    assert ready.send(f"002241B6068001{reference}2840181") == "9000"
    signature = ready.data("002A9E9A00")
    chosen = hashes.SHA1() if name == "sha1" else hashes.SHA256()
    key("signature").public_key().verify(signature, message, padding.PKCS1v15(), chosen)


def test_a_finished_hash_can_be_given_instead(ready: Host) -> None:
    ready.send("002241AA03800140")
    assert ready.send(_hash_command(b"\x90\x20" + DIGEST)) == "9000"
    ready.send(SIGN)
    signature = ready.data("002A9E9A00")
    key("signature").public_key().verify(signature, MESSAGE, padding.PKCS1v15(), hashes.SHA256())


def test_a_hash_outlives_the_selection_of_files(ready: Host) -> None:
    ready.send("002241AA03800140")
    ready.send(_hash_command(b"\x90\x20" + DIGEST))
    ready.send("00A4090C023F00")
    ready.send("00A4090C043F000001")
    ready.send(SIGN)
    assert len(ready.data("002A9E9A00")) == 256


def test_a_hash_is_signed_once(ready: Host) -> None:
    ready.send("002241AA03800140")
    ready.send(_hash_command(b"\x90\x20" + DIGEST))
    ready.send(SIGN)
    ready.send("002A9E9A00")
    assert ready.send("002A9E9A00") == "6985"


def test_a_hash_is_signed_with_its_own_algorithm_only(ready: Host) -> None:
    ready.send("002241AA03800140")
    ready.send(_hash_command(b"\x90\x20" + DIGEST))
    ready.send("002241B606800112840181")
    assert ready.send("002A9E9A00") == "6985"


def test_a_hash_needs_its_algorithm_first(ready: Host) -> None:
    assert ready.send(_hash_command(b"\x90\x20" + DIGEST)) == "6985"
    ready.send("002241AA03840181")
    assert ready.send(_hash_command(b"\x90\x20" + DIGEST)) == "6985"


@pytest.mark.parametrize(
    "data",
    [
        "9014" + "00" * 20,
        "9000",
        "900080 41" + "00" * 65,
        "9020" + "00" * 32 + "8000",
        "9028" + "00" * 40 + "8000",
        "9028" + "00" * 39 + "08" + "8000",
        "8000",
        "80009000",
        "90008000 8000",
        "9020",
        "FFFF",
    ],
    ids=[
        "size of another hash",
        "no hash",
        "more than a block",
        "no count",
        "count of nothing",
        "count of no block",
        "no state",
        "wrong order",
        "too many",
        "cut",
        "no object",
    ],
)
def test_a_wrong_hash_is_refused_and_leaves_none(ready: Host, data: str) -> None:
    ready.send("002241AA03800140")
    ready.send(_hash_command(b"\x90\x20" + DIGEST))
    assert ready.send(_hash_command(bytes.fromhex(data))) == "6A80"
    ready.send(SIGN)
    assert ready.send("002A9E9A00") == "6985"


def test_a_hash_command_without_data_is_refused(ready: Host) -> None:
    ready.send("002241AA03800140")
    assert ready.send("002A90A0") == "6700"


@pytest.mark.parametrize("size", [19, 20, 31, 33])
def test_a_hash_of_another_length_is_not_signed(ready: Host, size: int) -> None:
    ready.send(SIGN)
    assert ready.send(f"002A9E9A{size:02X}{'11' * size}") == "6700"


def _encrypt(message: bytes) -> bytes:
    public = key("authentication").public_key()
    return b"\x81" + public.encrypt(message, padding.PKCS1v15())


def _decipher(host: Host, data: bytes, cut: int = 255) -> str:
    assert host.send(f"102A8086{cut:02X}{data[:cut].hex()}") == "9000"
    rest = data[cut:]
    answer = host.send(f"002A8086{len(rest):02X}{rest.hex()}00")
    return answer


@pytest.mark.parametrize("message", [b"x", bytes(48), b"\x00\x01" * 100])
def test_the_authentication_key_deciphers_and_takes_the_padding_off(
    ready: Host, message: bytes
) -> None:
    ready.send(DECIPHER)
    assert _decipher(ready, _encrypt(message)) == f"{message.hex().upper()} 9000"


def test_an_empty_message_deciphers_to_nothing(ready: Host) -> None:
    ready.send(DECIPHER)
    assert _decipher(ready, _encrypt(b"")) == "9000"


@pytest.mark.parametrize("cut", [1, 128, 200])
def test_a_chain_may_be_cut_anywhere(ready: Host, cut: int) -> None:
    ready.send(DECIPHER)
    data = _encrypt(b"hello")
    parts = [data[at : at + cut] for at in range(0, len(data), cut)]
    for part in parts[:-1]:
        assert ready.send(f"102A8086{len(part):02X}{part.hex()}") == "9000"
    last = parts[-1]
    assert ready.send(f"002A8086{len(last):02X}{last.hex()}00") == "68656C6C6F 9000"


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (b"\x00\x01" + b"\xff" * 253 + b"\x00", "type 1"),
        (b"\x00\x02" + b"\xff" * 7 + b"\x00" + bytes(246), "short padding"),
        (b"\x00\x02" + b"\xff" * 254, "no end of the padding"),
        (b"\x01\x02" + b"\xff" * 8 + bytes(246), "does not begin with zero"),
    ],
)
def test_wrong_padding_is_refused(ready: Host, block: bytes, why: str) -> None:
    numbers = key("authentication").public_key().public_numbers()
    cryptogram = pow(int.from_bytes(block), numbers.e, numbers.n).to_bytes(256)
    ready.send(DECIPHER)
    assert _decipher(ready, b"\x81" + cryptogram) == "6A80", why


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"\x81" + b"\xff" * 256, "6A80"),
        (b"\x80" + bytes(256), "6A80"),
        (b"\x81" + bytes(255), "6700"),
        (b"\x81" + bytes(257), "6700"),
    ],
    ids=["not below the modulus", "no 81", "short", "long"],
)
def test_a_wrong_cryptogram_is_refused(ready: Host, data: bytes, answer: str) -> None:
    ready.send(DECIPHER)
    assert _decipher(ready, data, 200) == answer


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (COMPUTE, "6985"),
        (f"0088000033{INFO.hex()}", "6985"),
        ("002A808602 8100", "6985"),
        ("002A9E9B20" + "11" * 32, "6A86"),
        ("00880100 0111", "6A86"),
    ],
)
def test_nothing_is_computed_without_its_environment(
    ready: Host, command: str, answer: str
) -> None:
    assert ready.send(command) == answer


@pytest.mark.parametrize("component", ["03800142", "03840181"])
def test_an_environment_needs_algorithm_and_key(ready: Host, component: str) -> None:
    assert ready.send(f"002241B6{component}") == "9000"
    assert ready.send(COMPUTE) == "6985"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("002241B6 06 800102 840181", "6A80"),
        ("002241A4 06 800142 840182", "6A80"),
        ("002241B6 06 800142 840184", "6A88"),
        ("002241B6 03 830181", "6A80"),
        ("002241B6 06 800142 800112", "6A80"),
        ("002241B6 04 80020042", "6A80"),
        ("002241B6 02 8001", "6A80"),
        ("002241B6", "6700"),
        ("002241B4 03 800142", "6A86"),
        ("002281B6 06 800142 840181", "6A86"),
        ("0022F301 01 00", "6700"),
        ("0022F309", "6A88"),
    ],
)
def test_other_environments_are_refused(ready: Host, command: str, answer: str) -> None:
    assert ready.send(command) == answer


def test_restore_empties_the_environment(ready: Host) -> None:
    ready.send(SIGN)
    assert ready.send("0022F301") == "9000"
    assert ready.send(COMPUTE) == "6985"


def test_entering_another_directory_empties_the_environment(ready: Host) -> None:
    ready.send(SIGN)
    ready.send("00A4090C043F000001")
    assert len(ready.data(COMPUTE)) == 256
    ready.send("00A4090C023F00")
    ready.send("00A4090C043F000001")
    assert ready.send(COMPUTE) == "6985"


def test_keys_belong_to_their_directory(ready: Host) -> None:
    ready.send("00A4090C023F00")
    assert ready.send(SIGN) == "6A88"
    assert ready.send("00CB3FFF0A4D087006BF900202A08000") == "6A88"


def test_a_card_of_1024_bits_signs_too(insert: Insert, image: CardImage) -> None:
    small = rsa.generate_private_key(65537, 1024)
    keys = tuple(replace(item, private_key=Secret(pem(small))) for item in image.keys)
    host = insert(CardImage.from_json(replace(image, keys=keys).to_json()))
    host.send(PIN)
    host.send("00A4090C043F000001")
    host.send(AUTHENTICATE)
    assert host.send(f"0088000034{'AA' * 52}") == "6700"
    signature = host.data(f"0088000033{INFO.hex()}00")
    small.public_key().verify(
        signature, DIGEST, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256())
    )


def test_a_cryptogram_as_long_as_the_modulus_is_asked_for() -> None:
    private = PrivateKey(key("authentication"))
    with pytest.raises(WrongCryptogram):
        private.decipher(bytes(255))


def _object(number: str, part: str) -> str:
    inner = bytes.fromhex(part) + b"\x80"
    value = bytes.fromhex(number) + bytes((len(inner),)) + inner
    request = b"\x70" + bytes((len(value),)) + value
    whole = b"\x4d" + bytes((len(request),)) + request
    return f"00CB3FFF{len(whole):02X}{whole.hex()}00"


def test_the_public_key_is_read_in_two_parts(ready: Host) -> None:
    first = ready.send(_object("BFA001", "7F49"))
    assert first.endswith("6118")
    second = ready.send("00C0000018")
    modulus = key("signature").public_key().public_numbers().n.to_bytes(256).hex().upper()
    assert first[:-5] + second[:-5] == (
        f"70820114BFA00182010E7F4982010981820100{modulus}8203010001"
    )


@pytest.mark.parametrize(
    ("number", "part", "answer"),
    [
        ("BF8101", "A0", "701DBF810119A0179A01039B01039D02FFFF800104A1088C06670000000000"),
        ("BF8102", "A0", "701DBF810219A0179A01039B01039D02000A800108A1088C06670000000000"),
        ("BF8181", "A0", "701DBF818119A0179A01039B01039D02FFFF800104A1088C06670000000000"),
        ("BF8101", "7F41", "700DBF8101097F4106800104810104"),
        ("BF9001", "7F48", "700ABF9001067F4803800180"),
        ("BF9001", "A0", "7013BF90010FA00D80020100A1078C056311FFFF00"),
        ("BF9002", "A0", "7014BF900210A00E80020100A1088C0673FF1111FF00"),
        ("BF9003", "A0", "7013BF90030FA00D80020100A1078C0563FF00FF00"),
        ("BFA002", "A0", "7011BFA0020DA00B80020100A1058C0303FF00"),
        ("BFFB01", "7B", "700EBFFB010A7B08A406830101950108"),
    ],
)
def test_objects_answer_with_the_bytes_that_middlewares_accept(
    ready: Host, number: str, part: str, answer: str
) -> None:
    assert ready.send(_object(number, part)) == f"{answer} 9000"


@pytest.mark.parametrize("spent", [0, 1, 3])
def test_the_counter_object_counts_down(host: Host, spent: int) -> None:
    for _ in range(spent):
        host.send("002000010430303030")
    assert f"9B010{3 - spent}9D" in host.send(_object("BF8101", "A0"))


@pytest.mark.parametrize("number", ["BF8103", "BF9004", "BFA004", "BFFB02", "BF8200"])
@pytest.mark.parametrize("part", ["A0", "7F41", "7F48", "7F49", "7B", "A1"])
def test_an_unknown_object_is_not_found(ready: Host, number: str, part: str) -> None:
    assert ready.send(_object(number, part)) == "6A88"


@pytest.mark.parametrize(
    "data",
    [
        "4D",
        "4D00",
        "5D087006BF810102A080",
        "4D087106BF810102A080",
        "4D087006BE810102A080",
        "4D087006BF810103A080",
        "4D087006BF810102A081",
        "4D077005BF810101A0",
        "4D0570 03BF8101",
        "4D0A7008BF810104A080A180",
        "4D087006BF810102A08000",
    ],
)
def test_a_broken_request_is_refused(host: Host, data: str) -> None:
    size = len(bytes.fromhex(data))
    assert host.send(f"00CB3FFF{size:02X}{data}00") == "6A80"


def test_a_challenge_has_the_length_asked_for(host: Host) -> None:
    assert host.data("0084000008") == bytes(range(8))
    assert host.data("0084000020") == bytes(range(32))

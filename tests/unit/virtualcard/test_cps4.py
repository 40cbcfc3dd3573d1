# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A CPS4: channels, selection, codes and keys as its middleware expects them."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils
from tests.unit.virtualcard.conftest import Host, key

from caducee.virtualcard.image import CardImage

type Insert = Callable[..., Host]

CHIPDOC = "01A4040C088025000001FF0100"
CPS2TER = "00A4040C088025000001FF0002"
MANAGER = "01A4040C07A0000001510000"
RIGHT, WRONG, STATE = "012000010431323334", "012000010430303030", "01200001"
NEW = "012000010434333231"
PUK, WRONG_PUK, PUK_STATE = "01200002083132333435363738", "01200002083030303030303030", "01200002"
CHANGE, RESTORE = "012401010434333231", "012C0381"
DIGEST = "11" * 32


@pytest.fixture
def new(insert: Insert, cards: dict[str, CardImage]) -> Host:
    """A CPS4 just inserted."""
    return insert(cards["cps4"])


@pytest.fixture
def chip(new: Host) -> Host:
    """A CPS4 with ChipDoc selected."""
    assert new.send(CHIPDOC) == "9000"
    return new


def _chained(block: bytes) -> tuple[str, str]:
    return f"112A8086FF{block[:255].hex()}", f"012A8086{len(block) - 255:02X}{block[255:].hex()}00"


def _raw(chip: Host, block: bytes) -> str:
    first, last = _chained(block)
    assert chip.send(first) == "9000"
    return chip.send(last)


def test_nothing_goes_on_channel_1_before_chipdoc_is_selected(new: Host) -> None:
    for command in (RIGHT, STATE, "01A4080002D00300", "01B0000004", "0184000008", "01CA000000"):
        assert new.send(command) == "6881"
    assert new.send(CHIPDOC) == "9000"
    assert new.send(STATE) == "63C3"


def test_a_reset_closes_the_channel(chip: Host) -> None:
    chip.card.reset()
    assert chip.send(STATE) == "6881"


def test_channel_0_has_applets_to_select_and_no_files(chip: Host) -> None:
    for command in ("002000010431323334", "00B0000004", "00CA000000"):
        assert chip.send(command) == "6D00"
    for command in ("00A4080002D00300", "00A4090C043F00D003"):
        assert chip.send(command) == "6A86"
    assert chip.send("00A4040C088025000001FF0100") == "6A82"
    assert chip.send(CPS2TER) == "9000"


@pytest.mark.parametrize(
    ("command", "answer"),
    [("02200001", "6881"), ("41200001", "6881"), ("05200001", "6882"), ("0D200001", "6882")],
)
def test_other_channels_and_secure_messaging_are_refused(
    chip: Host, command: str, answer: str
) -> None:
    assert chip.send(command) == answer


def test_three_selections_begin_anew(chip: Host) -> None:
    chip.send(RIGHT)
    assert [chip.send(item) for item in (MANAGER, CPS2TER)] == ["9000", "9000"]
    assert chip.send(STATE) == "6E00"
    assert chip.send(CHIPDOC) == "9000"
    assert chip.send(STATE) == "63C3"


def test_selecting_chipdoc_again_forgets_unblocking_and_chosen_keys(chip: Host) -> None:
    chip.send(PUK)
    chip.send(RESTORE)
    chip.send("012281B60491022890")
    chip.send("01A4080002D00300")
    chip.send(CHIPDOC)
    assert chip.send(CHANGE) == "6982"
    assert chip.send("01B0000002") == "6986"
    chip.send(RIGHT)
    assert chip.send(f"012A9E9A20{DIGEST}00") == "6985"


def test_an_applet_answers_with_its_name_when_asked(chip: Host) -> None:
    assert chip.send("01A40400088025000001FF010000") == "6F0A84088025000001FF0100 9000"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("01A4040C00", "6700"),
        (f"01A4040C11{'AA' * 17}", "6700"),
        ("01A4040C05E828BD080F", "6A82"),
        ("01A40404088025000001FF0100", "6A86"),
    ],
)
def test_other_names_and_forms_select_no_applet(chip: Host, command: str, answer: str) -> None:
    assert chip.send(command) == answer
    assert chip.send(STATE) == "63C3"


def test_every_file_is_described_by_6f(chip: Host) -> None:
    assert chip.data("01A40000023F0000")[0] == 0x6F
    assert chip.data("01A4080002000100")[0] == 0x6F
    fcp = chip.data("01A4080002D00300")
    assert fcp.hex().upper() == "6F188002000C8201018302D0038801E0A1058C0303FF008A0105"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("01A40800043F00D00300", "6A82"),
        ("01A4080002FFFF00", "6A82"),
        ("01A4080003D0030000", "6700"),
        ("01A40800", "6700"),
        ("01A40904043F00D00300", "6A86"),
        ("01A4080402D00300", "6A86"),
        ("01A4020C023F00", "6A86"),
        ("01A40000043F00D00300", "6700"),
    ],
)
def test_paths_stand_without_3f00_after_p1_08(chip: Host, command: str, answer: str) -> None:
    assert chip.send(command) == answer


def test_a_file_is_also_found_by_its_identifier(chip: Host) -> None:
    assert chip.send("01A4000C02D003") == "9000"
    assert chip.data("01B0000002") == b"\x5a\x0a"
    assert chip.send("01A4000C") == "9000"
    assert chip.send("01B0000002") == "6986"


def test_an_empty_verify_reports_the_state_of_pin_and_puk(chip: Host) -> None:
    assert [chip.send(STATE), chip.send(PUK_STATE)] == ["63C3", "63C3"]
    assert [chip.send(WRONG), chip.send(STATE), chip.send(PUK_STATE)] == ["63C2", "63C2", "63C3"]
    assert [chip.send(RIGHT), chip.send(STATE)] == ["9000", "9000"]
    assert [chip.send(WRONG_PUK), chip.send(PUK_STATE)] == ["63C2", "63C2"]
    assert [chip.send(PUK), chip.send(PUK_STATE)] == ["9000", "9000"]


def test_three_wrong_pins_block(chip: Host) -> None:
    assert [chip.send(WRONG) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
    assert [chip.send(STATE), chip.send(RIGHT), chip.send(CHANGE)] == ["6983"] * 3


def test_a_pin_is_changed_after_its_proof_by_the_new_one_alone(chip: Host) -> None:
    assert chip.send(CHANGE) == "6982"
    chip.send(RIGHT)
    assert [chip.send(CHANGE), chip.send(STATE)] == ["9000", "9000"]
    chip.card.reset()
    chip.send(CHIPDOC)
    assert [chip.send(RIGHT), chip.send(NEW)] == ["63C2", "9000"]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("01240001083132333434333231", "6A86"),
        ("01240101033433 32", "6700"),
        ("0124010104343332FF", "6A80"),
        ("0124010704 34333231", "6A88"),
    ],
)
def test_other_changes_are_refused(chip: Host, command: str, answer: str) -> None:
    chip.send(RIGHT)
    assert chip.send(command) == answer
    assert chip.send(RIGHT) == "9000"


def test_a_blocked_pin_is_unblocked_by_puk_new_tries_and_a_new_value(chip: Host) -> None:
    for _ in range(3):
        chip.send(WRONG)
    assert chip.send(RESTORE) == "6982"
    assert [chip.send(PUK), chip.send(STATE), chip.send(RESTORE)] == ["9000", "6983", "9000"]
    assert [chip.send(STATE), chip.send(CHANGE), chip.send(STATE)] == ["63C3", "9000", "63C3"]
    assert [chip.send(RIGHT), chip.send(NEW)] == ["63C2", "9000"]


def test_each_unblocking_spends_a_use(chip: Host) -> None:
    chip.send(PUK)
    assert chip.card.image.pins[1].uses_left == 10
    for left in range(9, -1, -1):
        assert chip.send(RESTORE) == "9000"
        assert chip.card.image.pins[1].uses_left == left
    assert chip.send(RESTORE) == "6983"


def test_unblocking_allows_one_change_and_ends_with_the_session(chip: Host) -> None:
    chip.send(PUK)
    chip.send(RESTORE)
    assert [chip.send(CHANGE), chip.send(CHANGE)] == ["9000", "6982"]
    chip.send(RESTORE)
    chip.card.reset()
    chip.send(CHIPDOC)
    assert chip.send(CHANGE) == "6982"


def test_unblocking_takes_the_proof_of_the_pin_away(chip: Host) -> None:
    chip.send(RIGHT)
    chip.send(PUK)
    chip.send(RESTORE)
    assert chip.send(STATE) == "63C3"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("012C03810434333231", "6700"),
        ("012C02810434333231", "6A86"),
        ("012C0382", "6985"),
        ("012C0387", "6A88"),
    ],
)
def test_other_unblockings_are_refused(chip: Host, command: str, answer: str) -> None:
    chip.send(PUK)
    assert chip.send(command) == answer


@pytest.mark.parametrize(
    ("algorithm", "name", "pss"),
    [("28", "sha256", False), ("0A", "sha1", False), ("2C", "sha256", True), ("15", "sha1", True)],
)
def test_the_signature_key_signs_a_hash(chip: Host, algorithm: str, name: str, pss: bool) -> None:
    function = hashes.SHA256() if name == "sha256" else hashes.SHA1()
    digest = bytes(range(function.digest_size))
    chip.send(RIGHT)
    assert chip.send(f"012281B6049102{algorithm}90") == "9000"
    made = chip.data(f"012A9E9A{len(digest):02X}{digest.hex()}00")
    scheme = padding.PSS(padding.MGF1(function), len(digest)) if pss else padding.PKCS1v15()
    key("signature").public_key().verify(made, digest, scheme, utils.Prehashed(function))


def test_the_authentication_key_signs_with_pss_alone(chip: Host) -> None:
    chip.send(RIGHT)
    chip.send("012281B60491022CA0")
    made = chip.data(f"012A9E9A20{DIGEST}00")
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    function = utils.Prehashed(hashes.SHA256())
    key("authentication").public_key().verify(made, bytes.fromhex(DIGEST), scheme, function)
    for algorithm in ("28", "0A"):
        chip.send(f"012281B6049102{algorithm}A0")
        assert chip.send(f"012A9E9A20{DIGEST}00") == "6982"


def test_the_salt_of_pss_is_the_cards_randomness(
    chip: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    chip.send(RIGHT)
    chip.send("012281B60491022C90")
    first = chip.data(f"012A9E9A20{DIGEST}00")
    monkeypatch.setattr(chip.card._core, "random", lambda size: b"\xaa" * size)
    assert chip.data(f"012A9E9A20{DIGEST}00") != first


def test_bare_rsa_keeps_the_padding(chip: Host) -> None:
    public = key("authentication").public_key().public_numbers()
    padded = b"\x00\x02" + b"\x55" * 240 + b"\x00" + b"a wrapped key"
    assert len(padded) == 256
    wrapped = pow(int.from_bytes(padded), public.e, public.n).to_bytes(256)
    chip.send(RIGHT)
    assert chip.send("012241B803830120") == "9000"
    assert _raw(chip, wrapped) == f"{padded.hex().upper()} 9000"


def test_bare_rsa_authenticates_what_the_host_padded(chip: Host) -> None:
    info = bytes.fromhex("3031300D060960864801650304020105000420" + DIGEST)
    chip.send(RIGHT)
    chip.send("012241B803830120")
    answer = _raw(chip, b"\x00\x01" + b"\xff" * (253 - len(info)) + b"\x00" + info)
    key("authentication").public_key().verify(
        bytes.fromhex(answer[:512]),
        bytes.fromhex(DIGEST),
        padding.PKCS1v15(),
        utils.Prehashed(hashes.SHA256()),
    )


def test_bare_rsa_takes_a_block_as_long_as_the_modulus_and_smaller(chip: Host) -> None:
    chip.send(RIGHT)
    chip.send("012241B803830120")
    assert chip.send("012A808604AABBCCDD00") == "6700"
    assert _raw(chip, b"\xff" * 256) == "6A80"
    assert _raw(chip, b"\x81" + bytes(256)) == "6700"


def test_keys_ask_for_the_pin(chip: Host) -> None:
    for template in ("012281B604910228 90", "012281B60491022C90", "012281B60491022CA0"):
        chip.send(template)
        assert chip.send(f"012A9E9A20{DIGEST}00") == "6982"
    chip.send("012241B803830120")
    assert _raw(chip, bytes(256)) == "6982"


def test_bare_rsa_is_the_authentication_keys_alone(chip: Host) -> None:
    chip.send(RIGHT)
    chip.send("012241B803830110")
    assert _raw(chip, bytes(256)) == "6982"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("012281B60491020990", "6A80"),
        ("012281B604910228B0", "6A88"),
        ("012281B6", "6700"),
        ("012281B6059103289000", "6A80"),
        ("012281B60391FF28", "6A80"),
        ("012281B604800228 90", "6A80"),
        ("012241B806800102840120", "6A80"),
        ("012241B803830130", "6A88"),
        ("012241A406800102840120", "6A86"),
        ("0122F301", "6A86"),
    ],
)
def test_other_choices_of_a_key_are_refused(chip: Host, command: str, answer: str) -> None:
    assert chip.send(command) == answer


def test_a_signature_needs_a_chosen_key_and_a_hash_of_its_length(chip: Host) -> None:
    chip.send(RIGHT)
    assert chip.send(f"012A9E9A20{DIGEST}00") == "6985"
    chip.send("012241B803830120")
    assert chip.send(f"012A9E9A20{DIGEST}00") == "6985"
    chip.send("012281B60491022890")
    assert chip.send(f"012A9E9A14{DIGEST[:40]}00") == "6700"
    assert chip.send("012A9E9A00") == "6700"
    assert chip.send("012A90A0029000") == "6A86"


@pytest.mark.parametrize("command", ["0188000004AABBCCDD00", "01CB3FFF0A4D087006BF810102A080"])
def test_there_is_no_internal_authenticate_and_no_get_data(chip: Host, command: str) -> None:
    chip.send(RIGHT)
    assert chip.send(command) == "6D00"


def test_data_come_at_once_without_le(chip: Host) -> None:
    assert chip.send("01A4080002D003").startswith("6F")
    chip.send(RIGHT)
    chip.send("012281B60491022890")
    assert len(chip.send(f"012A9E9A20{DIGEST}")) == 512 + 5


def test_cps_data_is_written_after_the_pin(chip: Host) -> None:
    chip.send("01A40800040001D10700")
    assert chip.send("01D60000024142") == "6982"
    chip.send(RIGHT)
    assert chip.send("01D60000024142") == "9000"
    assert chip.send("01B0000002") == "4142 9000"

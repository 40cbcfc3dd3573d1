# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import hmac
import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.virtualcard.conftest import Host, vector_content

from caducee.base.errors import StateError
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import StoredPin
from caducee.virtualcard.personalise import cps3
from caducee.virtualcard.store import MemoryStore

RIGHT, WRONG, STATE = "002000010431323334", "002000010430303030", "00200001"
PUK, WRONG_PUK = "00200002083132333435363738", "00200002083030303030303030"

type Insert = Callable[[CardImage], Host]


def _with(image: CardImage, reference: int, **fields: object) -> CardImage:
    code = image.pin(reference)
    assert isinstance(code, StoredPin)
    return image.with_pin(replace(code, **fields))


def test_three_wrong_pins_block_the_card(host: Host) -> None:
    assert [host.send(WRONG) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
    assert host.send(RIGHT) == "6983"


def test_a_right_pin_gives_all_tries_back(host: Host) -> None:
    host.send(WRONG)
    assert host.send(RIGHT) == "9000"
    assert host.send(WRONG) == "63C2"


@pytest.mark.parametrize("empty", ["00200001", "0020000100", "0020000104"])
def test_verify_without_data_says_how_the_pin_stands(host: Host, empty: str) -> None:
    assert host.send(empty) == "63C3"
    host.send(RIGHT)
    assert host.send(empty) == "9000"
    for _ in range(3):
        host.send(WRONG)
    assert host.send(empty) == "6983"


def test_asking_how_the_pin_stands_costs_no_try(host: Host) -> None:
    for _ in range(5):
        assert host.send(STATE) == "63C3"


def test_a_wrong_pin_ends_what_a_right_one_began(host: Host) -> None:
    host.send(RIGHT)
    host.send(WRONG)
    assert host.send(STATE) == "63C2"


def test_a_reset_forgets_that_the_pin_was_proven(host: Host) -> None:
    host.send(RIGHT)
    host.card.reset()
    assert host.send(STATE) == "63C3"


def test_a_proven_pin_can_be_forgotten_on_request(host: Host) -> None:
    host.send(RIGHT)
    assert host.send("0020FF01") == "9000"
    assert host.send(STATE) == "63C3"


def test_a_pin_holds_in_every_directory(host: Host) -> None:
    host.send("00A4090C043F000001")
    assert host.send(RIGHT) == "9000"
    host.send("00A4090C023F00")
    assert host.send(STATE) == "9000"


def test_the_local_bit_of_a_reference_makes_no_difference(host: Host) -> None:
    assert host.send("002000810431323334") == "9000"
    assert host.send(STATE) == "9000"


@pytest.mark.parametrize("command", ["0020000103313233", "00200001053132333435"])
def test_a_length_that_no_pin_has_costs_no_try(host: Host, command: str) -> None:
    assert host.send(command) == "6700"
    assert host.send(STATE) == "63C3"


def test_a_pin_of_eight_digits_fits_where_eight_are_allowed(insert: Insert) -> None:
    host = insert(cps3(vector_content(digits=8)))
    assert host.send("002400010C313233343837363534333231") == "9000"
    assert host.send("00200001083837363534333231") == "9000"
    assert host.send(RIGHT) == "63C2"


def test_a_padded_pin_comes_with_filler_to_its_full_length(
    insert: Insert, image: CardImage
) -> None:
    host = insert(_with(image, 1, padded=True, max_length=8))
    assert host.send("002000010831323334FFFFFFFF") == "9000"
    assert host.send(RIGHT) == "6700"
    change = "002400011031323334FFFFFFFF3132333435FFFFFF"
    assert host.send(change) == "9000"
    assert host.send("00200001083132333435FFFFFF") == "9000"


def test_a_change_asks_for_the_old_pin(host: Host) -> None:
    assert host.send("00240001083030303034333231") == "63C2"
    assert host.send("00240001083132333434333231") == "9000"
    assert host.send(STATE) == "9000"
    assert host.send("002000010434333231") == "9000"


def test_a_new_pin_is_made_of_digits(host: Host) -> None:
    assert host.send("00240001083132333461626364") == "6A80"
    assert host.send(STATE) == "63C3"


@pytest.mark.parametrize("data", ["", "0431323334", "0731323334313233", "0A31323334313233343536"])
def test_a_change_of_the_wrong_length_costs_no_try(host: Host, data: str) -> None:
    assert host.send(f"00240001{data}") == "6700"
    assert host.send(STATE) == "63C3"


def test_a_blocked_pin_cannot_be_changed(host: Host) -> None:
    for _ in range(3):
        host.send(WRONG)
    assert host.send("00240001083132333434333231") == "6983"


def test_unblocking_asks_for_the_puk(host: Host) -> None:
    assert host.send("002C02010434333231") == "6982"
    assert host.send(PUK) == "9000"
    assert host.send("002C02010434333231") == "9000"
    assert host.send("002000010434333231") == "9000"


def test_unblocking_gives_a_new_pin_and_all_tries_but_proves_nothing(host: Host) -> None:
    for _ in range(3):
        host.send(WRONG)
    assert host.send("002C00010C313233343536373834333231") == "9000"
    assert host.send(STATE) == "63C3"


def test_the_puk_blocks_too(host: Host) -> None:
    assert [host.send(WRONG_PUK) for _ in range(4)] == ["63C2", "63C1", "63C0", "6983"]
    assert host.send("002C00010C313233343536373834333231") == "6983"


def test_wrong_puks_count_in_both_commands(host: Host) -> None:
    assert host.send(WRONG_PUK) == "63C2"
    assert host.send("002C00010C303030303030303034333231") == "63C1"
    assert host.send("00200002") == "63C1"


@pytest.mark.parametrize(
    "unblock",
    [[PUK, "002C02010434333231"], ["002C00010C313233343536373834333231"]],
    ids=["after verify", "at once"],
)
def test_unblocking_is_counted_and_ends(
    insert: Insert, image: CardImage, unblock: list[str]
) -> None:
    host = insert(_with(image, 2, uses_left=2))
    for _ in range(2):
        assert [host.send(item) for item in unblock][-1] == "9000"
    assert [host.send(item) for item in unblock][-1] == "6983"
    assert host.send("00200002") == "6983"
    assert host.card.image.pins[1].uses_left == 0


def test_unblocking_without_limit_stays_so(insert: Insert, image: CardImage) -> None:
    host = insert(_with(image, 2, uses_left=None))
    assert host.send("002C00010C313233343536373834333231") == "9000"
    assert host.card.image.pins[1].uses_left is None


def test_a_pin_that_nothing_unblocks_says_so(host: Host) -> None:
    assert host.send("002C02020434333231") == "6985"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("0020010104 31323334", "6A86"),
        ("0024010104 31323334", "6A86"),
        ("002C010108 3132333435363738", "6A86"),
        ("002C0301", "6A86"),
        ("0020000704 31323334", "6A88"),
        ("0024000708 3132333431323334", "6A88"),
        ("002C020704 31323334", "6A88"),
    ],
)
def test_other_forms_are_refused(host: Host, command: str, answer: str) -> None:
    assert host.send(command) == answer


class FailingStore(MemoryStore):
    """A disk that is full."""

    full = True

    def save(self, image: CardImage) -> None:
        if self.full:
            raise StateError("base.file_unwritable", path="card.json", reason="No space left")
        super().save(image)


@pytest.mark.parametrize("command", [RIGHT, WRONG, "00240001083132333434333231"])
def test_a_try_that_cannot_be_written_is_not_compared(
    image: CardImage, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def compare(_one: bytes, _other: bytes) -> bool:
        pytest.fail("compared without a written try")

    monkeypatch.setattr(hmac, "compare_digest", compare)
    host = Host(VirtualCard(FailingStore(image)))
    host.card.power_on()
    assert host.send(command) == "6581"
    assert host.send(STATE) == "63C3"


def test_a_right_pin_that_cannot_be_kept_proves_nothing(image: CardImage) -> None:
    class FillsUp(FailingStore):
        full = False

        def save(self, image: CardImage) -> None:
            super().save(image)
            self.full = True

    host = Host(VirtualCard(FillsUp(image)))
    host.card.power_on()
    assert host.send(RIGHT) == "6581"
    assert host.send(STATE) == "63C2"


def test_a_card_whose_store_is_gone_goes_on_with_what_it_knows(image: CardImage) -> None:
    class Gone(FailingStore):
        loads = 0

        def load(self) -> CardImage:
            self.loads += 1
            if self.loads > 1:
                raise StateError("card.image_unreadable", path="card.json", reason="gone")
            return super().load()

    host = Host(VirtualCard(Gone(image)))
    host.card.power_on()
    assert host.send(RIGHT) == "6581"
    assert host.send("00A4090C043F00D003") == "9000"


@given(st.lists(st.sampled_from([RIGHT, WRONG, STATE, PUK, WRONG_PUK, "!"]), max_size=12))
def test_tries_never_grow_but_by_a_right_pin(
    insert: Insert, image: CardImage, run: list[str]
) -> None:
    host = insert(image)
    left = 3
    for item in run:
        if item == "!":
            host.card.reset()
            continue
        answer = host.send(item)
        if item == WRONG and left:
            left -= 1
            assert answer == f"63C{left}"
        if item == RIGHT and left:
            assert answer == "9000"
            left = 3
        assert host.card.image.pins[0].tries_left == left


def test_no_pin_reaches_the_log(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.NOTSET)
    for command in (RIGHT, WRONG, "00240001083132333434333231", PUK):
        host.send(command)
    assert "31323334" not in caplog.text
    assert "1234" not in caplog.text

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a holder does with the code: on the card it was asked for, and on no other."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.cryptolib.conftest import Bench, MakeBench
from tests.unit.cryptolib.test_shuffled_card import Shuffle

from caducee.base.errors import (
    CardError,
    CardRemovedError,
    PinBlockedError,
    ReaderError,
    WrongPinError,
)
from caducee.base.secret import Secret
from caducee.codec.carddata import SerialNumber
from caducee.cryptolib.pin_tasks import (
    PinCondition,
    PinTask,
    perform,
    perform_at_reader,
    read_pin_status,
)
from caducee.middleware.pin_entry import EnteredPins
from caducee.spec.instructions import Instruction
from caducee.spec.pinpad import PadStatus
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.personalise import PersonalisationData, cps3, cps4
from caducee.virtualcard.plug.pinpad import Prompt
from caducee.virtualcard.plug.pinpad import SimulatedPinPad as Firmware
from caducee.virtualcard.store import MemoryStore

PIN, PUK, NEW = "1234", "12345678", "7302"
SENDS = (Instruction.VERIFY, Instruction.CHANGE_REFERENCE_DATA, Instruction.RESET_RETRY_COUNTER)


def codes(old: str, new: str | None = None) -> EnteredPins:
    return EnteredPins(Secret.of(old), Secret.of(new) if new else None)


def block(bench: Bench, tries: int = 3) -> None:
    with bench.open() as card:
        for _ in range(tries):
            with pytest.raises((WrongPinError, PinBlockedError)):
                card.prove(Secret.of("9999"))


def sent(bench: Bench) -> int:
    return sum(command[1] in SENDS and len(command) > 5 for command in bench.chip.commands)


@pytest.fixture(params=["cps3", "cps4"])
def bench(
    request: pytest.FixtureRequest,
    make_bench: MakeBench,
    content: PersonalisationData,
    cps4_content: PersonalisationData,
) -> Bench:
    """A CPS3 with contacts, and a CPS4."""
    if request.param == "cps3":
        return make_bench(content)
    return make_bench(cps4_content, personalise=cps4)


def test_a_fresh_card_can_be_tried_changed_and_unblocked(bench: Bench) -> None:
    found = read_pin_status(bench.open())
    assert found.condition is PinCondition.GOOD
    assert found.tasks == (PinTask.ENTER, PinTask.CHANGE, PinTask.UNBLOCK)
    assert found.pin is not None and found.pin.tries_left == 3
    assert found.holder == "PRENOM DOC0000012"
    assert "2900995235" in found.printed and "899700000012" in found.printed


def test_a_pin_that_was_tried_is_not_kept(bench: Bench) -> None:
    card = bench.open()
    after = perform(card, read_pin_status(card), PinTask.ENTER, codes(PIN))
    assert after.pin is not None and not after.pin.verified
    with pytest.raises(CardError) as caught:
        card.activities()
    assert caught.value.code == "cryptolib.pin_needed"


def test_a_changed_pin_replaces_the_old_one(bench: Bench) -> None:
    card = bench.open()
    perform(card, read_pin_status(card), PinTask.CHANGE, codes(PIN, NEW))
    perform(card, read_pin_status(card), PinTask.ENTER, codes(NEW))
    with pytest.raises(WrongPinError):
        perform(card, read_pin_status(card), PinTask.ENTER, codes(PIN))


def test_a_wrong_pin_leaves_one_try_fewer_and_the_last_one_is_reported(bench: Bench) -> None:
    card = bench.open()
    for left in (2, 1):
        with pytest.raises(WrongPinError) as caught:
            perform(card, read_pin_status(card), PinTask.ENTER, codes("9999"))
        assert caught.value.facts["tries_left"] == left
    assert read_pin_status(card).condition is PinCondition.LAST_TRY


def test_a_blocked_card_offers_nothing_but_unblocking(bench: Bench) -> None:
    block(bench)
    card = bench.open()
    found = read_pin_status(card)
    assert found.condition is PinCondition.BLOCKED
    assert found.tasks == (PinTask.UNBLOCK,)
    after = perform(card, found, PinTask.UNBLOCK, codes(PUK, NEW))
    assert after.condition is PinCondition.GOOD
    perform(card, after, PinTask.ENTER, codes(NEW))


def test_a_card_whose_two_pins_are_blocked_is_lost(bench: Bench) -> None:
    block(bench)
    card = bench.open()
    for _ in range(20):
        try:
            perform(card, read_pin_status(card), PinTask.UNBLOCK, codes("00000000", NEW))
        except WrongPinError:
            continue
        except PinBlockedError:
            break
    found = read_pin_status(card)
    assert found.condition is PinCondition.LOST
    assert not found.tasks


def test_a_side_without_a_pin_has_nothing_to_do(contactless_bench: Bench) -> None:
    found = read_pin_status(contactless_bench.open())
    assert found.condition is PinCondition.NONE
    assert not found.tasks and found.pin is None


def test_a_card_that_does_not_tell_its_tries_is_usable(bench: Bench) -> None:
    found = read_pin_status(bench.open())
    assert found.pin is not None
    silent = replace(found, pin=replace(found.pin, tries_left=None, tries_max=None))
    assert silent.condition is PinCondition.UNKNOWN
    assert PinTask.ENTER in silent.tasks


@pytest.mark.parametrize("task", [PinTask.CHANGE, PinTask.UNBLOCK])
@pytest.mark.parametrize("new", ["5678", "1985", "9952"])
def test_a_weak_pin_is_refused_before_anything_is_sent(
    bench: Bench, task: PinTask, new: str
) -> None:
    card = bench.open()
    seen = replace(read_pin_status(card), printed=("2900995235",))
    before = sent(bench)
    with pytest.raises(CardError) as caught:
        perform(card, seen, task, codes(PIN if task is PinTask.CHANGE else PUK, new))
    assert caught.value.code.startswith("cryptolib.pin_")
    assert sent(bench) == before


def test_a_weak_pin_can_be_wanted_for_a_test_card(bench: Bench) -> None:
    card = bench.open()
    perform(card, read_pin_status(card), PinTask.CHANGE, codes(PIN, "1111"), weak=True)
    perform(card, read_pin_status(card), PinTask.ENTER, codes("1111"))


@pytest.mark.parametrize(
    ("task", "given"),
    [
        (PinTask.ENTER, EnteredPins()),
        (PinTask.ENTER, codes(PIN, NEW)),
        (PinTask.CHANGE, codes(PIN)),
        (PinTask.UNBLOCK, EnteredPins(None, Secret.of(NEW))),
    ],
)
def test_pins_that_do_not_fit_the_task_reach_no_card(
    bench: Bench, task: PinTask, given: EnteredPins
) -> None:
    card = bench.open()
    seen, before = read_pin_status(card), sent(bench)
    with pytest.raises(CardError):
        perform(card, seen, task, given)
    assert sent(bench) == before


ALL = [
    (PinTask.ENTER, codes(PIN)),
    (PinTask.CHANGE, codes(PIN, NEW)),
    (PinTask.UNBLOCK, codes(PUK, NEW)),
]


def another(content: PersonalisationData) -> PersonalisationData:
    return replace(content, card_number="2900995266", serial=SerialNumber.make("29009966"))


@pytest.mark.parametrize(("task", "given"), ALL)
def test_pins_of_one_card_never_reach_the_card_that_took_its_place(
    make_bench: MakeBench, content: PersonalisationData, task: PinTask, given: EnteredPins
) -> None:
    bench = make_bench(content)
    seen = read_pin_status(bench.open())
    bench.chip.inner = VirtualCard(MemoryStore(cps3(another(content))))
    bench.reader.insert(bench.chip)
    before = sent(bench)
    with pytest.raises(CardError) as caught:
        perform(bench.open(), seen, task, given)
    assert caught.value.code == "cryptolib.card_exchanged"
    assert sent(bench) == before


@pytest.mark.parametrize(("task", "given"), ALL)
def test_a_card_exchanged_behind_an_open_connection_gets_no_pin(
    make_bench: MakeBench, content: PersonalisationData, task: PinTask, given: EnteredPins
) -> None:
    """A reader that did not notice: the chip behind the connection is another one suddenly."""
    bench = make_bench(content)
    card = bench.open()
    seen, before = read_pin_status(card), sent(bench)
    other = VirtualCard(MemoryStore(cps3(another(content))))
    other.power_on()
    bench.chip.inner = other
    with pytest.raises(CardError) as caught:
        perform(card, seen, task, given)
    assert caught.value.code == "cryptolib.card_exchanged"
    assert sent(bench) == before


@pytest.mark.parametrize(("task", "given"), ALL)
def test_the_other_side_of_the_same_card_is_not_the_card_that_was_asked(
    make_bench: MakeBench, content: PersonalisationData, task: PinTask, given: EnteredPins
) -> None:
    seen = read_pin_status(make_bench(content).open())
    with pytest.raises(CardError) as caught:
        perform(make_bench(content, face="contactless").open(), seen, task, given)
    assert caught.value.code == "cryptolib.card_exchanged"


@pytest.mark.parametrize(("task", "given"), ALL)
def test_a_card_that_left_gets_nothing(bench: Bench, task: PinTask, given: EnteredPins) -> None:
    card = bench.open()
    seen, before = read_pin_status(card), sent(bench)
    bench.reader.eject()
    with pytest.raises(CardRemovedError):
        perform(card, seen, task, given)
    assert sent(bench) == before


def test_no_pin_stands_in_a_log_an_error_or_a_value(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    card = bench.open()
    wrong = "6408"
    seen = read_pin_status(card)
    seen_values: list[object] = [seen]
    acts: list[Callable[[], object]] = [
        lambda: perform(card, seen, PinTask.ENTER, codes(wrong)),
        lambda: perform(card, seen, PinTask.CHANGE, codes(wrong, "52071")),
        lambda: perform(card, seen, PinTask.CHANGE, codes(PIN, "6408640")),
    ]
    for act in acts:
        try:
            seen_values.append(act())
        except CardError as error:
            seen_values += [error, error.facts, repr(error), error.advice()]
    text = caplog.text + "".join(map(str, seen_values)) + "".join(map(repr, seen_values))
    for code in (wrong, "52071", "6408640"):
        assert code not in text and code.encode().hex() not in text.lower()


class Hand:
    """Enters at the reader what was given, and notes what the display asked."""

    def __init__(self, *typed: str | PadStatus) -> None:
        self.typed = list(typed)
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt) -> str | PadStatus:
        self.prompts.append(prompt)
        return self.typed.pop(0)


def with_pin_pad(
    make_bench: MakeBench, content: PersonalisationData, *typed: str | PadStatus
) -> Bench:
    bench = make_bench(content)
    bench.reader.pin_pad = Firmware(bench.chip, Hand(*typed))
    return bench


def test_a_reader_with_keys_is_known_with_what_it_can_do(
    make_bench: MakeBench, content: PersonalisationData
) -> None:
    found = read_pin_status(with_pin_pad(make_bench, content).open())
    assert found.at_reader == {PinTask.ENTER}  # two codes without padding have no places
    assert read_pin_status(make_bench(content).open()).at_reader == frozenset()
    bare = make_bench(content, face="contactless")
    bare.reader.pin_pad = Firmware(bare.chip, Hand())
    assert read_pin_status(bare.open()).at_reader == frozenset()


def test_a_pin_entered_at_the_reader_leaves_the_card_closed(
    make_bench: MakeBench, content: PersonalisationData
) -> None:
    bench = with_pin_pad(make_bench, content, PIN)
    card = bench.open()
    after = perform_at_reader(card, read_pin_status(card), PinTask.ENTER)
    assert after.condition is PinCondition.GOOD
    with pytest.raises(CardError) as caught:
        card.activities()
    assert caught.value.code == "cryptolib.pin_needed"


def test_a_wrong_pin_entered_at_the_reader_costs_one_try(
    make_bench: MakeBench, content: PersonalisationData
) -> None:
    bench = with_pin_pad(make_bench, content, "9999")
    card = bench.open()
    with pytest.raises(WrongPinError) as caught:
        perform_at_reader(card, read_pin_status(card), PinTask.ENTER)
    assert caught.value.facts["tries_left"] == 2


def test_a_holder_who_gives_up_at_the_reader_loses_no_try(
    make_bench: MakeBench, content: PersonalisationData
) -> None:
    bench = with_pin_pad(make_bench, content, PadStatus.CANCELLED, PadStatus.TIMEOUT)
    card = bench.open()
    for code in ("pin.cancelled", "pin.timeout"):
        with pytest.raises(ReaderError) as caught:
            perform_at_reader(card, read_pin_status(card), PinTask.ENTER)
        assert caught.value.code == code
    found = read_pin_status(card).pin
    assert found is not None and found.tries_left == 3


def test_the_keys_of_a_reader_are_not_asked_for_another_card(
    make_bench: MakeBench, content: PersonalisationData
) -> None:
    bench = with_pin_pad(make_bench, content)
    seen = read_pin_status(bench.open())
    bench.chip.inner = VirtualCard(MemoryStore(cps3(another(content))))
    bench.reader.insert(bench.chip)
    with pytest.raises(CardError) as caught:
        perform_at_reader(bench.open(), seen, PinTask.ENTER)  # nothing is typed: Hand is empty
    assert caught.value.code == "cryptolib.card_exchanged"


def test_a_task_that_the_keys_cannot_do_is_refused(
    make_bench: MakeBench, content: PersonalisationData
) -> None:
    card = with_pin_pad(make_bench, content).open()
    with pytest.raises(ReaderError) as caught:
        perform_at_reader(card, read_pin_status(card), PinTask.UNBLOCK)
    assert caught.value.code == "reader.feature_absent"


def padded(content: PersonalisationData, path: Path) -> CardImage:
    """Return a card whose codes fill eight bytes: a PIN pad knows where each stands."""
    cps3(content).save(path)
    shuffle = Shuffle(json.loads(path.read_text()), 1)
    shuffle.code_references()
    path.write_text(json.dumps(shuffle.image))
    return CardImage.load(path)


def test_a_pin_is_changed_at_the_reader_when_pins_have_places_of_their_own(
    make_bench: MakeBench, content: PersonalisationData, tmp_path: Path
) -> None:
    bench = make_bench(padded(content, tmp_path / "card.json"))
    hand = Hand(PIN, NEW, NEW, PIN, NEW, "8888", NEW)
    bench.reader.pin_pad = Firmware(bench.chip, hand)
    card = bench.open()
    seen = read_pin_status(card)
    assert seen.at_reader == {PinTask.ENTER, PinTask.CHANGE}
    perform_at_reader(card, seen, PinTask.CHANGE)
    assert [prompt.new for prompt in hand.prompts] == [False, True, True]
    with pytest.raises(ReaderError) as caught:  # two new codes that differ
        perform_at_reader(card, read_pin_status(card), PinTask.CHANGE)
    assert caught.value.code == "pin.new_codes_differ"
    perform_at_reader(card, read_pin_status(card), PinTask.ENTER)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Readers with a PIN pad: found by their features, and a code entered there is never seen here."""

from collections.abc import Callable

import pytest
from tests.unit.reader.conftest import FakeLibrary

from caducee.base.errors import CardRemovedError, ReaderError
from caducee.codec.pinpad import PadProperties, PinFormat, PinModify, PinVerify, write_features
from caducee.reader.memory import MemoryReader
from caducee.reader.pcsc import PcscContext
from caducee.reader.pcsc.abi import LINUX, MACOS, WINDOWS, Abi
from caducee.reader.pcsc.native import WinScard
from caducee.reader.pinpad import PinPad, find_pin_pad
from caducee.reader.transport import Transport
from caducee.spec.pinpad import Feature, PadProperty, PadStatus
from caducee.testing.chips import ScriptedChip
from caducee.virtualcard.plug.pinpad import Prompt
from caducee.virtualcard.plug.pinpad import SimulatedPinPad as Firmware

VERIFY = bytes.fromhex("0020000108") + b"\xff" * 8
CHANGE = bytes.fromhex("0024000110") + b"\xff" * 16
PLACE = PinFormat(8)
ENTRY = PinVerify(VERIFY, PLACE, 4, 8)
RENEWAL = PinModify(CHANGE, PLACE, 4, 8, 0, 8)


class Hand:
    """Enters what was given."""

    def __init__(self, *typed: str | PadStatus) -> None:
        self.typed = list(typed)
        self.prompts: list[Prompt] = []

    def __call__(self, prompt: Prompt) -> str | PadStatus:
        self.prompts.append(prompt)
        return self.typed.pop(0)


def chip() -> ScriptedChip:
    return ScriptedChip(
        {
            "0020000108" + "31323334FFFFFFFF": "9000",
            "0020000108" + "39393939FFFFFFFF": "63C2",
            "0024000110" + "31323334FFFFFFFF" + "3433323130FFFFFF": "9000",
        }
    )


def in_memory(hand: Hand, **more: int) -> Transport:
    reader, card = MemoryReader(), chip()
    reader.insert(card)
    reader.pin_pad = Firmware(card, hand, **more)
    return reader.connect()


def pad_of(transport: Transport) -> PinPad:
    pad = find_pin_pad(transport)
    assert pad is not None
    return pad


def test_a_reader_without_a_pin_pad_has_none() -> None:
    reader = MemoryReader()
    reader.insert(chip())
    assert find_pin_pad(reader.connect()) is None


def test_a_code_goes_from_the_pin_pad_to_the_card() -> None:
    hand = Hand("1234", "9999")
    transport = in_memory(hand)
    pad = pad_of(transport)
    assert pad.verifies
    assert pad.enter(transport, ENTRY).hex() == "9000"
    assert pad.enter(transport, ENTRY).hex() == "63c2"
    assert hand.prompts == [Prompt(new=False)] * 2


def test_a_new_code_is_typed_twice() -> None:
    hand = Hand("1234", "43210", "43210")
    transport = in_memory(hand)
    pad = pad_of(transport)
    assert pad.changes
    assert pad.enter(transport, RENEWAL).hex() == "9000"
    assert [(prompt.new, prompt.again) for prompt in hand.prompts] == [
        (False, False),
        (True, False),
        (True, True),
    ]


@pytest.mark.parametrize(
    ("typed", "plan", "code"),
    [
        ([PadStatus.CANCELLED], ENTRY, "pin.cancelled"),
        ([PadStatus.TIMEOUT], ENTRY, "pin.timeout"),
        (["123"], ENTRY, "pin.pad_length"),
        (["1234", "43210", "43211"], RENEWAL, "pin.new_codes_differ"),
        ([], PinVerify(VERIFY, PinFormat(8, encoding=0), 4, 8), "pin.pad_refuses"),
    ],
)
def test_what_the_reader_answers_itself_is_reported(
    typed: list[str | PadStatus], plan: PinVerify | PinModify, code: str
) -> None:
    transport = in_memory(Hand(*typed or ["1234"]))
    with pytest.raises(ReaderError) as caught:
        pad_of(transport).enter(transport, plan)
    assert caught.value.code == code


def test_the_digits_of_card_and_pin_pad_are_what_both_take() -> None:
    pad = pad_of(in_memory(Hand(), least=5, most=6))
    assert pad.within(4, 8) == (5, 6)
    assert PinPad({}).within(4, 8) == (4, 8)
    odd = PadProperties({PadProperty.LEAST_PIN: b"\x0c", PadProperty.MOST_PIN: b"\x02"})
    assert PinPad({}, odd).within(4, 8) == (8, 8)


def test_a_feature_that_is_not_there_is_not_used() -> None:
    transport = in_memory(Hand())
    with pytest.raises(ReaderError) as caught:
        PinPad({}).enter(transport, RENEWAL)
    assert caught.value.code == "reader.feature_absent"


class Says:
    """A PIN pad that gives prepared answers."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)

    def control(self, code: int, data: bytes) -> bytes | None:
        return self.answers.pop(0)


WITH_PROPERTIES = write_features({Feature.VERIFY_PIN_DIRECT: 6, Feature.GET_TLV_PROPERTIES: 7})


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([b"\x06"], None),
        ([b""], None),
        ([write_features({Feature.CCID_ESC_COMMAND: 1})], None),
        ([WITH_PROPERTIES, None], PadProperties()),
        ([WITH_PROPERTIES, b"\x01"], PadProperties()),
        ([WITH_PROPERTIES, b"\x06\x01\x04"], PadProperties({6: b"\x04"})),
    ],
)
def test_what_a_reader_reports_badly_is_not_believed(
    answers: list[bytes | None], found: PadProperties | None
) -> None:
    reader = MemoryReader()
    reader.insert(chip())
    reader.pin_pad = Says(*answers)
    pad = find_pin_pad(reader.connect())
    assert (pad and pad.properties) == found


def test_an_answer_that_is_none_is_refused() -> None:
    reader = MemoryReader()
    reader.insert(chip())
    reader.pin_pad = Says(b"\x90")
    with pytest.raises(ReaderError) as caught:
        PinPad({Feature.VERIFY_PIN_DIRECT: 1}).enter(reader.connect(), ENTRY)
    assert caught.value.code == "reader.answer_malformed"


def test_a_card_that_left_is_reported() -> None:
    reader = MemoryReader()
    reader.insert(chip())
    transport = reader.connect()
    reader.eject()
    with pytest.raises(CardRemovedError):
        find_pin_pad(transport)


@pytest.fixture(params=[LINUX, MACOS, WINDOWS], ids=lambda abi: abi.system)
def pcsc(request: pytest.FixtureRequest) -> Callable[[Hand], tuple[FakeLibrary, Transport]]:
    abi: Abi = request.param

    def make(hand: Hand) -> tuple[FakeLibrary, Transport]:
        library, card = FakeLibrary(abi), chip()
        library.insert("Reader A", card)
        library.pin_pad = Firmware(card, hand)
        context = PcscContext(WinScard(abi, library))
        return library, context.reader("Reader A").connect()

    return make


def test_a_pin_pad_behind_pcsc_is_asked_by_the_codes_that_it_gave(
    pcsc: Callable[[Hand], tuple[FakeLibrary, Transport]],
) -> None:
    library, transport = pcsc(Hand("1234"))
    pad = pad_of(transport)
    assert pad.features[Feature.VERIFY_PIN_DIRECT] == 0x42330006
    assert pad.properties.firmware == "virtual"
    assert pad.enter(transport, ENTRY).hex() == "9000"
    card = library.chips["Reader A"]
    assert card is not None
    transport.close()
    assert card.happened[-1] == "reset"  # the card may be open

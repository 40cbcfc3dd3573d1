# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whatever a host sends: a defined status word, no lost state, bounded memory."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.unit.virtualcard.conftest import VECTORS

from caducee.spec.status import StatusWord
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.store import MemoryStore

FACES = {
    "CPS3 contact": ("cps3", "contact"),
    "CPS3 contactless": ("cps3", "contactless"),
    "CPS3 with CPS2ter": ("cps3-cps2ter", "contact"),
    "identification": ("cps3-identification", "contactless"),
    "CPS4": ("cps4", "contact"),
}
CARDS = {name: CardImage.load(VECTORS / "cards" / f"{name}.json") for name, _ in FACES.values()}


def _commands(name: str, face: str) -> list[bytes]:
    """Return the commands of the dialogues that the vectors have for a face of a card."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(VECTORS.glob("card-*.txt"))]
    own = [
        text
        for text in texts
        if f"card: {name}\n" in text and ("face: contactless\n" in text) == (face == "contactless")
    ]
    lines = [line for text in own for line in text.splitlines()]
    return sorted({bytes.fromhex(line[1:]) for line in lines if line.startswith(">")})


REAL = {face: _commands(*place) for face, place in FACES.items()}
SEEDS = sorted({command for commands in REAL.values() for command in commands})
CHIPDOC = bytes.fromhex("01A4040C088025000001FF0100")
CODES = ("0431323334", "0430303030")

classes = st.sampled_from([0x00, 0x00, 0x10, 0x0C, 0x01, 0x11, 0xA0, 0xFF]) | st.integers(0, 255)
instructions = st.sampled_from(sorted({seed[1] for seed in SEEDS})) | st.integers(0, 255)
byte = st.integers(0, 255)


@st.composite
def commands(draw: st.DrawFn) -> bytes:
    """Draw a command that is nearly right: short or extended, whole, cut or too long."""
    header = bytes((draw(classes), draw(instructions), draw(byte), draw(byte)))
    data = draw(st.binary(max_size=300))
    if draw(st.booleans()):
        body = b"\x00" + len(data).to_bytes(2) + data
    else:
        body = bytes((len(data) & 0xFF,)) + data
    le = draw(st.sampled_from([b"", b"\x00", b"\x10", b"\x00\x00", b"\xff\xff"]))
    whole = header + body + le
    return whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """Draw a command of a real dialogue with some bytes changed."""
    seed = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 3))):
        seed[draw(st.integers(0, len(seed) - 1))] = draw(byte)
    return bytes(seed)


def is_defined(sw: int) -> bool:
    """Say whether a status word has a meaning, "no diagnosis" not counted."""
    if sw >> 8 in (0x61, 0x6C, 0x9F) or sw & 0xFFF0 == 0x63C0:
        return True
    return sw != StatusWord.NO_DIAGNOSIS and not StatusWord(sw).name.startswith("UNKNOWN")


class CardFromItsHost(RuleBasedStateMachine):
    """Sends anything to a face of a card, and knows how many tries must be left."""

    def __init__(self, face: str) -> None:
        super().__init__()
        name, side = FACES[face]
        self.commands = REAL[face]
        self.start = CARDS[name]
        self.channel = 1 if self.start.contact.generation == "CPS4" else 0
        self.card = VirtualCard(MemoryStore(self.start), face=side)
        self.has_pins = side == "contact"
        self.card.power_on()

    def send(self, command: bytes) -> int:
        before = self.card.image
        answer = self.card.transmit(command)
        sw = int.from_bytes(answer[-2:])
        assert 2 <= len(answer) <= 258
        assert is_defined(sw), f"{command.hex()} -> {sw:04X}"
        self._check_tries(before, command, sw)
        return sw

    def _check_tries(self, before: CardImage, command: bytes, sw: int) -> None:
        for old, new in zip(before.pins, self.card.image.pins, strict=True):
            assert self.has_pins or new == old
            if new.tries_left > old.tries_left:
                assert sw == StatusWord.OK
                assert command[1] in (0x20, 0x24, 0x2C)

    @rule(command=commands())
    def nearly_right(self, command: bytes) -> None:
        self.send(command)

    @rule(command=changed())
    def changed(self, command: bytes) -> None:
        self.send(command)

    @rule(places=st.lists(st.integers(0, 1000), min_size=1, max_size=6))
    def real(self, places: list[int]) -> None:
        for at in places:
            self.send(self.commands[at % len(self.commands)])

    @rule(command=st.binary(max_size=600))
    def random(self, command: bytes) -> None:
        self.send(command)

    def _verify(self, code: str) -> int:
        if self.channel:
            assert self.send(CHIPDOC) == StatusWord.OK
        return self.send(bytes.fromhex(f"{self.channel:02X}200001{code}"))

    @rule()
    def prove(self) -> None:
        self._verify(CODES[0])

    @rule()
    def guess(self) -> None:
        code = self.card.image.pins[0]
        sw = self._verify(CODES[1])
        if not self.has_pins:
            assert sw in (StatusWord.INS_NOT_SUPPORTED, StatusWord.CLA_NOT_SUPPORTED)
        elif self.start.pins[0].value.reveal() == code.value.reveal():
            left = code.tries_left
            assert sw == (StatusWord.NO_TRIES_LEFT + left - 1 if left else 0x6983)

    @rule()
    def reset(self) -> None:
        self.card.reset()
        session = self.card._core.session
        assert not session.verified
        assert not session.unblocked
        assert not session.applications
        assert not session.waiting
        assert session.chain is None

    @invariant()
    def memory_is_bounded(self) -> None:
        session = self.card._core.session
        assert len(session.waiting) < 1024
        assert session.chain is None or len(session.chain.data) <= 1024
        assert len(session.environment) <= 4
        assert len(session.applications) <= 2

    @invariant()
    def sizes_never_change(self) -> None:
        for old, new in zip(self.start.files, self.card.image.files, strict=True):
            assert old.path == new.path
            assert len(getattr(old, "content", b"")) == len(getattr(new, "content", b""))

    def teardown(self) -> None:
        CardImage.from_json(self.card.image.to_json())


@pytest.mark.parametrize("face", sorted(FACES))
def test_a_face_keeps_its_state_whatever_its_host_sends(face: str) -> None:
    run_state_machine_as_test(
        lambda: CardFromItsHost(face),  # type: ignore[arg-type]  # any factory will do
        settings=settings(max_examples=60, stateful_step_count=40, deadline=None),
    )


@pytest.mark.parametrize("face", sorted(FACES))
@given(sent=st.lists(st.binary(max_size=400) | changed() | commands(), max_size=10))
def test_any_bytes_get_a_defined_status_word(face: str, sent: list[bytes]) -> None:
    name, side = FACES[face]
    card = VirtualCard(MemoryStore(CARDS[name]), face=side)
    card.power_on()
    for command in sent:
        assert is_defined(int.from_bytes(card.transmit(command)[-2:])), command.hex()

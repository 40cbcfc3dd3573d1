# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Dialogues of the issuer's module, answered to the Cryptolib: it sends no byte that is not there.

The Cryptolib sends fewer commands, in another order; each one of them must be in the recorded
dialogue, a READ BINARY after the SELECT of the same file. The answers are those of the dialogue.
"""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from caducee.base.errors import PinBlockedError, WrongPinError
from caducee.base.secret import Secret
from caducee.cryptolib import CpsCard, KeyUse, open_transport
from caducee.cryptolib.digest_info import digest_info
from caducee.reader.transcript import Exchange, Transcript
from caducee.reader.transport import Apdu, CardProtocol, Ending
from caducee.spec.instructions import Instruction

VECTORS = Path(__file__).parents[2] / "vectors"
PIN, OTHER, PUK = (Secret.of(item) for item in ("1234", "4321", "12345678"))
DIGEST = b"\x11" * 32
INFO = digest_info(DIGEST, "sha256")


_SELECT_THERE = 0xA0A4
"""SELECT on the CPS2ter side, which leaves the other side as it is."""


def _depends(command: bytes) -> tuple[int, ...]:
    match command[1]:
        case Instruction.READ_BINARY if command[0] == 0xA0:
            return (_SELECT_THERE, Instruction.VERIFY)
        case Instruction.READ_BINARY:
            return (Instruction.SELECT,)
        case Instruction.PERFORM_SECURITY_OPERATION | Instruction.INTERNAL_AUTHENTICATE:
            return (Instruction.MANAGE_SECURITY_ENVIRONMENT,)
        case Instruction.RESET_RETRY_COUNTER:
            return (Instruction.VERIFY,)
    return ()


class Recorded:
    """A transport that answers from dialogues, whatever the order."""

    def __init__(self, *names: str) -> None:
        self.answers: dict[tuple[bytes, bytes], list[bytes]] = {}
        self.last: dict[int, bytes] = {}
        for name in names:
            text = (VECTORS / f"card-{name}.txt").read_text(encoding="utf-8")
            transcript = Transcript.parse(text)
            self.atr, self.protocol = transcript.atr, transcript.protocol
            for step in transcript.steps:
                if isinstance(step, Exchange):
                    self._learn(step.command.exact or b"", step.response.exact or b"")
        self.sent: list[bytes] = []

    atr: bytes
    protocol: CardProtocol

    def _key(self, command: bytes) -> tuple[bytes, bytes]:
        """The command with the one before on which its answer depends."""
        kind = command[1]
        if len(command) > 5:
            self.last[_SELECT_THERE if command[:2] == b"\xa0\xa4" else kind] = command
        before = b"".join(self.last.get(depend, b"") for depend in _depends(command))
        return before, command

    def _learn(self, command: bytes, answer: bytes) -> None:
        self.answers.setdefault(self._key(command), []).append(answer)

    def transmit(self, command: Apdu) -> bytes:
        command = bytes(command)
        self.sent.append(command)
        answers = self.answers.get(self._key(command))
        assert answers, f"the issuer's module does not send {command.hex().upper()}"
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def reset(self) -> bytes:
        return self.atr

    def transaction(self, ending: Ending = Ending.RESET) -> AbstractContextManager[None]:
        return nullcontext()

    def undisturbed(self) -> bool:
        return True

    def shared(self) -> bool:
        return False

    def leave(self, *, verified: bool = False) -> None:
        pass

    def rest(self) -> None:
        pass

    def control(self, code: int, data: bytes = b"", *, whole: bool = False) -> bytes:
        return b""

    def close(self) -> None:
        pass


def opened(*names: str) -> CpsCard:
    return open_transport(Recorded(*names))


def test_contactless_card_is_read_as_recorded() -> None:
    card = opened("contactless-listing")
    assert card.token_label == "CPS3v3_CL"
    assert card.certificate(KeyUse.TECHNICAL).serial_number == 3
    assert card.read_data() == bytes(256)
    assert [data_object.label for data_object in card.data_objects()] == ["CPS_DATA"]


def test_contactless_card_signs_as_recorded() -> None:
    card = opened("contactless-listing", "contactless-signature")
    assert card.authenticate(INFO, KeyUse.TECHNICAL)
    assert card.random(8) == bytes(range(8))


def test_cps4_is_read_as_recorded() -> None:
    card = opened("cps4-listing")
    assert card.token_label == "CPS4v1-3100603746"
    assert [card.certificate(use).serial_number for use in card.uses] == [2, 1]
    assert card.pin_state().tries_left == card.puk_state().tries_left == 3
    holder = card.holder()
    assert (holder.given_name, holder.family_name) == ("PRENOM", "NOM")


CPS4_KEYS = [
    ("cps4-signature", lambda card: card.sign_digest(DIGEST)),
    ("cps4-pss", lambda card: card.sign_pss(DIGEST)),
    ("cps4-authentication", lambda card: card.authenticate(INFO)),
]


@pytest.mark.parametrize(("name", "act"), CPS4_KEYS, ids=lambda it: it if type(it) is str else "")
def test_cps4_logs_in_and_signs_as_recorded(name: str, act: object) -> None:
    card = opened("cps4-listing", "cps4-login", name)
    card.keep_pin(PIN)
    assert callable(act) and act(card)


def test_cps4_changes_its_pin_as_recorded() -> None:
    opened("cps4-listing", "cps4-change").change(PIN, OTHER)


def test_cps4_is_unblocked_as_recorded() -> None:
    opened("cps4-listing", "cps4-unblock").unblock(PUK, OTHER)


def test_contact_card_is_read_as_recorded() -> None:
    card = opened("listing")
    assert card.token_label == "CPS3v3-2900995235"
    assert card.pin_state().tries_left == card.puk_state().tries_left == 3
    assert card.certificate(KeyUse.SIGNATURE).serial_number == 1


def given(name: str, head: str) -> bytes:
    """The data of the first command of a dialogue that begins with ``head``, Lc included."""
    text = (VECTORS / f"card-{name}.txt").read_text(encoding="utf-8")
    return bytes.fromhex(text.partition(f"> {head}")[2].partition("\n")[0])


def test_contact_card_signs_as_recorded() -> None:
    card = opened("listing", "authentication")
    card.keep_pin(PIN)
    assert card.authenticate(given("authentication", "0088000033"))
    card = opened("listing", "signature")
    card.keep_pin(PIN)
    assert card.sign_digest(given("signature", "002A9E9A20"))


def test_wrong_pins_are_refused_as_recorded() -> None:
    card = opened("listing", "wrong-pin")
    wrong = Secret.of("0000")
    for left in (2, 1):
        with pytest.raises(WrongPinError) as caught:
            card.verify(wrong)
        assert caught.value.facts["tries_left"] == left
    card.verify(PIN)
    for _ in (2, 1):
        with pytest.raises(WrongPinError):
            card.verify(wrong)
    with pytest.raises(PinBlockedError):
        card.verify(wrong)


def test_billing_is_read_as_recorded() -> None:
    card = opened("listing", "cps2ter")
    card.keep_pin(PIN)
    assert card.billing().situation == bytes.fromhex("F00C800A62696C6C696E67203031")

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The lines between the daemon and whatever asks the holder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.errors import FormatError
from caducee.base.secret import Secret
from caducee.middleware.pin_entry import EnteredPins, PinKind, PinQuestion, PinRequest, PinRequester
from caducee.middleware.pin_entry.protocol import MAX_LINE, PinEntryLine, Verb, answer_of, pin_line

ASKED = PinQuestion(
    PinRequest(
        PinKind.CHANGE, "CPS3v3-2900995235", "KIT DOC0073574", "Reader 00 00", 1, 4, 8, "signer"
    ),
    PinRequester("/usr/lib/firefox-esr", 4242, "https://portail.test"),
    "fr",
    60,
    True,
)


def test_a_question_comes_back_from_its_lines_whole() -> None:
    found = PinQuestion(PinRequest(PinKind.LOGIN))
    for line in ASKED.to_lines():
        found = found.after(PinEntryLine.from_bytes(line.to_bytes()[:-1]))
    assert found == ASKED
    assert ASKED.to_lines()[-1].verb == Verb.ASK


@given(st.text(max_size=300))
def test_any_text_is_one_line_and_comes_back(text: str) -> None:
    made = PinEntryLine("HOLDER", text).to_bytes()
    assert made.count(b"\n") == 1 and made.endswith(b"\n") and made.isascii()
    if len(made) < MAX_LINE - 3:
        assert PinEntryLine.from_bytes(made[:-1]).text == text


def test_a_text_that_is_too_long_is_cut_between_two_escapes() -> None:
    made = PinEntryLine("FOR", "é" * 2000).to_bytes()
    assert len(made) <= MAX_LINE
    with pytest.raises(FormatError):
        PinEntryLine.from_bytes(b"FOR " + b"x" * MAX_LINE)
    assert set(PinEntryLine.from_bytes(made[:-1]).text) <= {"é"}


def test_a_verb_nobody_knows_is_passed_over() -> None:
    assert ASKED.after(PinEntryLine("COLOUR", "blue")) == ASKED


@pytest.mark.parametrize("line", [b"", b"kind login", b"ASK\xff", b"ASK %FF", b"A" * 40])
def test_what_is_no_line_is_refused(line: bytes) -> None:
    with pytest.raises(FormatError, match=r"pin\.line_malformed"):
        PinEntryLine.from_bytes(line)


@pytest.mark.parametrize(
    "line",
    [
        PinEntryLine("TRIES", "many"),
        PinEntryLine("LENGTH", "4"),
        PinEntryLine("KIND", "theft"),
        PinEntryLine("PID", "x"),
    ],
)
def test_a_value_without_sense_is_refused(line: PinEntryLine) -> None:
    with pytest.raises(FormatError, match=r"pin\.line_malformed"):
        ASKED.after(line)


def test_codes_travel_as_hex_and_come_back() -> None:
    line = pin_line(EnteredPins(Secret.of("1234"), Secret.of("56 78")))
    assert line == b"CODE 31323334 3536203738\n"
    found = answer_of(line)
    assert isinstance(found, EnteredPins) and found.old and found.new
    assert (found.old.reveal(), found.new.reveal()) == (b"1234", b"56 78")
    found.wipe()
    assert not found.old and not found.new


def test_one_code_alone_leaves_the_other_out() -> None:
    found = answer_of(pin_line(EnteredPins(Secret.of("1234"))))
    assert isinstance(found, EnteredPins) and found.old and found.new is None


@pytest.mark.parametrize("verb", [Verb.CANCEL, Verb.TIMEOUT, Verb.ERROR])
def test_the_holder_may_decline(verb: Verb) -> None:
    assert answer_of(verb.encode() + b" because\n") is verb


@pytest.mark.parametrize(
    "line",
    [b"", b"CODE", b"CODE 31", b"CODE zz -", b"CODE  -", b"OK", b"CODE " + b"31" * 65 + b" -"],
)
def test_an_answer_that_is_none_is_refused_and_never_quoted(line: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        answer_of(line)
    assert caught.value.facts == {}
    assert caught.value.__cause__ is None

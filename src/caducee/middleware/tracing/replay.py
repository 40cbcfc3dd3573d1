# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A recorded dialogue again: as text, against a card, or in the place of the card.

The APDUs of a trace become a transcript (`caducee.reader.transcript`). Against a card, each command
is sent and the answers are compared; commands whose PIN is masked are left out. In the place of
the card, `RecordedChip` answers what was recorded to whoever asks the same.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from caducee.base.errors import FormatError
from caducee.middleware.tracing.record import RecordKind, TraceRecord
from caducee.reader.masking import MASK, masked
from caducee.reader.transcript import Exchange, Transcript
from caducee.reader.transport import Transport
from caducee.spec.instructions import Instruction
from caducee.spec.status import StatusWord

__all__ = ["RecordedChip", "ReplayStep", "against", "to_transcript"]


def to_transcript(records: Sequence[TraceRecord], reader: str = "") -> str:
    """Return the dialogue with the card in one reader as a transcript.

    Without a name, the reader that the first command went to. The dialogue begins at the
    connection whose answer to reset is known; a later one to the same card goes on in it. Raises
    `FormatError` (``trace.no_dialogue``).
    """
    commands = [record for record in records if record.kind == RecordKind.APDU and record.response]
    name = reader or next((command.reader for command in commands), "")
    mine = [record for record in records if record.reader == name]
    if not any(item.kind == RecordKind.APDU for item in mine):
        raise FormatError("trace.no_dialogue")
    atr = next((item.atr for item in mine if item.atr), "")
    protocol = next((item.protocol for item in mine if item.protocol), "T=0")
    head = ["# caducee transcript", f"atr: {atr}", f"protocol: {protocol}", ""]
    return "\n".join([*head, *_lines(mine, records)]) + "\n"


def _lines(mine: Sequence[TraceRecord], records: Sequence[TraceRecord]) -> Iterator[str]:
    functions = {
        record.trace: record.function for record in records if record.function and record.trace
    }
    last = ""
    for record in mine:
        if record.kind == RecordKind.RESET:
            yield "! reset"
        elif record.kind == RecordKind.APDU and record.response:
            if record.trace != last and record.trace:
                function = functions.get(record.trace, "")
                yield f"# {record.at:%H:%M:%S.%f} {record.trace} {function}".rstrip()
                last = record.trace
            yield f"> {record.command}"
            yield f"< {record.response[:-4]} {record.response[-4:]}".replace("<  ", "< ")


@dataclass(frozen=True, slots=True)
class ReplayStep:
    """One command that was sent to a card again, and what came of it."""

    command: str
    """As the trace has it; masked where it holds a PIN."""

    expected: str
    got: str
    """Empty for a command that was left out."""

    outcome: Literal["same", "different", "left out"]


def against(transcript: Transcript, card: Transport) -> Iterator[ReplayStep]:
    """Send the commands of a transcript to a card, and yield what it answers to each.

    Commands with a masked PIN are not sent: a replay never costs a try. Raises what the transport
    raises.
    """
    for step in transcript.steps:
        if not isinstance(step, Exchange):
            card.reset()
            continue
        command, expected = step.command.exact, step.response.text
        if command is None or masked(command) != command.hex().upper():
            yield ReplayStep(step.command.shown(), expected, "", "left out")
            continue
        answer = card.transmit(command)
        same = step.response.matches(answer)
        got = answer.hex().upper()
        yield ReplayStep(step.command.shown(), expected, got, "same" if same else "different")


class RecordedChip:
    """A chip that knows what one card once answered, and nothing else.

    A command is known together with the file that was selected before it. One that was recorded
    several times gets its answers in their order, the last one for ever; a PIN is right when the
    recorded one was, whatever it is. Anything else gets ``6F00``.
    """

    def __init__(self, transcript: Transcript) -> None:
        """Answer from a transcript, e.g. of `to_transcript`."""
        self._atr = transcript.atr
        self._answers: defaultdict[tuple[str, str], deque[bytes]] = defaultdict(deque)
        place = _Place()
        for exchange in transcript.exchanges:
            key = place.key(exchange.command.text)
            if exchange.response.exact is not None:
                self._answers[key].append(exchange.response.exact)
        self._place = _Place()

    def power_on(self) -> bytes:
        """Return the recorded answer to reset."""
        return self.reset()

    def power_off(self) -> None:
        """Do nothing: a recording has no state but its place."""

    def reset(self) -> bytes:
        """Return the recorded answer to reset."""
        self._place = _Place()
        return self._atr

    def transmit(self, command: bytes) -> bytes:
        """Return what was answered to this command."""
        answers = self._answers.get(self._place.key(masked(command)))
        if not answers:
            return StatusWord.NO_DIAGNOSIS.to_bytes(2)
        return answers.popleft() if len(answers) > 1 else answers[0]


class _Place:
    """What the meaning of a command depends on: the last selection, or the command before."""

    def __init__(self) -> None:
        self._selected = ""
        self._before = ""

    def key(self, command: str) -> tuple[str, str]:
        """Return a command with what it depends on, its PIN left out, and follow it."""
        shown = command.replace(MASK, "") + ("*" if MASK in command else "")
        instruction = int(command[2:4], 16)
        if instruction == Instruction.SELECT:
            self._selected = shown
            found = "", shown
        elif instruction == Instruction.GET_RESPONSE:
            found = self._before, shown
        else:
            found = self._selected, shown
        self._before = shown
        return found

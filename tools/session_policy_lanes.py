# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of the session policy beside the state machines: key purposes, and several cards at
once, as the engine itself goes through them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from caducee.cryptolib.key_purpose import KEYS, KeyPurpose
from caducee.middleware.session_policy import (
    CardCame,
    CardLeft,
    CardRef,
    ForeignCard,
    PinEvent,
    SessionEvent,
    SessionPolicy,
    SessionState,
    Workstation,
    WorkstationEvent,
)
from caducee.middleware.session_policy.states import USABLE, WITH_SESSION

__all__ = ["Keys", "Lanes", "Story", "head"]

_PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
_INK, _PAPER, _LINE = "#16302e", "#fbfaf7", "#2f6f6a"
_USABLE, _LOCKED, _PLAIN = "#dff0e6", "#f6e3c5", "#fff"


def head(title: str, reported: str, size: tuple[int, int]) -> list[str]:
    """Return how a picture begins: its size, its names for screen readers, its paper."""
    width, height = size
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="system-ui,-apple-system,Segoe UI,Roboto,DejaVu Sans,sans-serif" '
        'role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title><desc id="d">{escape(reported)}</desc>',
        f'<rect width="{width}" height="{height}" rx="14" fill="{_PAPER}"/>',
    ]


def _text(place: tuple[float, float], text: str, size: float = 13, how: str = "") -> str:
    x, y = place
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{_INK}"{how}>{escape(text)}</text>'
    )


_MIDDLE = ' text-anchor="middle"'


@dataclass(frozen=True)
class Keys:
    """Which key does what, from the table of the code."""

    name: str = "keys"
    title: str = "Each purpose has one key"

    @property
    def path(self) -> Path:
        """Where it lies."""
        return _PICTURES / f"session-policy-{self.name}.svg"

    def reported(self) -> Sequence[str]:
        """Return the rows in words."""
        return [f"{purpose}: {use} key" for purpose, use in KEYS.items()]

    def svg(self) -> str:
        """Return the picture."""
        uses = list(dict.fromkeys(KEYS.values()))
        height = 60 + 56 * len(KeyPurpose)
        lines = head(self.title, "; ".join(self.reported()) + ".", (640, height))
        tops = {purpose: 66 + 56 * place for place, purpose in enumerate(KeyPurpose)}
        middles = {
            use: sum(found) / len(found)
            for use in uses
            if (found := [tops[purpose] for purpose in KeyPurpose if KEYS[purpose] is use])
        }
        for purpose, use in KEYS.items():
            y, to = tops[purpose], middles[use]
            lines.append(
                f'<path d="M230 {y}C310 {y} 320 {to:g} 400 {to:g}" stroke="{_LINE}" '
                'stroke-width="2" fill="none"/>'
            )
        lines += [self._box(130, tops[purpose], purpose.value, _PLAIN) for purpose in KeyPurpose]
        lines += [self._box(500, middles[use], f"{use.value} key", _USABLE) for use in uses]
        return "\n".join([*lines, "</svg>"]) + "\n"

    def _box(self, x: float, y: float, text: str, fill: str) -> str:
        return (
            f'<rect x="{x - 100:g}" y="{y - 20:g}" width="200" height="40" rx="10" fill="{fill}" '
            f'stroke="{_INK}" stroke-width="1.6"/>' + _text((x, y + 5), text, 15, _MIDDLE)
        )


@dataclass(frozen=True)
class Story:
    """What happens one after the other, and how people say it."""

    policy: SessionPolicy
    steps: tuple[tuple[str, tuple[WorkstationEvent, ...]], ...]
    cards: tuple[CardRef, ...]

    def states(self) -> Iterator[tuple[str, tuple[SessionState, ...]]]:
        """Yield what happens and where each card stands afterwards, as the engine says."""
        station = Workstation(self.policy)
        for said, happenings in self.steps:
            for event_ in happenings:
                station, _ = station.take(event_)
            seats = [station.seat(card.icc) for card in self.cards]
            yield said, tuple(SessionState.ABSENT if seat is None else seat.state for seat in seats)


_A, _B = CardRef(b"A" * 12, label="card of Anne"), CardRef(b"B" * 12, label="card of Bruno")


def _coded(card: CardRef, at: float) -> tuple[WorkstationEvent, ...]:
    return tuple(
        PinEvent(at, card.icc, event)
        for event in (SessionEvent.PIN_NEEDED, SessionEvent.PIN_VERIFIED)
    )


TWO_CARDS = Story(
    SessionPolicy(resume="without-pin", resume_seconds=600),
    (
        ("Anne into the left reader", (CardCame(1, "left", _A),)),
        ("her PIN", _coded(_A, 2)),
        ("Bruno into the right reader", (CardCame(3, "right", _B),)),
        ("his PIN", _coded(_B, 4)),
        ("a Vitale into a third reader", (ForeignCard(5, "third"),)),
        ("Anne’s card is out", (CardLeft(6, "left"),)),
        ("a Vitale into the left reader", (ForeignCard(7, "left"),)),
        ("that Vitale is out", (CardLeft(8, "left"),)),
        ("Anne into the third reader", (CardLeft(9, "third"), CardCame(9, "third", _A))),
        ("Bruno’s card is out", (CardLeft(10, "right"),)),
        ("Anne into the right reader", (CardLeft(11, "third"), CardCame(11, "right", _A))),
    ),
    (_A, _B),
)
"""Two cards in two readers, Vitale cards beside them and in their place, and at the end a card in
the reader where the other one left its session."""


@dataclass(frozen=True)
class Lanes:
    """A story, with a lane for each card."""

    name: str = "cards"
    title: str = "Two cards in two readers, and a Vitale card beside them and in their place"
    story: Story = TWO_CARDS

    @property
    def path(self) -> Path:
        """Where it lies."""
        return _PICTURES / f"session-policy-{self.name}.svg"

    def reported(self) -> Sequence[str]:
        """Return the steps in words."""
        return [
            f"{said}: "
            + ", ".join(
                f"{card.label} {state}" for card, state in zip(self.story.cards, found, strict=True)
            )
            for said, found in self.story.states()
        ]

    def svg(self) -> str:
        """Return the picture."""
        steps = list(self.story.states())
        height = 40 + 40 * len(steps)
        lines = head(self.title, "; ".join(self.reported()) + ".", (760, height + 50))
        for lane, card in enumerate(self.story.cards):
            lines.append(_text((360 + 240 * lane, 34), card.label, 15, _MIDDLE))
        for row, (said, found) in enumerate(steps):
            y = 50 + 40 * row
            lines.append(_text((24, y + 23), said))
            for lane, state in enumerate(found):
                lines.append(self._cell(360 + 240 * lane, y, state))
        lines += self._legend(height + 30)
        return "\n".join([*lines, "</svg>"]) + "\n"

    def _cell(self, x: int, y: int, state: SessionState) -> str:
        text = "" if state is SessionState.ABSENT else state.value
        return (
            f'<rect x="{x - 110}" y="{y}" width="220" height="36" rx="8" fill="{_fill(state)}" '
            f'stroke="{_INK}" stroke-width="{0.4 if state is SessionState.ABSENT else 1.4}"/>'
            + (_text((x, y + 23), text, 14, _MIDDLE) if text else "")
        )

    def _legend(self, y: int) -> Iterator[str]:
        for x, fill, text in ((250, _USABLE, "can be used"), (430, _LOCKED, "locked")):
            yield (
                f'<rect x="{x}" y="{y - 12}" width="22" height="16" rx="4" fill="{fill}" '
                f'stroke="{_INK}"/>' + _text((x + 30, y + 1), text)
            )


def _fill(state: SessionState) -> str:
    if state in USABLE:
        return _USABLE
    return _LOCKED if state in WITH_SESSION else _PLAIN

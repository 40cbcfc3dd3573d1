# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw the session policy from its tables: ``python -m tools.session_policy_pictures``.

One picture for each rule of the guide. A test compares them with the tables of the code.
"""

import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from tools.session_policy_lanes import Keys, Lanes, head

from caducee.middleware.session_policy.activity import ACTIVITY_RULES, ActivityRule, ActivityState
from caducee.middleware.session_policy.states import (
    RULES,
    USABLE,
    Guard,
    SessionEvent,
    SessionRule,
    SessionState,
)
from caducee.relying.session_policy import SITE_RULES, SiteRule, SiteState

DOCS = Path(__file__).resolve().parent.parent / "docs"
_BOX = (118, 46)
_INK, _PAPER = "#16302e", "#fbfaf7"
_COLOURS = {"card": "#2f6f6a", "pin": "#8a5a14", "time": "#a3241c", "other": "#2b5c8a"}
_KINDS = {
    "inserted": "card",
    "tapped": "card",
    "removed": "card",
    "card removed": "card",
    "touched": "card",
    "proved": "pin",
    "PIN needed": "pin",
    "PIN verified": "pin",
    "wrong PIN": "pin",
    "given up": "pin",
    "grace over": "time",
    "resume over": "time",
    "roaming over": "time",
    "session over": "time",
    "proof over": "time",
}
_LEGEND = {
    "card": "the card comes or goes",
    "pin": "the PIN, a proof",
    "time": "time is over",
    "other": "another card, logout",
}

type _Row = SessionRule | SiteRule | ActivityRule
type _Arrow = tuple[str, str]
type _Place = tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """One picture: which rows, and where states and labels stand."""

    name: str
    title: str
    rows: tuple[_Row, ...]
    places: Mapping[str, _Place]
    size: tuple[int, int]
    bends: Mapping[_Arrow, int] = field(default_factory=dict)
    """How far an arrow bends to its left, in pixels; 26 without a word."""

    labels: Mapping[_Arrow, _Place] = field(default_factory=dict)
    """Where the middle of a label stands, other than at the middle of its arrow."""

    legend: bool = True
    """Whether it says what the colours mean."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        return DOCS / "pictures" / f"session-policy-{self.name}.svg"

    def svg(self) -> str:
        """Return the picture."""
        lines = [
            *head(self.title, self._reported(), self.size),
            "<defs>",
            *(_head(kind) for kind in _COLOURS),
            "</defs>",
            *self._arrows(),
            *(self._box(state) for state in self.places),
            *(self._legend() if self.legend else ()),
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _reported(self) -> str:
        return "; ".join(_reported(row) for row in self.rows) + "."

    def _arrows(self) -> Iterator[str]:
        grouped: dict[_Arrow, list[_Row]] = {}
        for row in self.rows:
            grouped.setdefault((row.before.value, row.after.value), []).append(row)
        texts: list[str] = []
        for arrow, rows in grouped.items():
            kind = _kind(rows[0])
            path, middle = self._way(arrow)
            yield (
                f'<path d="{path}" stroke="{_COLOURS[kind]}" stroke-width="2" fill="none" '
                f'marker-end="url(#{kind})"/>'
            )
            texts += _label(self.labels.get(arrow, middle), rows)
        yield from texts

    def _way(self, arrow: _Arrow) -> tuple[str, _Place]:
        (x, y), (to_x, to_y) = self.places[arrow[0]], self.places[arrow[1]]
        if arrow[0] == arrow[1]:
            top = y - _BOX[1] // 2
            path = f"M{x - 18} {top}C{x - 24} {top - 36} {x + 24} {top - 36} {x + 18} {top - 3}"
            return path, (x, top - 40)
        bend = self.bends.get(arrow, 26)
        length = math.hypot(to_x - x, to_y - y)
        turn_x, turn_y = (to_y - y) / length, -(to_x - x) / length
        over_x, over_y = (x + to_x) / 2 + 2 * bend * turn_x, (y + to_y) / 2 + 2 * bend * turn_y
        start, end = _border((x, y), (over_x, over_y)), _border((to_x, to_y), (over_x, over_y))
        path = f"M{_xy(start)}Q{_xy((over_x, over_y))} {_xy(end)}"
        middle = (
            round((start[0] + 2 * over_x + end[0]) / 4),
            round((start[1] + 2 * over_y + end[1]) / 4),
        )
        return path, middle

    def _box(self, state: str) -> str:
        x, y = self.places[state]
        width, height = _BOX
        fill = _fill(self.rows[0], state)
        return (
            f'<rect x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" '
            f'rx="10" fill="{fill}" stroke="{_INK}" stroke-width="1.6"/>'
            f'<text x="{x}" y="{y + 5}" text-anchor="middle" font-size="15" font-weight="650" '
            f'fill="{_INK}">{state}</text>'
        )

    def _legend(self) -> Iterator[str]:
        base = self.size[1] - 24
        for place, (kind, text) in enumerate(_LEGEND.items()):
            x = 40 + 205 * place
            yield f'<path d="M{x} {base}H{x + 24}" stroke="{_COLOURS[kind]}" stroke-width="3"/>'
            yield (
                f'<text x="{x + 32}" y="{base + 5}" font-size="13" fill="{_COLOURS[kind]}">'
                f"{text}</text>"
            )
        yield (
            f'<text x="{40 + 205 * len(_LEGEND)}" y="{base + 5}" font-size="13" fill="{_INK}">'
            "green: can be used</text>"
        )


def _reported(row: _Row) -> str:
    reported = f"{row.before}: {row.event}{_conditions(row)} leads to {row.after}"
    effects = getattr(row, "effects", ())
    return reported + (f" ({', '.join(effects)})" if effects else "")


def _conditions(row: _Row) -> str:
    return f" [{', '.join(row.when)}]" if row.when else ""


def _kind(row: _Row) -> str:
    return _KINDS.get(row.event.value, "other")


def _fill(row: _Row, state: str) -> str:
    if isinstance(row, SessionRule):
        return "#dff0e6" if SessionState(state) in USABLE else "#fff"
    if isinstance(row, ActivityRule):
        return "#dff0e6" if state == ActivityState.IN_USE else "#fff"
    usable = (SiteState.PROVEN, SiteState.DUE, SiteState.TOUCHED)
    return "#dff0e6" if SiteState(state) in usable else "#fff"


def _border(box: _Place, toward: tuple[float, float]) -> tuple[float, float]:
    """Return where a line from the middle of a box leaves it, with a little air."""
    dx, dy = toward[0] - box[0], toward[1] - box[1]
    half_x, half_y = _BOX[0] / 2 + 3, _BOX[1] / 2 + 3
    part = min(half_x / abs(dx) if dx else math.inf, half_y / abs(dy) if dy else math.inf)
    return box[0] + dx * part, box[1] + dy * part


def _xy(point: tuple[float, float]) -> str:
    return f"{round(point[0], 1):g} {round(point[1], 1):g}"


def _head(kind: str) -> str:
    return (
        f'<marker id="{kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" '
        f'fill="{_COLOURS[kind]}"/></marker>'
    )


def _label(middle: _Place, rows: list[_Row]) -> Iterator[str]:
    """Yield one line for each event of an arrow, with its conditions."""
    lines: dict[str, str] = {}
    for row in rows:
        lines.setdefault(f"{row.event}{_conditions(row)}", _COLOURS[_kind(row)])
    x, y = middle
    loop = rows[0].before.value == rows[0].after.value
    first = y + 4 - 7.5 * (len(lines) - 1) * (2 if loop else 1)
    width = round(6.9 * max(map(len, lines))) + 6
    yield (
        f'<rect x="{x - width // 2}" y="{first - 12:g}" width="{width}" '
        f'height="{15 * len(lines) + 1}" fill="{_PAPER}"/>'
    )
    for place, (text, colour) in enumerate(lines.items()):
        yield (
            f'<text x="{x}" y="{first + 15 * place:g}" text-anchor="middle" font-size="12.5" '
            f'fill="{colour}">{escape(text)}</text>'
        )


_S, _E, _G = SessionState, SessionEvent, Guard


def _rows(
    before: tuple[SessionState, ...],
    events: tuple[SessionEvent, ...],
    after: tuple[SessionState, ...] = tuple(SessionState),
    without: tuple[Guard, ...] = (_G.ROAMS, _G.AT_START),
) -> tuple[SessionRule, ...]:
    """Return rows by their states and events, but those with one of some conditions."""
    return tuple(
        rule
        for rule in RULES
        if rule.before in before
        and rule.event in events
        and rule.after in after
        and not set(rule.when) & set(without)
    )


_PIN = (_S.ABSENT, _S.PRESENT, _S.ASKING, _S.OPEN)
_ENDS = (_E.LOGOUT, _E.SESSION_OVER, _E.OTHER_CARD)
_WITH_SESSION = (_S.OPEN, _S.AWAY, _S.LOCKED, _S.RESUMING, _S.ROAMING, _S.DETACHED)

PICTURES: tuple[Picture, ...] = (
    Picture(
        "pin",
        "The PIN is asked late and once",
        _rows(_PIN, tuple(member for member in SessionEvent if member not in _ENDS), _PIN)
        + _rows((_S.ASKING,), (_E.LOGOUT,)),
        {"absent": (110, 190), "present": (370, 190), "asking": (650, 190), "open": (900, 190)},
        (1010, 370),
        bends={("open", "absent"): -70, ("asking", "absent"): 60},
        labels={("asking", "absent"): (380, 280)},
    ),
    Picture(
        "removal",
        "The card leaves an open session",
        _rows((_S.OPEN, _S.AWAY), (_E.REMOVED, _E.GRACE_OVER, _E.PIN_NEEDED))
        + _rows((_S.AWAY, _S.LOCKED), (_E.OTHER_CARD,))
        + _rows((_S.LOCKED,), (_E.RESUME_OVER, _E.REMOVED)),
        {
            "open": (110, 200),
            "away": (520, 100),
            "locked": (860, 280),
            "absent": (420, 460),
            "present": (860, 460),
        },
        (1000, 570),
        bends={
            ("open", "away"): 20,
            ("open", "locked"): -10,
            ("open", "absent"): -22,
            ("away", "absent"): 0,
            ("locked", "absent"): 0,
            ("locked", "present"): 0,
        },
        labels={("open", "locked"): (270, 246), ("away", "absent"): (472, 330)},
    ),
    Picture(
        "return",
        "The same card comes back",
        _rows((_S.AWAY, _S.LOCKED), (_E.INSERTED,))
        + _rows((_S.LOCKED,), (_E.PIN_NEEDED,))
        + _rows(
            (_S.RESUMING,),
            (_E.PIN_VERIFIED, _E.WRONG_PIN, _E.GIVEN_UP, _E.REMOVED, _E.RESUME_OVER),
        ),
        {
            "away": (140, 110),
            "open": (560, 110),
            "locked": (140, 400),
            "resuming": (900, 260),
            "present": (560, 540),
        },
        (1060, 650),
        bends={
            ("away", "open"): 14,
            ("away", "resuming"): -6,
            ("away", "present"): 0,
            ("locked", "open"): 0,
            ("locked", "resuming"): 16,
            ("resuming", "locked"): 26,
            ("locked", "present"): -14,
            ("resuming", "open"): 0,
            ("resuming", "present"): -14,
        },
        labels={
            ("away", "resuming"): (600, 198),
            ("away", "present"): (240, 202),
            ("locked", "open"): (400, 220),
            ("locked", "resuming"): (420, 318),
            ("resuming", "locked"): (590, 352),
        },
    ),
    Picture(
        "roaming",
        "A contactless tap brings a locked session back",
        (
            *_rows(
                (_S.ROAMING,),
                tuple(member for member in SessionEvent if member not in _ENDS),
                without=(),
            ),
            *(rule for rule in RULES if _G.ROAMS in rule.when),
            *_rows((_S.LOCKED, _S.RESUMING), (_E.ROAMING_OVER,)),
            *_rows((_S.RESUMING,), (_E.PIN_VERIFIED,)),
        ),
        {
            "open": (120, 110),
            "away": (120, 320),
            "locked": (470, 220),
            "roaming": (860, 320),
            "resuming": (860, 110),
            "absent": (300, 520),
            "present": (860, 520),
        },
        (1080, 620),
        bends={
            ("resuming", "open"): -20,
            ("open", "locked"): 0,
            ("away", "locked"): 0,
            ("away", "roaming"): -24,
            ("locked", "roaming"): 0,
            ("locked", "absent"): 0,
            ("locked", "present"): 0,
            ("roaming", "absent"): 0,
            ("roaming", "present"): 0,
            ("roaming", "resuming"): -6,
            ("resuming", "present"): 80,
        },
        labels={
            ("open", "locked"): (240, 150),
            ("away", "roaming"): (290, 340),
            ("roaming", "resuming"): (860, 165),
            ("locked", "roaming"): (640, 262),
            ("locked", "present"): (690, 385),
            ("resuming", "present"): (962, 220),
        },
    ),
    Picture(
        "at-start",
        "The card counts only at the start",
        (
            *(
                rule
                for rule in RULES
                if _S.DETACHED in (rule.before, rule.after) and rule.event not in _ENDS
            ),
            *_rows((_S.RESUMING,), (_E.PIN_VERIFIED,)),
        ),
        {"open": (120, 110), "detached": (520, 280), "resuming": (880, 110)},
        (1020, 400),
        bends={("open", "detached"): -16, ("resuming", "open"): 16},
        labels={("resuming", "detached"): (790, 240)},
    ),
    Picture(
        "end",
        "A session ends",
        _rows(_WITH_SESSION, _ENDS, without=()),
        {
            "open": (130, 90),
            "resuming": (130, 270),
            "locked": (420, 90),
            "roaming": (640, 90),
            "detached": (860, 90),
            "away": (1060, 270),
            "present": (330, 430),
            "absent": (860, 430),
        },
        (1160, 530),
        bends={
            ("open", "present"): 10,
            ("resuming", "present"): 0,
            ("locked", "present"): 0,
            ("roaming", "present"): 0,
            ("detached", "present"): 0,
            ("locked", "absent"): 0,
            ("roaming", "absent"): 0,
            ("detached", "absent"): 0,
            ("away", "absent"): 0,
        },
        labels={
            ("open", "present"): (190, 200),
            ("locked", "present"): (392, 190),
            ("roaming", "present"): (470, 320),
            ("detached", "present"): (690, 206),
            ("locked", "absent"): (640, 296),
            ("roaming", "absent"): (800, 326),
            ("detached", "absent"): (868, 190),
        },
    ),
    Picture(
        "site",
        "What a site knows of the card of a session",
        SITE_RULES,
        {
            "proven": (130, 120),
            "due": (700, 120),
            "locked": (700, 470),
            "touched": (1080, 300),
            "ended": (130, 660),
        },
        (1200, 760),
        bends={
            ("proven", "due"): 22,
            ("due", "proven"): 0,
            ("proven", "locked"): 22,
            ("locked", "proven"): 22,
            ("proven", "ended"): 0,
            ("due", "locked"): 0,
            ("due", "ended"): 20,
            ("due", "touched"): 16,
            ("touched", "proven"): 0,
            ("touched", "locked"): 14,
            ("locked", "touched"): 14,
            ("locked", "ended"): 10,
            ("touched", "ended"): 90,
        },
        labels={
            ("due", "proven"): (330, 120),
            ("touched", "proven"): (850, 247),
            ("proven", "locked"): (470, 272),
            ("due", "locked"): (712, 348),
            ("due", "ended"): (596, 200),
            ("locked", "proven"): (236, 222),
            ("touched", "locked"): (940, 450),
            ("touched", "ended"): (640, 582),
            ("locked", "touched"): (900, 356),
        },
    ),
    Picture(
        "activity",
        "The activity to work in",
        ACTIVITY_RULES,
        {
            "open": (120, 170),
            "refused": (560, 60),
            "in use": (880, 170),
            "asked": (560, 290),
            "without": (120, 350),
        },
        (1000, 420),
        bends={
            ("open", "refused"): 14,
            ("open", "in use"): 0,
            ("open", "asked"): -14,
            ("open", "without"): 0,
            ("asked", "in use"): -14,
        },
        legend=False,
    ),
)

OTHERS: tuple[Keys | Lanes, ...] = (Keys(), Lanes())
"""Pictures that show no single machine."""


def made() -> dict[Path, str]:
    """Return every picture, by its file."""
    every: tuple[Picture | Keys | Lanes, ...] = (*PICTURES, *OTHERS)
    return {item.path: item.svg() for item in every}


def main() -> None:
    """Write the pictures."""
    for path, text in made().items():
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()

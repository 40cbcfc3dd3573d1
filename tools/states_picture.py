# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Draw the states of an order from the table of steps: ``python tools/states_picture.py``.

A test compares the picture of the documentation with the table.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import STEPS, OrderState

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "order-states.svg"
WIDTH, HEIGHT = 1120, 500
_BOX = (112, 46)
_COLOURS = {
    Role.APPLICANT: "#2f6f6a",
    Role.REVIEWER: "#8a5a14",
    Role.PRODUCTION: "#2b5c8a",
    Role.SUPPORT: "#a3241c",
}
_S = OrderState
_PLACES = {
    _S.DRAFT: (120, 240),
    _S.SUBMITTED: (270, 240),
    _S.QUESTION: (270, 100),
    _S.WITHDRAWN: (120, 380),
    _S.REFUSED: (420, 380),
    _S.ACCEPTED: (420, 240),
    _S.PRODUCING: (570, 240),
    _S.READY: (720, 240),
    _S.DELIVERED: (870, 240),
    _S.ENDED: (1030, 240),
}
_FINAL = frozenset(_PLACES) - {step.before for step in STEPS}

type _Arrow = tuple[OrderState, OrderState]
type _Way = tuple[str, int, int]
"""A path, and where its label stands."""

_WAYS: dict[_Arrow, _Way] = {
    (_S.SUBMITTED, _S.QUESTION): ("M250 217V126", 226, 172),
    (_S.QUESTION, _S.SUBMITTED): ("M290 123V214", 318, 172),
    (_S.QUESTION, _S.WITHDRAWN): ("M214 100H44Q32 100 32 112V368Q32 380 44 380H61", 100, 92),
    (_S.SUBMITTED, _S.WITHDRAWN): ("M250 263L179 358", 252, 322),
    (_S.DELIVERED, _S.ENDED): ("M926 240H971", 950, 286),
    (_S.SUBMITTED, _S.REFUSED): ("M292 263L361 358", 366, 312),
}
"""Arrows that are not straight along the line."""


def svg() -> str:
    """Return the picture."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui,-apple-system,Segoe UI,Roboto,DejaVu Sans,sans-serif" '
        'role="img" aria-labelledby="t d">',
        f'<title id="t">The states of an order</title><desc id="d">{_reported()}</desc>',
        "<defs>",
        *(_head(role) for role in _COLOURS),
        "</defs>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="14" fill="#fbfaf7"/>',
        *_arrows(),
        *(_box(state) for state in OrderState),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _reported() -> str:
    """Say every step in words."""
    said = (f"{step.before}: {step.action} by {step.role} leads to {step.after}" for step in STEPS)
    return "; ".join(said) + "."


def _head(role: Role) -> str:
    return (
        f'<marker id="{role}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" '
        f'fill="{_COLOURS[role]}"/></marker>'
    )


def _arrows() -> Iterator[str]:
    labels: dict[_Arrow, dict[str, list[Role]]] = {}
    for step in STEPS:
        actions = labels.setdefault((step.before, step.after), {})
        actions.setdefault(step.action.value, []).append(step.role)
    for arrow, actions in labels.items():
        role = next(iter(actions.values()))[0]
        path, x, y = _way(arrow)
        yield (
            f'<path d="{path}" stroke="{_COLOURS[role]}" stroke-width="2" fill="none" '
            f'marker-end="url(#{role})"/>'
        )
        text = ", ".join(
            action if len(roles) == 1 else f"{action} (+ {', '.join(roles[1:])})"
            for action, roles in actions.items()
        )
        yield _text(x, y, text, _COLOURS[role])


def _way(arrow: _Arrow) -> _Way:
    if arrow in _WAYS:
        return _WAYS[arrow]
    (x, y), (to_x, to_y) = _PLACES[arrow[0]], _PLACES[arrow[1]]
    half, high = _BOX[0] // 2, _BOX[1] // 2
    if arrow[0] is arrow[1]:
        top = y - high
        return (
            f"M{x - 18} {top}C{x - 22} {top - 34} {x + 22} {top - 34} {x + 18} {top - 3}",
            x,
            top - 34,
        )
    if x == to_x:
        return f"M{x} {y + high}V{to_y - high - 3}", x - 36, (y + to_y) // 2
    return f"M{x + half} {y}H{to_x - half - 3}", (x + to_x) // 2, y - 34


def _text(x: int, y: int, text: str, colour: str, anchor: str = "middle") -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="13" fill="{colour}">{text}</text>'
    )


def _box(state: OrderState) -> str:
    x, y = _PLACES[state]
    width, height = _BOX
    fill = "#ecebe6" if state in _FINAL else "#fff"
    return (
        f'<rect x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" '
        f'rx="10" fill="{fill}" stroke="#16302e" stroke-width="1.6"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle" font-size="15" font-weight="650" '
        f'fill="#16302e">{state}</text>'
    )


def _legend() -> Iterator[str]:
    for place, (role, colour) in enumerate(_COLOURS.items()):
        x = 70 + 150 * place
        yield f'<path d="M{x} 460H{x + 26}" stroke="{colour}" stroke-width="3"/>'
        yield _text(x + 34, 465, role.value, colour, "start")
    yield _text(70 + 150 * len(_COLOURS), 465, "grey: final", "#16302e", "start")


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(svg(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE}\n")


if __name__ == "__main__":
    main()

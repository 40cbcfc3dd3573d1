# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The fields of the order form, derived from `OrderForm`: label, help, kind and bounds of each."""

from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect

from caducee.services.ordering.form import LINE, CardLine, CertificateLine, OrderForm

__all__ = ["LINES", "Field", "fields", "line_fields"]

_DIGITS = 9
LINES: dict[str, type[CardLine | CertificateLine]] = {
    "cards": CardLine,
    "certificates": CertificateLine,
}
"""The parts of a form that have lines, and what a line is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field."""

    name: str
    """Its path, e.g. ``structure.name``, or the name alone in a line."""

    label: str
    help: str
    kind: str
    """``line``, ``paragraph``, ``number``, ``choice`` (one of), ``checks`` (any of), ``lines``."""

    annotation: Any = field(repr=False)
    """Its type with its bounds."""

    default: object
    most: int = 0
    """How many characters it takes (in each line of ``lines``), or the largest number."""

    choices: tuple[Enum, ...] = ()
    required: bool = True
    autocomplete: str = ""
    inputmode: str = ""
    is_code: bool = False

    @property
    def part(self) -> str:
        """The part in which it stands; fields of the form itself have none."""
        return self.name.rpartition(".")[0]

    def text(self, of: object) -> str:
        """Return its value in a form or line as it is typed: several values one a line."""
        return _shown(attrgetter(self.name)(of))

    def value(self, text: str) -> object:
        """Return what was typed as a value. Raises `ValueError`, `msgspec.ValidationError`."""
        return msgspec.convert(self._read(text.strip()), self.annotation)

    def _read(self, text: str) -> object:
        if self.kind in ("checks", "lines"):
            return [word.strip() for word in text.split("\n") if word.strip()]
        if self.kind != "number":
            return text
        # Digits of other scripts, signs and exponents are numbers to Python, not to people here.
        if not (text.isascii() and text.isdecimal() and len(text) < _DIGITS):
            raise ValueError
        return int(text)


@cache
def fields() -> tuple[Field, ...]:
    """Return the fields of the form but those of its lines, in its order."""
    return tuple(_flat(OrderForm))


@cache
def line_fields(part: str) -> tuple[Field, ...]:
    """Return the fields of a line of ``cards`` or ``certificates``."""
    return tuple(_flat(LINES[part]))


def _shown(value: object) -> str:
    """Return a value as it is typed."""
    if isinstance(value, tuple):
        return "\n".join(map(_shown, value))
    return str(value.value) if isinstance(value, Enum) else str(value)


def _flat(struct: type[msgspec.Struct], before: str = "") -> list[Field]:
    described = inspect.type_info(struct)
    hints = get_type_hints(struct, include_extras=True)
    found: list[Field] = []
    for item in described.fields if isinstance(described, inspect.StructType) else ():
        meta = item.type if isinstance(item.type, inspect.Metadata) else inspect.Metadata(item.type)
        if isinstance(meta.type, inspect.StructType):
            found += _flat(meta.type.cls, f"{before}{item.name}.")
        elif bounds := _bounds(meta.type):
            texts = meta.extra_json_schema or {}
            page = dict(meta.extra or {})
            found.append(
                Field(
                    name=before + item.name,
                    label=texts.get("title", ""),
                    help=texts.get("description", ""),
                    default=item.default,
                    annotation=hints[item.name],
                    required=not page.pop("optional", False),
                    **bounds,
                    **page,
                )
            )
    return found


def _bounds(of: inspect.Type) -> dict[str, Any]:
    """Return kind, bound and choices of a field; nothing for one that has lines."""
    match of:
        case inspect.IntType(le=most):
            return {"kind": "number", "most": most}
        case inspect.StrType(max_length=most):
            return {"kind": "line" if most == LINE else "paragraph", "most": most}
        case inspect.EnumType(cls=choices):
            return {"kind": "choice", "choices": tuple(choices)}
        case inspect.VarTupleType(item_type=inspect.EnumType(cls=choices)):
            return {"kind": "checks", "choices": tuple(choices)}
        case inspect.VarTupleType(item_type=inspect.StrType(max_length=most)):
            return {"kind": "lines", "most": most}
    return {}

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The values that no document gives and that we chose: ``data/ours.toml``.

Real values take their place there when they become known. No reader of cards depends on one: what
reads a card takes its numbers from the card.

>>> table("pkcs15.pin").integer("reference")
1
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

__all__ = ["OurTable", "table"]


class OurTable:
    """A table of our values. A missing name or another type is a fault of the caller.

    All its methods raise `LookupError` in that case.
    """

    def __init__(self, name: str, values: Mapping[str, object]) -> None:
        self.name = name
        self._values = values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def integer(self, key: str) -> int:
        """Return a whole number."""
        return self._get(key, int)

    def flag(self, key: str) -> bool:
        """Return a yes or no."""
        return self._get(key, bool)

    def text(self, key: str) -> str:
        """Return a text."""
        return self._get(key, str)

    def octets(self, key: str) -> bytes:
        """Return bytes, written as hexadecimal text."""
        return bytes.fromhex(self.text(key))

    def integers(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        return tuple(self._all_of(self._get(key, list), key, int))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(self._all_of(self._get(key, list), key, str))

    def table(self, key: str) -> "OurTable":
        """Return a table inside this one."""
        return OurTable(f"{self.name}.{key}", self._get(key, dict))

    def _get[T](self, key: str, kind: type[T]) -> T:
        value = self._values.get(key)
        if type(value) is not kind:
            raise LookupError(f"ours.toml has no {kind.__name__} {self.name}.{key}")
        return value

    def _all_of[T](self, values: list[object], key: str, kind: type[T]) -> Iterator[T]:
        for value in values:
            if type(value) is not kind:
                raise LookupError(f"ours.toml: {self.name}.{key} is not all {kind.__name__}")
            yield value


@cache
def table(name: str) -> OurTable:
    """Return a table by its name, with dots for tables inside others.

    Raises `LookupError` for an unknown name.
    """
    found = OurTable("ours", _root())
    for part in name.split("."):
        found = found.table(part)
    return found


@cache
def _root() -> Mapping[str, object]:
    import tomllib  # what reads a card asks for no table, and starts sooner

    source = Path(__file__).with_name("data") / "ours.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))

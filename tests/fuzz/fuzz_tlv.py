# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Data objects: what is accepted comes back byte for byte, all else is a FormatError."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec.tlv import Tlv, build, parse_all, parse_padded


def check(data: bytes) -> None:
    """Read bytes as objects, open everything that opens, and write them again."""
    try:
        items = parse_all(data)
    except FormatError:
        pass
    else:
        assert build(*items) == data
        open_all(items)
    try:
        kept = build(*parse_padded(data))
    except FormatError:
        return
    assert data.startswith(kept)
    assert len(set(data[len(kept) :])) <= 1


def open_all(items: tuple[Tlv, ...]) -> None:
    """Open objects level by level, without recursion."""
    waiting = list(items)
    for _ in range(10_000):
        if not waiting:
            return
        item = waiting.pop()
        assert Tlv.from_bytes(item.to_bytes()) == item
        if item.constructed:
            try:
                children = item.children()
            except FormatError:
                continue
            assert build(*children) == item.value
            waiting += children


SEEDS = (
    "5A0A8025000001299099525F",
    "701DBF810119A0179A01039B01039D02FFFF800104A1088C06670000000000",
    "3080040101000000",
    "7F49820003810101",
    "611F4F0DE828BD080F8025000001FF00105008415349502043505351043F00000100000000",
)
"""Objects of a card, the indefinite form, a length longer than needed, filler."""


if __name__ == "__main__":
    run(check, map(bytes.fromhex, SEEDS))

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The trail: a chain of hashes over every step, whose checkpoint the authority signs.

Each line holds the hash of the line before it, so that no line can be changed, removed or put in
between without every later hash being wrong; a signed checkpoint states the length of the chain
at a moment, so that its end cannot be cut off either. Checkpoints are kept outside the database too
(`caducee.services.ordering.witness`): whoever can change every table cannot remove them there.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from caducee.base.errors import StateError

__all__ = ["START", "Checkpoint", "TrailLine", "check_trail", "line_hash"]

START = bytes(32)
"""What stands for the hash before the first line."""


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One line."""

    number: int
    """Place in the chain, from 1, without gaps."""

    at: dt.datetime
    """Moment, UTC."""

    actor: str
    """Who: the id of an account, or the name of a part of the service."""

    role: str
    action: str

    subject: str
    """What about: the number of an order or of a card."""

    facts: str
    """Further facts, JSON; never a PIN of a card."""

    previous: bytes
    """Hash of the line before, 32 bytes."""

    digest: bytes
    """Hash of this line, 32 bytes."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed checkpoint: how long the chain was at a moment, and its last hash."""

    number: int
    at: dt.datetime
    digest: bytes
    signature: bytes
    """CMS SignedData, DER, detached, over what `said` returns."""

    def said(self) -> bytes:
        """Return what is signed."""
        content = ("caducee trail head", self.number, self.at.isoformat(), self.digest.hex())
        return msgspec.json.encode(content)


def line_hash(line: TrailLine) -> bytes:
    """Return the SHA-256 of everything a line says, the hash before it included."""
    said = (
        line.number,
        line.at.astimezone(dt.UTC).isoformat(),
        line.actor,
        line.role,
        line.action,
        line.subject,
        line.facts,
        line.previous.hex(),
    )
    return hashlib.sha256(msgspec.json.encode(said)).digest()


def check_trail(lines: Iterable[TrailLine], *, previous: bytes = START, after: int = 0) -> bytes:
    """Check consecutive lines and return the hash of the last one.

    Raises `StateError` (``ordering.trail_broken``) with the number of the first line that does
    not fit: changed, missing before it, or put in.
    """
    for expected, line in enumerate(lines, after + 1):
        if line.number != expected or line.previous != previous or line.digest != line_hash(line):
            raise StateError("ordering.trail_broken", number=expected)
        previous = line.digest
    return previous

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Heads of the trail, signed by the authority."""

import datetime as dt
from dataclasses import dataclass

__all__ = ["Head", "TrailReport"]


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head: how long the chain was at a moment, and its last hash."""

    number: int
    at: dt.datetime
    digest: bytes
    signature: bytes
    """CMS SignedData, DER, detached, over ``number``, ``at`` and ``digest``."""


@dataclass(frozen=True, slots=True)
class TrailReport:
    """A trail that was checked and is whole."""

    lines: int
    heads: int
    signed_to: int
    """Number of the last line that a signed head covers."""

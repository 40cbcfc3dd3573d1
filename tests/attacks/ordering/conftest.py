# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Attacks meet the ordering service and its pages as unit tests do, on both databases."""

from tests.unit.ordering.conftest import (
    accounts,
    authority,
    clock,
    keys,
    ordering,
    orders,
    reader,
    registry,
    trail,
)
from tests.unit.ordering.site.conftest import context, quick_hashes, rate_limiter

__all__ = [
    "accounts",
    "authority",
    "clock",
    "context",
    "keys",
    "ordering",
    "orders",
    "quick_hashes",
    "rate_limiter",
    "reader",
    "registry",
    "trail",
]

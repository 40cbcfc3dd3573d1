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
    postgresql,
    reader,
    registry,
    registry_url,
    trail,
)
from tests.unit.ordering.site.conftest import context, pace, quick_hashes

__all__ = [
    "accounts",
    "authority",
    "clock",
    "context",
    "keys",
    "ordering",
    "orders",
    "pace",
    "postgresql",
    "quick_hashes",
    "reader",
    "registry",
    "registry_url",
    "trail",
]

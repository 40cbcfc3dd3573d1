# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Attacks on the ordering service meet the service of its unit tests, on both databases."""

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

__all__ = [
    "accounts",
    "authority",
    "clock",
    "keys",
    "ordering",
    "orders",
    "postgresql",
    "reader",
    "registry",
    "registry_url",
    "trail",
]

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""All operations, and what their headers look like."""

from typing import Final

from caducee.services.ordering.api import card_operations, order_operations
from caducee.services.ordering.api.operation import Operation

__all__ = ["BASE", "HEADERS", "OPERATIONS", "operation"]

BASE: Final = "/api/v1"
"""Where the API stands."""

OPERATIONS: tuple[Operation, ...] = (
    *order_operations.OPERATIONS,
    *card_operations.OPERATIONS,
)

HEADERS: Final[dict[str, dict[str, str]]] = {
    "Idempotency-Key": {"type": "string", "pattern": r"^[!-~]{1,255}$"},
    "If-Match": {"type": "string", "pattern": r'^("[0-9]{1,9}"|[0-9]{1,9})$'},
}
"""Schemas of headers of requests."""

_BY_NAME = {item.name: item for item in OPERATIONS}


def operation(name: str) -> Operation:
    """Return an operation by its name; one that is not known is a fault of the caller."""
    return _BY_NAME[name]

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Who acts on an order, and which roles never meet in one person."""

from collections.abc import Collection
from enum import StrEnum, unique

from caducee.base.errors import IssueError

__all__ = ["Role", "check_roles"]


@unique
class Role(StrEnum):
    """What somebody may do."""

    APPLICANT = "applicant"
    """Orders, sees their own orders, declares loss or theft of their own cards."""

    REVIEWER = "reviewer"
    """Asks for more, accepts, refuses."""

    PRODUCTION = "production"
    """Starts the making of cards, and sees it; the worker acts in this role."""

    SUPPORT = "support"
    """Helps holders: opposition by a call-back, replacement; never asks for a PIN of a card."""

    AUDITOR = "auditor"
    """Reads every step and the trail; changes nothing."""


_APART = (
    frozenset({Role.REVIEWER, Role.PRODUCTION}),
    frozenset({Role.AUDITOR, Role.REVIEWER}),
    frozenset({Role.AUDITOR, Role.PRODUCTION}),
    frozenset({Role.AUDITOR, Role.SUPPORT}),
)
"""Roles that one person never has together: nobody both reviews and produces, and whoever reads
the trail leaves no trace of their own in it."""


def check_roles(roles: Collection[Role]) -> None:
    """Refuse roles that one person must not have together.

    Raises `IssueError` (``ordering.roles_apart``).
    """
    held = frozenset(roles)
    for pair in _APART:
        if pair <= held:
            role, other = sorted(pair)
            raise IssueError("ordering.roles_apart", role=role.value, other=other.value)

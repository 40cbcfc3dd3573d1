# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Bytes that wait in the daemon, of everybody together and of each program."""

from collections import Counter

__all__ = ["Budget", "ConnectionAccount"]


class Budget:
    """What may wait at once."""

    def __init__(self, total: int, each: int) -> None:
        self._total = total
        self._each = each
        self._held = 0
        self._of: Counter[int] = Counter()

    @property
    def held(self) -> int:
        """Bytes that wait now."""
        return self._held

    def account(self, pid: int) -> "ConnectionAccount":
        """Open an account for one connection of a process."""
        return ConnectionAccount(self, pid)

    def _move(self, pid: int, by: int) -> bool:
        """Change what a process holds; tell whether that is within bounds."""
        self._held += by
        self._of[pid] += by
        if not self._of[pid]:
            del self._of[pid]
        return by <= 0 or (self._held <= self._total and self._of[pid] <= self._each)


class ConnectionAccount:
    """What one connection holds."""

    def __init__(self, budget: Budget, pid: int) -> None:
        self._budget = budget
        self._pid = pid
        self._held = 0

    def hold(self, size: int) -> bool:
        """Tell what is held now; False when that is beyond the bounds."""
        by, self._held = size - self._held, size
        return not by or self._budget._move(self._pid, by)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What an operator sets for the Annuaire Santé."""

from caducee.base.config import Settings
from caducee.spec.annuaire import CALLS_PER_SECOND, DELTA_DAYS, MOST_ON_PAGE

__all__ = ["AnnuaireSettings"]


class AnnuaireSettings(Settings, frozen=True):
    """Where the directory listens, and what it lets its clients do."""

    bind: str = "127.0.0.1"
    """Address; plain HTTP belongs on loopback."""

    port: int = 0
    """Port; 0 lets the system choose."""

    keys: tuple[str, ...] = ()
    """Keys that applications may have; none: every key is good, but there must be one."""

    calls_per_second: int = CALLS_PER_SECOND
    """For each key; 0: as many as it likes."""

    delta_days: int = DELTA_DAYS
    """How far back ``_lastUpdated`` may reach; 0: as far as it likes."""

    page_size: int = 50
    """Resources on a page when the client does not say how many."""

    most_on_page: int = MOST_ON_PAGE
    """Resources on a page at most."""

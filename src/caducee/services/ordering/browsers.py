# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Browsers in which somebody logged in to an account before, known by a secret in a cookie.

Tries of such a browser are counted apart, so that tries from elsewhere lock nobody out of it.
"""

import datetime as dt

import sqlalchemy as sa

from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.codes import Purpose, digest
from caducee.spec import ours

__all__ = ["KnownBrowsers"]

_TOKEN = schema.token


class KnownBrowsers:
    """The known browsers of every account; the service keeps hashes of their secrets alone."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def remember(self, account: str, secret: str, *, before: str = "") -> None:
        """Know a browser from now on, by a new secret in place of the one before."""
        now = self._registry.now()
        days = ours.table("ordering").integer("known_browser_days")
        row = {
            "digest": _key(account, secret),
            "purpose": Purpose.BROWSER.value,
            "account": account,
            "created_at": now,
            "expires_at": now + dt.timedelta(days=days),
            "tries": 0,
        }
        over = sa.and_(_TOKEN.c.purpose == Purpose.BROWSER.value, _TOKEN.c.expires_at <= now)
        same = _TOKEN.c.digest == _key(account, before)
        with self._registry.writing() as connection:
            connection.execute(sa.delete(_TOKEN).where(sa.or_(over, same)))
            connection.execute(sa.insert(_TOKEN).values(row))

    def knows(self, account: str, secret: str) -> bool:
        """Tell whether somebody logged in to an account in this browser before."""
        query = sa.select(_TOKEN.c.digest).where(
            _TOKEN.c.digest == _key(account, secret), _TOKEN.c.expires_at > self._registry.now()
        )
        with self._registry.reading() as connection:
            return connection.execute(query).first() is not None


def _key(account: str, secret: str) -> str:
    return digest(Purpose.BROWSER, account, secret)

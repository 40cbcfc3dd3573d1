# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Logins as the database keeps them: any process of the service finds them, by hash alone."""

import datetime as dt
import secrets

import sqlalchemy as sa

from caducee.base.errors import IssueError
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.accounts import Account, Accounts
from caducee.services.ordering.codes import Purpose, digest
from caducee.spec import ours

__all__ = ["LoginSessions"]

_TOKEN = schema.token
_BYTES = 32
_TOUCH = dt.timedelta(minutes=1)


class LoginSessions:
    """Opens, finds and ends logins."""

    def __init__(self, registry: Registry, accounts: Accounts) -> None:
        self._registry = registry
        self._accounts = accounts

    def open(self, account: Account) -> str:
        """Open a session and return the value of its cookie; sessions that are over are removed."""
        secret = secrets.token_urlsafe(_BYTES)
        now = self._registry.now()
        row = {
            "digest": _key(secret),
            "purpose": Purpose.SESSION.value,
            "account": account.id,
            "subject": "",
            "created_at": now,
            "expires_at": now + _idle(),
            "tries": 0,
        }
        over = (_TOKEN.c.purpose == Purpose.SESSION.value, _TOKEN.c.expires_at <= now)
        with self._registry.writing() as connection:
            connection.execute(sa.delete(_TOKEN).where(*over))
            connection.execute(sa.insert(_TOKEN).values(row))
        return secret

    def find(self, secret: str) -> Account | None:
        """Return who is logged in; counts as a use. None when the session is over."""
        now = self._registry.now()
        query = sa.select(_TOKEN).where(
            _TOKEN.c.digest == _key(secret), _TOKEN.c.purpose == Purpose.SESSION.value
        )
        with self._registry.reading() as connection:
            row = connection.execute(query).mappings().first()
        hours = dt.timedelta(hours=ours.table("ordering").integer("session_hours"))
        if row is None or row["expires_at"] <= now or row["created_at"] + hours <= now:
            return None
        if row["expires_at"] - now < _idle() - _TOUCH:
            later = sa.update(_TOKEN).where(_TOKEN.c.digest == row["digest"])
            with self._registry.writing() as connection:
                connection.execute(later.values(expires_at=now + _idle()))
        try:
            found = self._accounts.account(row["account"])
        except IssueError:
            return None
        return None if found.erased_at else found

    def end(self, secret: str) -> None:
        """End a session."""
        with self._registry.writing() as connection:
            connection.execute(sa.delete(_TOKEN).where(_TOKEN.c.digest == _key(secret)))


def _key(secret: str) -> str:
    return digest(Purpose.SESSION, secret)


def _idle() -> dt.timedelta:
    return dt.timedelta(minutes=ours.table("ordering").integer("session_minutes"))

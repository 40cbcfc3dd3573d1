# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Logins as the database keeps them: any process of the service finds them, by hash alone."""

import datetime as dt
import logging
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from caducee.base.errors import CpsError, IssueError, LoginRefusedError
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.access import Access, AccessJudge, Way
from caducee.services.ordering.accounts import Account, Accounts
from caducee.services.ordering.codes import Purpose, digest
from caducee.spec import ours

__all__ = ["Login", "LoginSessions"]

_log = logging.getLogger(__name__)

_TOKEN = schema.token
_BYTES = 32
_TOUCH = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Login:
    """Who is logged in, and how."""

    account: Account
    access: Access


class LoginSessions:
    """Opens, finds and ends logins."""

    def __init__(self, registry: Registry, accounts: Accounts) -> None:
        self._registry = registry
        self.accounts = accounts
        self._judge = AccessJudge(registry)

    def open(self, account: Account, access: Access) -> str:
        """Open a session and return the value of its cookie; sessions that are over are removed.

        ``access``: how its holder logged in.
        """
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
            "way": access.way.value,
            "holder": access.holder,
            "card": access.card,
        }
        over = (_TOKEN.c.purpose == Purpose.SESSION.value, _TOKEN.c.expires_at <= now)
        with self._registry.writing() as connection:
            connection.execute(sa.delete(_TOKEN).where(*over))
            connection.execute(sa.insert(_TOKEN).values(row))
        return secret

    def find(self, secret: str) -> Login | None:
        """Return who is logged in; counts as a use. None when the session is over.

        The directory is asked at each use. Raises `LoginRefusedError` as `AccessJudge.judge`; a
        session whose card was stopped ends.
        """
        now = self._registry.now()
        query = sa.select(_TOKEN).where(
            _TOKEN.c.digest == _key(secret), _TOKEN.c.purpose == Purpose.SESSION.value
        )
        with self._registry.reading() as connection:
            row = connection.execute(query).mappings().first()
        hours = dt.timedelta(hours=ours.table("ordering").integer("session_hours"))
        if row is None or row["expires_at"] <= now or row["created_at"] + hours <= now:
            return None
        try:
            found = self.accounts.account(row["account"])
        except IssueError:
            return None
        if found.erased_at:
            return None
        access = Access(Way(row["way"]), row["holder"], row["card"])
        self._still_open(secret, access, found)
        if row["expires_at"] - now < _idle() - _TOUCH:
            later = sa.update(_TOKEN).where(_TOKEN.c.digest == row["digest"])
            with self._registry.writing() as connection:
                connection.execute(later.values(expires_at=now + _idle()))
        return Login(found, access)

    def require(self, secret: str | None) -> None:
        """Refuse what comes with a session that was ended meanwhile.

        For the transaction of a change that must not outlive its session, after the account is
        locked in it. Raises `IssueError` (``ordering.not_logged_in``).
        """
        query = sa.select(_TOKEN.c.digest).where(_TOKEN.c.digest == _key(secret or ""))
        with self._registry.writing() as connection:
            if connection.execute(query).first() is None:
                raise IssueError("ordering.not_logged_in")

    def _still_open(self, secret: str, access: Access, account: Account) -> None:
        try:
            self._judge.judge(access, account.ps_idnat)
        except LoginRefusedError as error:
            if error.code != "relying.directory_unavailable":
                try:
                    self.end(secret)
                except CpsError as fault:  # it is refused at each use all the same
                    _log.error("a session was not ended: %s", fault.code)
            raise

    def end(self, secret: str) -> None:
        """End a session."""
        with self._registry.writing() as connection:
            connection.execute(sa.delete(_TOKEN).where(_TOKEN.c.digest == _key(secret)))


def _key(secret: str) -> str:
    return digest(Purpose.SESSION, secret)


def _idle() -> dt.timedelta:
    return dt.timedelta(minutes=ours.table("ordering").integer("session_minutes"))

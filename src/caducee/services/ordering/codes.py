# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes that are sent, and tries that are counted; the service keeps hashes alone."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum, unique

import sqlalchemy as sa

from caducee.base.errors import IssueError
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.spec import ours

__all__ = ["Purpose", "SentCodes", "Source", "Tries", "digest"]

_TOKEN = schema.token
_DIGITS = 12
_DIGITS_SIGN = 8


@unique
class Purpose(StrEnum):
    """What a secret is for."""

    CONFIRM = "confirm"
    """Shows that an e-mail address is read by who gave it."""

    PASSWORD = "password"  # noqa: S105 (a purpose, no secret)
    """Lets somebody choose another password."""

    SIGN = "sign"
    """Signs one order as it is."""

    BROWSER = "browser"
    """A browser in which somebody logged in before."""

    SESSION = "session"
    """A login."""

    TRIES = "tries"
    """Counts what may not be done too often."""


def digest(*parts: str) -> str:
    """Return the SHA-256 of some texts, hexadecimal."""
    whole = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(whole).hexdigest()


class SentCodes:
    """Codes, each for one account, purpose and subject.

    A code that signs has eight digits: it is tried by its owner alone. The others have twelve,
    because anybody may ask for one and try it, from any number of networks.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def make(self, account: str, purpose: Purpose, subject: str = "") -> str:
        """Return a new code; the one before is worth nothing from now on."""
        digits = _DIGITS_SIGN if purpose is Purpose.SIGN else _DIGITS
        code = "".join(secrets.choice("0123456789") for _ in range(digits))
        now = self._registry.now()
        minutes = ours.table("ordering").integer("code_minutes")
        row = {
            "digest": digest(purpose, account, subject, code),
            "purpose": purpose.value,
            "account": account,
            "subject": subject,
            "created_at": now,
            "expires_at": now + dt.timedelta(minutes=minutes),
            "tries": 0,
        }
        with self._registry.writing() as connection:
            old = sa.and_(_TOKEN.c.purpose == purpose.value, _TOKEN.c.expires_at <= now)
            same = sa.and_(*_mine(account, purpose, subject))
            connection.execute(sa.delete(_TOKEN).where(sa.or_(old, same)))
            connection.execute(sa.insert(_TOKEN).values(row))
        return code

    def use(self, account: str, purpose: Purpose, code: str, subject: str = "") -> None:
        """Use a code up. Raises `IssueError` (``ordering.code_wrong``), and counts the try."""
        if not self.take(account, purpose, code, subject):
            raise self.missed(account, purpose, subject)

    def take(self, account: str, purpose: Purpose, code: str, subject: str = "") -> bool:
        """Use a code up, in the transaction of what it allows; returns whether it is the right one.

        A wrong one is for `missed`, after that transaction: it is counted whatever becomes of it.
        """
        given = digest(purpose, account, subject, "".join(code.split()))
        right = sa.update(_TOKEN).where(
            *self._valid(account, purpose, subject), _TOKEN.c.digest == given
        )
        with self._registry.writing() as connection:
            return connection.execute(right.values(used_at=self._registry.now())).rowcount == 1

    def was_used(self, account: str, purpose: Purpose, code: str, subject: str = "") -> bool:
        """Tell whether a code was the right one and is used up: a second click finds it so."""
        given = digest(purpose, account, subject, "".join(code.split()))
        query = sa.select(_TOKEN.c.digest).where(
            *_mine(account, purpose, subject),
            _TOKEN.c.digest == given,
            _TOKEN.c.used_at.is_not(None),
            _TOKEN.c.expires_at > self._registry.now(),
        )
        with self._registry.reading() as connection:
            return connection.execute(query).first() is not None

    def missed(self, account: str, purpose: Purpose, subject: str = "") -> IssueError:
        """Count a wrong code, and return what to raise (``ordering.code_wrong``)."""
        count = sa.update(_TOKEN).where(*self._valid(account, purpose, subject))
        with self._registry.writing() as connection:
            connection.execute(count.values(tries=_TOKEN.c.tries + 1))
        return IssueError("ordering.code_wrong")

    def _valid(
        self, account: str, purpose: Purpose, subject: str
    ) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            *_mine(account, purpose, subject),
            _TOKEN.c.used_at.is_(None),
            _TOKEN.c.expires_at > self._registry.now(),
            _TOKEN.c.tries < ours.table("ordering").integer("code_tries"),
        )


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request of somebody who is not logged in comes from."""

    network: str = ""
    """IPv4 /24 or IPv6 /64 of the client."""

    browser: str = ""
    """The secret by which a browser is known (`browsers.KnownBrowsers`); it may be forged."""

    known: bool = False
    """Whether somebody logged in to the account in this browser before."""

    def parts(self) -> tuple[str, str]:
        """Return by what tries are counted."""
        return ("browser", self.browser) if self.known else ("network", self.network)


class Tries:
    """Counts tries by a purpose and a name, for all processes together.

    Those of anonymous visitors are counted by their origin (`Source`), so that nobody locks an
    account out for others.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def count(self, *name: str, most: int, source: Source | None = None) -> None:
        """Count one try. Raises `IssueError` (``ordering.login_wait``) after too many of them."""
        now = self._registry.now()
        minutes = ours.table("ordering").integer("tries_minutes")
        key = _counted(name, source)
        with self._registry.writing() as connection:
            old = _TOKEN.c.expires_at <= now
            connection.execute(
                sa.delete(_TOKEN).where(_TOKEN.c.purpose == Purpose.TRIES.value, old)
            )
            row = {
                "digest": key,
                "purpose": Purpose.TRIES.value,
                "created_at": now,
                "expires_at": now + dt.timedelta(minutes=minutes),
                "tries": 1,
            }
            insert = self._registry.insert(_TOKEN).values(row)
            more = {"tries": _TOKEN.c.tries + 1}
            connection.execute(
                insert.on_conflict_do_update(index_elements=[_TOKEN.c.digest], set_=more)
            )
            found = connection.execute(sa.select(_TOKEN.c.tries).where(_TOKEN.c.digest == key))
            tries = int(found.scalar_one())
        if tries > most:
            raise IssueError("ordering.login_wait", minutes=minutes)

    def forget(self, *name: str, source: Source | None = None) -> None:
        """Begin to count again."""
        key = _counted(name, source)
        with self._registry.writing() as connection:
            connection.execute(sa.delete(_TOKEN).where(_TOKEN.c.digest == key))


def _counted(name: tuple[str, ...], source: Source | None) -> str:
    return digest(Purpose.TRIES, *name, *(source.parts() if source else ()))


def _mine(account: str, purpose: Purpose, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _TOKEN.c.account == account,
        _TOKEN.c.purpose == purpose.value,
        _TOKEN.c.subject == subject,
    )

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys of programs: each acts for one account; the service keeps the SHA-256 alone."""

import datetime as dt
import hashlib
import logging
import secrets
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from caducee.base.errors import CpsError, IssueError, LoginRefusedError
from caducee.base.secret import Secret
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.access import Access, AccessJudge, Way
from caducee.services.ordering.notices import Notice, NoticeKind, tell_later
from caducee.services.ordering.roles import Role
from caducee.services.ordering.trail import Trail
from caducee.spec import ours

__all__ = ["ApiKey", "ApiKeys", "Caller"]

_log = logging.getLogger(__name__)

_TOKEN = schema.token
_ACCOUNT = schema.account
_ROLE = schema.account_role
_PURPOSE = "api-key"
_BY_OPERATOR = Access(Way.COMMAND_LINE)
_BYTES = 32
_NAMED = 12
"""Digits of the hash by which a key is called; they open nothing."""

_LONGEST = 200
_MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    account: str
    """Id of the account."""

    roles: frozenset[Role]
    """All roles, that of an applicant among them."""

    key: str
    """What the key is called; empty at the command line, which needs none."""

    holder: str | None = None
    """PS_IdNat of the holder whose cards log in to the account."""

    unnoted: bool = False
    """Whether the use of the key is still to be noted (`ApiKeys.note_use`)."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key."""

    name: str
    """What it is called: the first digits of its hash."""

    account: str
    label: str
    """What it is for, in the words of whoever made it."""

    created_at: dt.datetime
    expires_at: dt.datetime
    access: Access
    """How whoever made it had logged in; the key ends with that card."""

    used_at: dt.datetime | None
    """The last use, to the minute; none before the first."""


class ApiKeys:
    """The API keys of one service."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._trail = Trail(registry)
        self._judge = AccessJudge(registry)

    def make(self, account: str, label: str = "", access: Access = _BY_OPERATOR) -> Secret:
        """Return a new key of an account (ASCII, 43 characters), which is seen only now.

        ``access``: how whoever makes it logged in. A key that a card opened is judged at each use
        by the directory, and ends with the card.

        Raises `IssueError` (``ordering.account_unknown``, ``ordering.keys_most``).
        """
        key = secrets.token_urlsafe(_BYTES)
        now = self._registry.now()
        days, most = _own("api_key_days"), _own("api_keys_most")
        with self._registry.writing() as connection:
            known = sa.select(_ACCOUNT.c.id).where(
                _ACCOUNT.c.id == account, _ACCOUNT.c.erased_at.is_(None)
            )
            # Of several that come at once, each counts those before it.
            if connection.execute(known.with_for_update()).first() is None:
                raise IssueError("ordering.account_unknown", name=account[:60])
            if len(self.keys(account)) >= most:
                raise IssueError("ordering.keys_most", most=most)
            row = {
                "digest": _digest(key),
                "purpose": _PURPOSE,
                "account": account,
                "subject": "".join(filter(str.isprintable, label))[:_LONGEST],
                "created_at": now,
                "expires_at": self._end(now + dt.timedelta(days=days), access),
                "tries": 0,
                "way": access.way.value,
                "holder": access.holder,
                "card": access.card,
            }
            connection.execute(sa.insert(_TOKEN).values(row))
            self._note(account, "account.key", row["digest"])
            name = str(row["subject"]) or _digest(key)[:_NAMED]
            tell_later(self._registry, Notice(account=account, kind=NoticeKind.KEY, name=name))
        return Secret.of(key)

    def find(self, key: str) -> Caller | None:
        """Return who asks with a key; none for a key that is wrong, too old or withdrawn.

        Nothing is written: no call waits for a disk that is busy. Raises `LoginRefusedError` as
        `AccessJudge.judge`; a key whose card was stopped is withdrawn then.
        """
        if not 0 < len(key) <= _LONGEST:
            return None
        digest = _digest(key)
        now = self._registry.now()
        query = (
            sa.select(_TOKEN, _ACCOUNT.c.ps_idnat)
            .join(_ACCOUNT, _ACCOUNT.c.id == _TOKEN.c.account)
            .where(_TOKEN.c.digest == digest, _TOKEN.c.purpose == _PURPOSE)
            .where(_TOKEN.c.expires_at > now, _ACCOUNT.c.erased_at.is_(None))
        )
        with self._registry.reading() as connection:
            found = connection.execute(query).first()
            if found is None:
                return None
            account = found.account
            held = sa.select(_ROLE.c.role).where(_ROLE.c.account == account)
            roles = {Role(item) for item in connection.execute(held).scalars()}
        self._still_open(
            account, digest, _access(found.way, found.holder, found.card), found.ps_idnat
        )
        return Caller(
            account,
            frozenset(roles | {Role.APPLICANT}),
            digest[:_NAMED],
            found.ps_idnat,
            unnoted=found.used_at is None or now - found.used_at >= _MINUTE,
        )

    def note_use(self, key: str) -> None:
        """Note that a key is used now; done once a minute, after the answer."""
        mine = (_TOKEN.c.digest == _digest(key), _TOKEN.c.purpose == _PURPOSE)
        with self._registry.writing() as connection:
            used = sa.update(_TOKEN).where(*mine).values(used_at=self._registry.now())
            connection.execute(used)

    def keys(self, account: str) -> tuple[ApiKey, ...]:
        """Return the keys of an account that work, oldest first."""
        query = (
            sa.select(_TOKEN)
            .where(_TOKEN.c.account == account, _TOKEN.c.purpose == _PURPOSE)
            .where(_TOKEN.c.expires_at > self._registry.now())
            .order_by(_TOKEN.c.created_at, _TOKEN.c.digest)
        )
        with self._registry.reading() as connection:
            return tuple(
                ApiKey(
                    row["digest"][:_NAMED],
                    row["account"],
                    row["subject"] or "",
                    row["created_at"],
                    row["expires_at"],
                    _access(row["way"], row["holder"], row["card"]),
                    row["used_at"],
                )
                for row in connection.execute(query).mappings()
            )

    def withdraw(self, account: str, name: str) -> bool:
        """Make a key of an account worthless; false when there was none of that name."""
        with self._registry.writing() as connection:
            gone = connection.execute(
                sa.delete(_TOKEN)
                .where(_TOKEN.c.account == account, _TOKEN.c.purpose == _PURPOSE)
                .where(sa.func.substr(_TOKEN.c.digest, 1, _NAMED) == name)
            )
            if gone.rowcount:
                self._note(account, "account.key_withdrawn", name)
        return gone.rowcount > 0

    def _end(self, latest: dt.datetime, access: Access) -> dt.datetime:
        """Return the end of a key: that of the card which opened it, if it comes first."""
        number = access.card.partition("/")[2] if access.card else ""
        card = self._registry.cards.get(number) if number else None
        return latest if card is None else min(latest, card.expires_at)

    def _still_open(self, account: str, digest: str, access: Access, linked: str | None) -> None:
        try:
            self._judge.judge(access, linked)
        except LoginRefusedError as error:
            if error.code != "relying.directory_unavailable":
                try:
                    self.withdraw(account, digest[:_NAMED])
                except CpsError as fault:  # it is refused at each use all the same
                    _log.error("a key was not withdrawn: %s", fault.code)
            raise

    def _note(self, account: str, action: str, digest: object) -> None:
        facts = msgspec.json.encode({"key": str(digest)[:_NAMED]}).decode()
        self._trail.add(account, Role.APPLICANT.value, action, account, facts)


def _access(way: str | None, holder: str | None, card: str | None) -> Access:
    return Access(Way(way), holder, card) if way else _BY_OPERATOR


def _own(name: str) -> int:
    return ours.table("ordering").integer(name)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()

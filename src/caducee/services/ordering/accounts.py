# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Accounts: newcomers with a password and a confirmed address, holders with their card, and roles.

Nobody learns from an answer whether an address has an account: what is different is said in the
message to that address alone.
"""

import datetime as dt
import unicodedata
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum, unique

import msgspec
import sqlalchemy as sa

from caducee.base.errors import IssueError
from caducee.base.i18n import gettext as _
from caducee.base.i18n import language, use_language
from caducee.base.secret import Secret
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.browsers import KnownBrowsers
from caducee.services.ordering.codes import Purpose, SentCodes, Source, Tries, digest
from caducee.services.ordering.mail import Mailer
from caducee.services.ordering.notices import Notice, NoticeKind, tell_later
from caducee.services.ordering.passwords import hash_password, nobody, verify_password
from caducee.services.ordering.roles import Role, check_roles
from caducee.services.ordering.trail import Trail
from caducee.spec import ours

__all__ = ["Account", "Accounts", "Kept"]

_ACCOUNT = schema.account
_ROLE = schema.account_role
_TOKEN = schema.token


_ANYWHERE = Source()


@unique
class Kept(StrEnum):
    """What may be kept when another password is chosen."""

    KEYS = "keys"
    """API keys."""

    CARD = "card"
    """The linked card."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account, without its password."""

    id: str
    email: str | None
    """Confirmed or not; none for a holder who came by card."""

    name: str
    ps_idnat: str | None
    """The holder whose cards log in here."""

    language: str
    created_at: dt.datetime
    confirmed_at: dt.datetime | None
    erased_at: dt.datetime | None
    roles: frozenset[Role]
    """Roles beside that of an applicant, which everybody has."""


class Accounts:
    """The accounts of one service."""

    def __init__(self, registry: Registry, trail: Trail, mail: Mailer) -> None:
        self._registry = registry
        self._trail = trail
        self._mail = mail
        self.codes = SentCodes(registry)
        self.browsers = KnownBrowsers(registry)
        self._tries = Tries(registry)

    # Newcomers

    def register(
        self,
        email: str,
        name: str,
        password: Secret,
        *,
        browser: str = "",
        source: Source = _ANYWHERE,
    ) -> None:
        """Enter an account and send the code that confirms its address.

        The code is for this password and this ``browser`` (a secret of it): nobody confirms the
        password that somebody else chose for their address meanwhile.

        An address that is confirmed already gets a message that says so. Raises `IssueError`
        (``ordering.login_wait``, and those of `hash_password`).
        """
        email = folded(email)
        self._count_mail("register", email, source)
        hashed = hash_password(password, (email, name))
        # In one transaction: of two clicks the last message has the code that works.
        with self._registry.transaction():
            made = self._enter(email, name, hashed)
            # The same work as for an address with an account: the time reveals nothing either.
            code = self.codes.make(made.id, Purpose.CONFIRM, digest("register", browser, hashed))
            if made.confirmed_at is None:
                self._mail_code(made, code, _("Your address for orders of test cards"))
            else:
                self._tell_of_account(made)

    def confirm(
        self, email: str, code: str, *, browser: str = "", source: Source = _ANYWHERE
    ) -> Account:
        """Confirm an address by the code. Raises `IssueError` (``ordering.code_wrong``)."""
        email = folded(email)
        self._tries.count("confirm", email, most=_own("login_tries"), source=source)
        found = self._by_email(email)
        if found is None:
            raise IssueError("ordering.code_wrong")
        with self._registry.transaction():
            about = digest("register", browser, self._hashed(found.id) or "")
            right = self.codes.take(found.id, Purpose.CONFIRM, code, about)
            if right:
                self._change(found.id, confirmed_at=self._registry.now())
                self._note(found.id, "account.confirmed", found.id)
        if not right:
            raise self.codes.missed(found.id, Purpose.CONFIRM, about)
        return self.account(found.id)

    def was_confirmed(self, email: str, code: str, *, browser: str = "") -> bool:
        """Tell whether an address was confirmed by this very code, a moment ago."""
        found = self._by_email(folded(email))
        if found is None:
            return False
        about = digest("register", browser, self._hashed(found.id) or "")
        return self.codes.was_used(found.id, Purpose.CONFIRM, code, about)

    def log_in(self, email: str, password: Secret, source: Source = _ANYWHERE) -> Account:
        """Return the account of an address and password.

        Raises `IssueError` (``ordering.login_wrong``, ``ordering.login_wait``).
        """
        email = folded(email)
        source = self.placed(email, source)
        self._tries.count("login", email, most=_own("login_tries"), source=source)
        query = sa.select(_ACCOUNT.c.id, _ACCOUNT.c.password).where(
            _ACCOUNT.c.email == email, _ACCOUNT.c.confirmed_at.is_not(None)
        )
        with self._registry.reading() as connection:
            row = connection.execute(query).first()
        # As much time is spent on an address that nobody has.
        hashed = row.password if row and row.password else nobody()
        if not verify_password(hashed, password) or row is None or not row.password:
            raise IssueError("ordering.login_wrong")
        self._tries.forget("login", email, source=source)
        return self.account(row.id)

    def placed(self, email: str, source: Source) -> Source:
        """Return a source with whether its browser is known for the account of an address."""
        query = sa.select(_ACCOUNT.c.id).where(_ACCOUNT.c.email == folded(email))
        with self._registry.reading() as connection:
            account = connection.execute(query).scalar() or ""
        known = bool(source.browser) and self.browsers.knows(account, source.browser)
        return replace(source, known=known)

    def forgotten(
        self, email: str, *, browser: str = "", source: Source = _ANYWHERE
    ) -> Callable[[], None]:
        """Return what sends a code, by which the reader of an address chooses another password.

        The code is for this ``browser`` (a secret of it): who asks for another one elsewhere makes
        it worth nothing less.

        It is for after the answer, so that the time of the answer does not tell whether anybody
        has the address. Raises `IssueError` (``ordering.login_wait``).
        """
        email = folded(email)
        self._count_mail("forgotten", email, self.placed(email, source))

        def send() -> None:
            found = self._by_email(email)
            if found is not None and found.confirmed_at is not None:
                subject = _("A new password for your orders")
                self._send_code(found, Purpose.PASSWORD, subject, about=_in(browser))

        return send

    def choose_password(
        self,
        email: str,
        code: str,
        password: Secret,
        *,
        browser: str = "",
        keep: Collection[Kept] = (),
        source: Source = _ANYWHERE,
    ) -> Account:
        """Choose another password: whoever knew the old one has no way into the account any more.

        Every session ends, API keys are withdrawn and the card is unlinked, except what is to be
        kept; the owner of the address is notified. Raises `IssueError`: ``ordering.code_wrong``,
        and those of `hash_password`.
        """
        email = folded(email)
        source = self.placed(email, source)
        self._tries.count("choose", email, most=_own("login_tries"), source=source)
        found = self._by_email(email)
        hashed = hash_password(password, (email, found.name if found else ""))
        if found is None:
            raise IssueError("ordering.code_wrong")
        self.codes.use(found.id, Purpose.PASSWORD, code, _in(browser))
        with self._registry.transaction():
            self._change(found.id, password=hashed)
            if Kept.CARD not in keep:
                self._change(found.id, ps_idnat=None)
            count = self._close(found.id, keys=Kept.KEYS not in keep)
            self._note(found.id, "account.password", found.id)
            notice = Notice(account=found.id, kind=NoticeKind.PASSWORD, count=count)
            tell_later(self._registry, notice)
        self._tries.forget("login", email, source=source)
        return self.account(found.id)

    def was_chosen(self, email: str, code: str, *, browser: str = "") -> bool:
        """Tell whether a password was chosen by this very code, a moment ago."""
        found = self._by_email(folded(email))
        if found is None:
            return False
        return self.codes.was_used(found.id, Purpose.PASSWORD, code, _in(browser))

    # Holders

    def of_card(self, ps_idnat: str, name: str) -> Account:
        """Return the account of a holder who logged in by card; made at the first time."""
        now = self._registry.now()
        row = {
            "id": uuid.uuid4().hex,
            "name": name,
            "ps_idnat": ps_idnat,
            "language": language(),
            "created_at": now,
            "confirmed_at": now,
        }
        with self._registry.writing() as connection:
            insert = self._registry.insert(_ACCOUNT).values(row)
            connection.execute(insert.on_conflict_do_nothing())
            query = sa.select(_ACCOUNT.c.id).where(_ACCOUNT.c.ps_idnat == ps_idnat)
            return self.account(connection.execute(query).scalar_one())

    def link_card(self, account: str, ps_idnat: str) -> Account:
        """Let the cards of a holder log in to an account.

        Raises `IssueError` (``ordering.holder_taken``).
        """
        with self._registry.transaction():
            with self._registry.writing() as connection:
                query = sa.select(_ACCOUNT.c.id).where(_ACCOUNT.c.ps_idnat == ps_idnat)
                other = connection.execute(query).scalar()
            if other not in (None, account):
                raise IssueError("ordering.holder_taken")
            self._change(account, ps_idnat=ps_idnat)
            self._note(account, "account.card", account)
            tell_later(self._registry, Notice(account=account, kind=NoticeKind.LINKED))
        return self.account(account)

    def unlink_card(self, account: str) -> Account:
        """Let no card log in to an account any more.

        Raises `IssueError` (``ordering.last_way``) for an account without a password.
        """
        with self._registry.transaction():
            if self._hashed(account) is None:
                raise IssueError("ordering.last_way")
            self._change(account, ps_idnat=None)
            self._note(account, "account.card_unlinked", account)
        return self.account(account)

    # All

    def account(self, key: str) -> Account:
        """Return an account by its id. Raises `IssueError` (``ordering.account_unknown``)."""
        found = self._where(_ACCOUNT.c.id == key)
        if found is None:
            raise IssueError("ordering.account_unknown", name=key[:60])
        return found

    def named(self, name: str) -> Account:
        """Return an account by its e-mail address, PS_IdNat or id. Raises `IssueError`."""
        found = self._where(
            sa.or_(
                _ACCOUNT.c.id == name,
                _ACCOUNT.c.email == folded(name),
                _ACCOUNT.c.ps_idnat == name,
            )
        )
        if found is None:
            raise IssueError("ordering.account_unknown", name=name[:60])
        return found

    def give_roles(self, account: str, roles: Iterable[Role], *, by: str) -> Account:
        """Give an account these roles and no others, beside that of an applicant.

        Raises `IssueError` (``ordering.roles_apart``, ``ordering.account_unknown``).
        """
        wanted = frozenset(roles) - {Role.APPLICANT}
        check_roles(wanted)
        found = self.account(account)
        rows = [{"account": found.id, "role": item.value} for item in sorted(wanted)]
        facts = msgspec.json.encode({"roles": sorted(wanted)}).decode()
        with self._registry.transaction():
            with self._registry.writing() as connection:
                connection.execute(sa.delete(_ROLE).where(_ROLE.c.account == found.id))
                if rows:
                    connection.execute(sa.insert(_ROLE), rows)
            self._trail.add(by, "operator", "account.roles", found.id, facts)
        return self.account(found.id)

    def send_signing_code(self, account: Account, order: str, number: str) -> None:
        """Send the code that signs an order. Raises `IssueError` (``ordering.no_email``)."""
        if account.email is None:
            raise IssueError("ordering.no_email")
        self._tries.count("sign-mail", account.id, most=_own("mails_most"))
        subject = _("Sign your order {number}").format(number=number)
        self._send_code(account, Purpose.SIGN, subject, about=order)

    def send_link(self, account: Account, subject: str, text: str) -> None:
        """Send a link to its owner. Raises `IssueError` (``ordering.no_email``)."""
        if account.email is None:
            raise IssueError("ordering.no_email")
        self._tries.count("link-mail", account.id, most=_own("mails_most"))
        self._mail.send(account.email, subject, [text])

    def erase(self, account: str) -> None:
        """Forget who an account was: its id alone is kept, for the steps that refer to it."""
        address = self.account(account).email
        with self._registry.transaction():
            self._change(
                account,
                email=None,
                name="",
                password=None,
                ps_idnat=None,
                erased_at=self._registry.now(),
            )
            with self._registry.writing() as connection:
                connection.execute(sa.delete(_ROLE).where(_ROLE.c.account == account))
                connection.execute(
                    sa.delete(_TOKEN).where(
                        _TOKEN.c.account == account, _TOKEN.c.purpose != "letter"
                    )
                )
            self._note(account, "account.erased", account)
            if address:
                self._mail.forget(address)

    def _tell_of_account(self, found: Account) -> None:
        with use_language(found.language):
            self._mail.send(
                found.email or "",
                _("Your address for orders of test cards"),
                [_("You have an account already. Log in, or choose a new password there.")],
            )

    def _send_code(
        self, found: Account, purpose: Purpose, subject: str, *, about: str = ""
    ) -> None:
        self._mail_code(found, self.codes.make(found.id, purpose, about), subject)

    def _mail_code(self, found: Account, code: str, subject: str) -> None:
        text = _("Your code is {code}. It can be used once, within {minutes} minutes.")
        lines = [
            text.format(code=" ".join(_groups(code)), minutes=_own("code_minutes")),
            _("If you did not ask for it, do nothing."),
        ]
        self._mail.send(found.email or "", subject, lines)

    def _hashed(self, account: str) -> str | None:
        """Return the hash of a password; nobody changes it before this transaction ends."""
        query = sa.select(_ACCOUNT.c.password).where(_ACCOUNT.c.id == account).with_for_update()
        with self._registry.writing() as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def _by_email(self, email: str) -> Account | None:
        return self._where(_ACCOUNT.c.email == email)

    def _where(self, condition: sa.ColumnElement[bool]) -> Account | None:
        with self._registry.reading() as connection:
            row = connection.execute(sa.select(_ACCOUNT).where(condition)).mappings().first()
            if row is None:
                return None
            query = sa.select(_ROLE.c.role).where(_ROLE.c.account == row["id"])
            roles = frozenset(Role(item) for item in connection.execute(query).scalars())
        named = {slot: row[slot] for slot in Account.__slots__ if slot != "roles"}
        return Account(**named, roles=roles)

    def _enter(self, email: str, name: str, hashed: str) -> Account:
        """Return the account of an address, entered anew unless it was confirmed."""
        new = {"name": name, "password": hashed, "language": language()}
        row = {"id": uuid.uuid4().hex, "email": email, "created_at": self._registry.now(), **new}
        with self._registry.writing() as connection:
            insert = self._registry.insert(_ACCOUNT).values(row)
            unconfirmed = _ACCOUNT.c.confirmed_at.is_(None)
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[_ACCOUNT.c.email], set_=new, where=unconfirmed
                )
            )
            key = sa.select(_ACCOUNT.c.id).where(_ACCOUNT.c.email == email)
            return self.account(connection.execute(key).scalar_one())

    def _change(self, account: str, **values: object) -> None:
        with self._registry.writing() as connection:
            connection.execute(sa.update(_ACCOUNT).where(_ACCOUNT.c.id == account).values(values))

    def _count_mail(self, purpose: str, email: str, source: Source) -> None:
        """Count a message that an anonymous visitor asks for: by address, and by network."""
        self._tries.count(f"{purpose}-mail", email, most=_own("mails_most"), source=source)
        if not source.known:
            self._tries.count("mail", most=_own("mails_most_network"), source=source)

    def _close(self, account: str, *, keys: bool) -> int:
        """End sessions, known browsers, codes under way and keys; return how many keys."""
        mine = (_TOKEN.c.account == account, _TOKEN.c.used_at.is_(None))
        ended = [Purpose.SESSION, Purpose.BROWSER, Purpose.PASSWORD, Purpose.SIGN]
        key = (_TOKEN.c.account == account, _TOKEN.c.purpose == "api-key")
        with self._registry.writing() as connection:
            connection.execute(sa.delete(_TOKEN).where(*mine, _TOKEN.c.purpose.in_(ended)))
            return connection.execute(sa.delete(_TOKEN).where(*key)).rowcount if keys else 0

    def _note(self, actor: str, action: str, subject: str) -> None:
        self._trail.add(actor, Role.APPLICANT.value, action, subject)


def folded(email: str) -> str:
    """Return an address as it is compared: without spaces around, in small letters."""
    return unicodedata.normalize("NFC", email.strip()).casefold()


def _in(browser: str) -> str:
    return digest("browser", browser)


def _groups(code: str) -> list[str]:
    return [code[at : at + 4] for at in range(0, len(code), 4)]


def _own(name: str) -> int:
    return ours.table("ordering").integer(name)

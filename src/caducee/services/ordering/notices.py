# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Messages that tell people what became of their orders and cards.

A notice is a job, entered in the transaction of its cause: so no one is notified of what did not
happen, whichever way it happened (pages, API, command line, worker), and a mail box that cannot be
written keeps nothing else waiting.
"""

from enum import StrEnum, unique

import msgspec
import sqlalchemy as sa

from caducee.base.i18n import N_, use_language
from caducee.base.i18n import gettext as _
from caducee.directory.jobs import Jobs, QueuedJob
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.mail import Mailer
from caducee.services.ordering.tools import JobKind, Tools

__all__ = ["Notice", "NoticeKind", "Notices", "tell_later"]

_ACCOUNT = schema.account
_MOST_CARDS = 20


@unique
class NoticeKind(StrEnum):
    """Kinds of notices."""

    QUESTION = "question"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    READY = "ready"
    ENDING = "ending"
    """Cards end soon."""

    KEY = "key"
    """An API key was made."""

    LINKED = "linked"
    """A card was linked."""

    PASSWORD = "password"  # noqa: S105 (a kind of message)
    """Another password was chosen."""

    STOPPED = "stopped"
    """A card was stopped by another person than the recipient."""


_TEXTS = {
    NoticeKind.QUESTION: N_("The reviewer has a question about your order of test cards {number}."),
    NoticeKind.ACCEPTED: N_("Your order of test cards {number} was accepted; it is made next."),
    NoticeKind.REFUSED: N_(
        "Your order of test cards {number} was refused; the reason stands beside it."
    ),
    NoticeKind.READY: N_(
        "Your order of test cards {number} is made: take the letter with the PINs, and the cards."
    ),
    NoticeKind.ENDING: N_(
        "Cards of your order {number} end within {days} days. Renew those that you still need: the "
        "old one works until the new one is activated."
    ),
    NoticeKind.KEY: N_(
        "An API key was made for your account: {name}. A program that has it acts in all your "
        "roles. If it was not you, withdraw the key on the page “My data”, then choose a new "
        "password."
    ),
    NoticeKind.LINKED: N_(
        "A card was linked to your account: it can log in and sign now. If it was not you, unlink "
        "it on the page “My data”, then choose a new password."
    ),
    NoticeKind.PASSWORD: N_(
        "A new password was chosen for your account. Every session was ended; API keys withdrawn: "
        "{count}. The page “My data” shows what can still open the account. If it was not "
        "you, choose another password at once."
    ),
    NoticeKind.STOPPED: N_(
        "A card of your order {number} was declared lost, stolen or damaged, and is stopped. If "
        "that is wrong, ask the support, and have it replaced."
    ),
}


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The payload of the job: the recipient and the content."""

    account: str
    kind: NoticeKind
    number: str = ""
    """Number of the order; none for what concerns the account."""

    name: str = ""
    """What a key is for, in the words of whoever made it."""

    count: int = 0

    cards: tuple[str, ...] = ()
    days: int = 0
    link: str = ""
    """Where to look, when whoever caused it knows the address of the pages."""


def tell_later(registry: Registry, notice: Notice) -> None:
    """Enter the spec to tell somebody; nothing for an account without a confirmed address."""
    query = sa.select(_ACCOUNT.c.id).where(
        _ACCOUNT.c.id == notice.account,
        _ACCOUNT.c.email.is_not(None),
        _ACCOUNT.c.confirmed_at.is_not(None),
    )
    with registry.reading() as connection:
        if connection.execute(query).first() is None:
            return
    Jobs(registry).add(JobKind.TELL, msgspec.json.encode(notice).decode())


class Notices:
    """Sends the notices that are due."""

    def __init__(self, tools: Tools, mail: Mailer | None) -> None:
        self._tools = tools
        self._mail = mail

    def send(self, job: QueuedJob) -> None:
        """Send the message that a job names; the same job sends it once. Raises `StateError`."""
        notice = msgspec.json.decode(job.payload, type=Notice)
        query = sa.select(_ACCOUNT.c.email, _ACCOUNT.c.language).where(
            _ACCOUNT.c.id == notice.account
        )
        with self._tools.registry.reading() as connection:
            row = connection.execute(query).first()
        # Whoever was erased meanwhile has no address any more.
        if self._mail is not None and row is not None and row.email:
            with use_language(row.language):
                subject = _("Your account for test cards")
                if notice.number:
                    subject = _("Test cards: order {number}").format(number=notice.number)
                self._mail.send(row.email, subject, _lines(notice), key=job.id)
        self._tools.jobs.done(job)


def _lines(notice: Notice) -> list[str]:
    facts = {
        "number": notice.number,
        "days": notice.days,
        "name": notice.name,
        "count": notice.count,
    }
    found = [_(_TEXTS[notice.kind]).format(**facts)]
    if notice.cards:
        more = [_("and {count} more").format(count=len(notice.cards) - _MOST_CARDS)]
        shown = list(notice.cards[:_MOST_CARDS])
        found.append("\n".join(shown + (more if len(notice.cards) > _MOST_CARDS else [])))
    return [*found, notice.link] if notice.link else found

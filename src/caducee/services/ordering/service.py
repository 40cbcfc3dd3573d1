# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`Ordering`: the parts of the service, put together for pages, the API and the command line."""

from pathlib import Path

from caducee.authority.authority import Authority
from caducee.directory.jobs import Jobs
from caducee.directory.registry import Registry
from caducee.issuance import CardKeySource, FreshCardKeys
from caducee.services.ordering.card_lifecycle import CardLifecycle
from caducee.services.ordering.checkpoints import Checkpoints
from caducee.services.ordering.items import OrderItems
from caducee.services.ordering.letters import Letters
from caducee.services.ordering.mail import Mailer
from caducee.services.ordering.notices import Notice, NoticeKind, Notices, tell_later
from caducee.services.ordering.orders import Actor, Order, Orders
from caducee.services.ordering.outbox import Outbox
from caducee.services.ordering.production import Production
from caducee.services.ordering.shipments import CardReceiver, Shipments
from caducee.services.ordering.states import OrderAction
from caducee.services.ordering.tools import Tools
from caducee.services.ordering.trail import Trail
from caducee.services.ordering.vault import Vault
from caducee.services.ordering.worker import Worker, end

__all__ = ["Ordering"]

_NOTICES = {
    OrderAction.ASK: NoticeKind.QUESTION,
    OrderAction.ACCEPT: NoticeKind.ACCEPTED,
    OrderAction.REFUSE: NoticeKind.REFUSED,
}


class Ordering:
    """The ordering service on a registry and an authority; its parts are attributes.

    ``folder`` keeps what must not stand in the database: the keys under which content waits;
    ``keys`` gives the keys of cards; ``reader`` takes cards that are ordered straight into it;
    ``mail`` takes messages to applicants (without it none are sent).
    May be used by several threads, and by several processes at once.
    """

    def __init__(
        self,
        registry: Registry,
        authority: Authority,
        folder: Path,
        *,
        keys: CardKeySource | None = None,
        reader: CardReceiver | None = None,
        mail: Mailer | None = None,
    ) -> None:
        self.registry = registry
        self.authority = authority
        self.trail = Trail(registry)
        self.jobs = Jobs(registry)
        self.orders = Orders(registry, self.trail)
        self.items = OrderItems(registry)
        self.outbox = Outbox(registry)
        self._tools = Tools(
            registry=registry,
            authority=authority,
            trail=self.trail,
            orders=self.orders,
            items=self.items,
            outbox=self.outbox,
            jobs=self.jobs,
            vault=Vault(folder / "waiting"),
        )
        self.production = Production(self._tools, keys or FreshCardKeys())
        self.letters = Letters(self._tools)
        self.shipments = Shipments(self._tools, self.letters, reader)
        self.cards = CardLifecycle(self._tools, self.production)
        self.checkpoints = Checkpoints(self._tools, folder)
        notices = Notices(self._tools, mail)
        parts = (self.letters, self.shipments, self.cards, self.checkpoints, notices)
        self.worker = Worker(self._tools, self.production, parts)

    def act(
        self, order: Order, actor: Actor, action: OrderAction, note: str = "", *, link: str = ""
    ) -> Order:
        """Take a step: ask, accept, refuse, withdraw, produce, end.

        PRODUCE plans the items and enters the job of the worker, END stops all cards; the
        applicant is notified of a decision, with the ``link`` to the order; all in the
        transaction of the step. Raises as `Orders.act`.
        """
        with self.registry.transaction():
            after = self.orders.act(order, actor, action, note)
            if action is OrderAction.PRODUCE:
                self.production.plan(after)
            if action is OrderAction.END:
                end(self._tools, after.id)
            if action in _NOTICES:
                kind = _NOTICES[action]
                notice = Notice(account=after.applicant, kind=kind, number=after.number, link=link)
                tell_later(self.registry, notice)
        return after

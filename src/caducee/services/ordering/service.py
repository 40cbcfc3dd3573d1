# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`Ordering`: the whole service in one object, for pages, the API and the command line."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from caducee.authority.authority import Authority
from caducee.base.secret import Secret
from caducee.directory.jobs import Jobs
from caducee.directory.registry import Registry
from caducee.issuance import CardKeySource, FreshCardKeys
from caducee.services.ordering.audit import Head
from caducee.services.ordering.form import OrderForm
from caducee.services.ordering.heads import Heads, TrailReport
from caducee.services.ordering.letters import Letter, LetterLink, LetterNote, Letters
from caducee.services.ordering.life import CardLife, HolderChange, Life
from caducee.services.ordering.mail import Mailer
from caducee.services.ordering.notices import Notice, NoticeKind, Notices, tell_later
from caducee.services.ordering.orders import Actor, Order, Orders, StepLine
from caducee.services.ordering.outbox import Event, Outbox
from caducee.services.ordering.parcels import CardReceiver, ParcelNote, Parcels
from caducee.services.ordering.pieces import CallBack, Piece, Pieces, Progress, StopReason
from caducee.services.ordering.production import Production
from caducee.services.ordering.states import OrderAction, OrderState
from caducee.services.ordering.tools import JobKind, Tools
from caducee.services.ordering.trail import Trail
from caducee.services.ordering.vault import Vault
from caducee.services.ordering.worker import Worker, end

__all__ = ["Ordering"]

_TOLD = {
    OrderAction.ASK: NoticeKind.QUESTION,
    OrderAction.ACCEPT: NoticeKind.ACCEPTED,
    OrderAction.REFUSE: NoticeKind.REFUSED,
}


class Ordering:
    """The ordering service on a registry and an authority.

    ``folder`` keeps what must not stand in the database: the keys under which content waits;
    ``keys`` gives the keys of cards; ``reader`` takes cards that are ordered straight into it;
    ``mail`` takes messages to applicants (without it nobody is told).
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
        self._reader = reader
        self.authority = authority
        self.trail = Trail(registry)
        self.jobs = Jobs(registry)
        self._orders = Orders(registry, self.trail)
        self._tools = Tools(
            registry=registry,
            authority=authority,
            trail=self.trail,
            orders=self._orders,
            pieces=Pieces(registry),
            outbox=Outbox(registry),
            jobs=self.jobs,
            vault=Vault(folder / "waiting"),
        )
        self._production = Production(self._tools, keys or FreshCardKeys())
        self._letters = Letters(self._tools)
        self._parcels = Parcels(self._tools, self._letters, reader)
        self._life = Life(self._tools, self._production)
        self._heads = Heads(self._tools, folder)
        notices = Notices(self._tools, mail)
        parts = (self._letters, self._parcels, self._life, self._heads, notices)
        self._worker = Worker(self._tools, self._production, parts)

    # Orders

    def begin(
        self,
        applicant: str,
        form: OrderForm,
        *,
        request_key: str | None = None,
        strict: bool = False,
    ) -> Order:
        """Make a draft of an account. ``request_key`` and ``strict`` as in `Orders.begin`."""
        return self._orders.begin(applicant, form, request_key=request_key, strict=strict)

    def save(self, order: Order, actor: Actor, form: OrderForm) -> Order:
        """Keep a changed draft. Raises as `Orders.save`."""
        return self._orders.save(order, actor, form)

    def submit(self, order: Order, actor: Actor, signature: str) -> Order:
        """Hand a signed order in. Raises as `Orders.submit`."""
        return self._orders.submit(order, actor, signature)

    def act(
        self, order: Order, actor: Actor, action: OrderAction, note: str = "", *, link: str = ""
    ) -> Order:
        """Take a step: ask, accept, refuse, withdraw, produce, end.

        PRODUCE plans the pieces and enters the job of the worker, END stops all cards; a decision
        is told to the applicant, with the ``link`` to the order; all in the transaction of the
        step. Raises as `Orders.act`.
        """
        with self.registry.transaction():
            made = self._orders.act(order, actor, action, note)
            if action is OrderAction.PRODUCE:
                self._production.plan(made)
            if action is OrderAction.END:
                end(self._tools, made.id)
            if action in _TOLD:
                kind = _TOLD[action]
                told = Notice(account=made.applicant, kind=kind, number=made.number, link=link)
                tell_later(self.registry, told)
        return made

    def order(self, key: str) -> Order:
        """Return an order by its id. Raises `IssueError` (``ordering.unknown``)."""
        return self._orders.order(key)

    def by_number(self, number: str) -> Order:
        """Return an order by its number. Raises `IssueError` (``ordering.unknown``)."""
        return self._orders.by_number(number)

    def of(self, applicant: str) -> tuple[Order, ...]:
        """Return the orders of an account, newest first."""
        return self._orders.of(applicant)

    def in_state(self, *states: OrderState) -> tuple[Order, ...]:
        """Return the orders that stand in these states, oldest first."""
        return self._orders.in_state(*states)

    def steps(self, order: Order) -> tuple[StepLine, ...]:
        """Return what happened to an order, oldest first."""
        return self._orders.steps(order)

    def forget_requests(self, order: Order) -> None:
        """Forget the signing requests of an order, in which a subject may be named."""
        self._tools.pieces.forget_requests(order.id)

    # Production

    def pieces(self, order: Order, *, after: int = 0, count: int = 100) -> tuple[Piece, ...]:
        """Return some pieces of an order, by place, beginning after one."""
        return self._tools.pieces.page(order.id, after=after, count=count)

    def waits(self, order: Order) -> bool:
        """Tell whether something of an order waits to be handed over."""
        return self._tools.pieces.waiting(order.id) is not None

    def progress(self, order: Order) -> Progress:
        """Return how far the making is, with an estimate."""
        return self._production.progress(order)

    def work(self, worker: str) -> int:
        """Do every job that is due (make, remind, expire, end) and return how many were done.

        ``worker``: a name that no other worker has at the same time.
        """
        return self._worker.work(worker)

    def produce(self, order: Order, worker: str) -> bool:
        """Make an order at once; false when another worker has it, or the attempt failed."""
        return self._worker.do(JobKind.PRODUCE, order.id, worker)

    def keep_working(self, stop: threading.Event, *, every: float = 1.0) -> None:
        """Work until ``stop`` is set, as a worker with a name of its own; outlives faults."""
        self._worker.run(stop, every=every)

    # Delivery

    def letter(self, order: Order, actor: Actor) -> LetterLink:
        """Seal the codes of everything that waits, and return the link that opens the letter once.

        A letter made before and not opened is void then. Raises `IssueError`
        (``ordering.nothing_waits``, ``ordering.unknown`` for another's order).
        """
        return self._letters.make(order, actor)

    def peek_letter(self, secret: Secret) -> LetterNote:
        """Say what a link leads to, unopened. Raises `IssueError` (``ordering.link_unknown``)."""
        return self._letters.peek(secret)

    def open_letter(self, secret: Secret) -> Letter:
        """Open a letter: it is emptied in the same transaction.

        Raises `IssueError`: ``ordering.link_unknown``, ``ordering.link_used``,
        ``ordering.link_expired``.
        """
        return self._letters.open(secret)

    def parcel(self, order: Order, actor: Actor, into: BinaryIO) -> ParcelNote:
        """Write the encrypted archive of everything that waits; the order is delivered then.

        It can be fetched again until `received`, or until some days are over. The letter has its
        password. Raises `IssueError` (``ordering.nothing_waits``).
        """
        return self._parcels.write(order, actor, into)

    @property
    def has_reader(self) -> bool:
        """Whether cards can go straight into a reader."""
        return self._reader is not None

    def deliver(self, order: Order, actor: Actor) -> tuple[str, ...]:
        """Put the cards that wait into the reader and say where they are.

        Raises `IssueError` (``ordering.no_reader``, ``ordering.nothing_waits``).
        """
        return self._parcels.deliver(order, actor)

    def received(self, order: Order, actor: Actor) -> None:
        """Take note that the parcel arrived: its content is removed for good.

        Raises `IssueError` (``ordering.letter_first``) while no link to the codes was made.
        """
        self._parcels.received(order, actor)

    # Life

    def life(self, card_number: str) -> CardLife:
        """Return a card with its history. Raises `IssueError` (``ordering.card_unknown``)."""
        return self._life.card(card_number)

    def piece(self, number: str) -> Piece:
        """Return a card, or a certificate by its serial. Raises `IssueError`."""
        return self._tools.pieces.find(number)

    def access(self, number: str, account: str) -> tuple[Piece, bool]:
        """Return a card that an account may see, and whether it is its own or its structure's.

        Raises `IssueError` (``ordering.card_unknown``) for what is another's.
        """
        return self._life.access(number, account)

    def cards_of(self, account: str) -> tuple[Piece, ...]:
        """Return the cards that an account ordered or holds, newest first."""
        return self._life.cards_of(account)

    def activate(self, card_number: str, actor: Actor) -> Piece:
        """Take a card into use; a card that it replaces is stopped."""
        return self._life.activate(card_number, actor)

    def lose(
        self,
        card_number: str,
        actor: Actor,
        reason: StopReason,
        *,
        called_back: CallBack | None = None,
    ) -> Piece:
        """Stop a card that is lost, stolen or damaged, at once.

        The applicant, the holder and who orders for the same structure may (APPLICANT), and
        SUPPORT after a call-back:
        ``called_back`` says by which way the holder was reached. No code of a card is ever asked
        for. Raises `IssueError` (``ordering.card_unknown``, ``ordering.call_back_missing``).
        """
        return self._life.lose(card_number, actor, reason, called_back)

    def replace(self, card_number: str, actor: Actor, change: HolderChange | None = None) -> Piece:
        """Have another card made for the same holder: after a loss, before expiry, for new data.

        The old one, when it is not stopped, works until the new one is activated; with a change
        it is stopped as `StopReason.CHANGED` then, without as `StopReason.RENEWED`.
        """
        return self._life.replace(card_number, actor, change)

    def destroy(self, card_number: str, actor: Actor) -> Piece:
        """Take note that a card was destroyed; it is stopped if it was not."""
        return self._life.destroy(card_number, actor)

    # Those who must know, and those who check

    def events(self, *, after: int = 0, count: int = 100) -> Sequence[Event]:
        """Return some events after a number, in order."""
        return self._tools.outbox.events(after=after, count=count)

    def sign_head(self) -> Head | None:
        """Check the trail and have its head signed; none when nothing was added since."""
        return self._heads.sign()

    def check_trail(self, copy: Path | None = None) -> TrailReport:
        """Check the whole trail against its counter and its heads, also those kept elsewhere.

        Raises as `Heads.check`.
        """
        return self._heads.check(copy)

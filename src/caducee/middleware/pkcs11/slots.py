# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Slots: one for each reader, known by its name, with what is in it now.

A reader keeps its slot while it is unplugged; the slot of an absent reader is reused only when a
new reader finds none free. Nothing here talks to a card, except `Slots.token`, which
opens one. The engine's lock guards everything else.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from caducee.base.errors import CardRemovedError, CpsError, MuteCardError, NotACpsError, ReaderError
from caducee.cryptolib.card import CpsCard
from caducee.middleware.pkcs11.errors import Pkcs11Error, code_of
from caducee.middleware.pkcs11.tokens import Token
from caducee.reader.transport import Reader, ReaderStatus
from caducee.spec.atrs import resembles
from caducee.spec.pkcs11 import Ckr

__all__ = ["OpenCard", "Readers", "Slot", "Slots"]

_log = logging.getLogger(__name__)


class Readers(Protocol):
    """Where readers are found; `caducee.reader.transport.ReaderContext` is one."""

    def readers(self) -> Sequence[Reader]:
        """Return the readers that are there now."""


type OpenCard = Callable[[Reader], CpsCard]


@dataclass(eq=False)
class Slot:
    """A reader by its name, and what is in it."""

    id: int
    name: str
    status: ReaderStatus | None = None
    """None while the reader is unplugged."""

    token: Token | None = None
    """The card, once it was opened."""

    refusal: Ckr | None = None
    """Why the card in the reader is not a token; None while unknown."""

    leftovers: list[CpsCard] = field(default_factory=list)
    """Cards that left, whose connections nobody has closed yet."""

    opening: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def present(self) -> bool:
        """Whether a card is in the reader, whatever card it is."""
        return self.status is not None and self.status.present

    @property
    def unseen(self) -> bool:
        """Whether a card is in the reader that nobody has looked at."""
        return self.present and self.token is None and self.refusal is None

    @property
    def recognised(self) -> bool:
        """Whether the card is a CPS, as far as it was looked at: its answer to reset at least."""
        atr = self.status.atr if self.status is not None else None
        return self.refusal is None and atr is not None and resembles(atr) is not None

    @property
    def must_close(self) -> bool:
        """Whether the card is open though no login needs it any more."""
        return self.token is not None and self.token.card.dropping

    def demand_card(self) -> None:
        """Raise `Pkcs11Error` unless a card may be here that is a token."""
        if not self.present:
            raise Pkcs11Error(Ckr.TOKEN_NOT_PRESENT, slot=self.id)
        if self.refusal is not None:
            raise Pkcs11Error(self.refusal, slot=self.id)
        if self.status is not None and self.status.mute:
            raise Pkcs11Error(Ckr.TOKEN_NOT_RECOGNIZED, slot=self.id)


class Slots:
    """All slots, in the order of their ids."""

    def __init__(
        self, readers: Readers, open_card: OpenCard, most: int, lock: threading.RLock
    ) -> None:
        """``most`` slots at most; ``lock`` is the engine's."""
        self._readers = readers
        self._reader_login = open_card
        self._most = most
        self._lock = lock
        self.original = False
        """Whether objects are shown as the issuer's module shows them."""

        self.on_opening: Callable[[Token], None] = lambda token: None
        """Called with an opened card before programs see it; may talk to it."""

        self.on_opened: Callable[[Token, str], None] = lambda token, reader: None
        """Called under the lock when programs see it, with the reader's name."""

        self._slots: dict[int, Slot] = {}
        self._by_name: dict[str, Slot] = {}

    def __iter__(self) -> Iterator[Slot]:
        return iter([self._slots[number] for number in sorted(self._slots)])

    def get(self, number: int) -> Slot:
        """Return a slot by its id. Raises `Pkcs11Error` (CKR_SLOT_ID_INVALID)."""
        found = self._slots.get(number)
        if found is None:
            raise Pkcs11Error(Ckr.SLOT_ID_INVALID, slot=number)
        return found

    def update(self, now: Mapping[str, ReaderStatus]) -> tuple[list[Slot], list[Token]]:
        """Take in what is in the readers; return the slots that changed and the tokens that left.

        The caller holds the lock.
        """
        changed, left = [], []
        for slot in self._with_new(now):
            status = now.get(slot.name)
            if _same(slot.status, status):
                slot.status = status
                continue
            token = slot.token
            if token is not None and (status is None or not _is_of(token, status)):
                left.append(token)
                self.drop(slot, token)
            slot.status, slot.refusal = status, None
            changed.append(slot)
        return changed, left

    def _with_new(self, now: Mapping[str, ReaderStatus]) -> list[Slot]:
        for name in now:
            if name not in self._by_name:
                self._add(name)
        return list(self)

    def _add(self, name: str) -> None:
        leftovers: list[CpsCard] = []
        free = next((index for index in range(self._most) if index not in self._slots), None)
        if free is None:
            gone = next((item for item in self if item.status is None), None)
            if gone is None:
                _log.warning("no slot is left for the reader %s", name)
                return
            del self._by_name[gone.name]
            free, leftovers = gone.id, gone.leftovers
        self._slots[free] = self._by_name[name] = Slot(free, name, leftovers=leftovers)

    def drop(self, slot: Slot, token: Token) -> None:
        """Forget the card of a slot; the caller holds the lock."""
        if slot.token is token:
            slot.token = None
            slot.leftovers.append(token.card)

    def token(self, slot: Slot) -> Token:
        """Return the card of a slot, opened if nobody did yet; talks to the card then.

        Raises `Pkcs11Error` (CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED, CKR_DEVICE_ERROR).
        """
        with slot.opening:
            with self._lock:
                slot.demand_card()
                if slot.token is not None:
                    return slot.token
                leftovers, slot.leftovers = slot.leftovers, []
                before = slot.status
            for card in leftovers:
                card.close()
            token = self._open(slot)
            self.on_opening(token)
            with self._lock:
                if slot.status is not before and not (slot.status and _is_of(token, slot.status)):
                    slot.leftovers.append(token.card)
                    raise Pkcs11Error(Ckr.TOKEN_NOT_PRESENT, slot=slot.id)
                slot.token = token
                self.on_opened(token, slot.name)
            return token

    def _open(self, slot: Slot) -> Token:
        try:
            reader = next(
                (item for item in self._readers.readers() if item.name == slot.name), None
            )
            if reader is None:
                raise Pkcs11Error(Ckr.TOKEN_NOT_PRESENT, slot=slot.id)
            card = self._reader_login(reader)
            with contextlib.suppress(CpsError):
                return Token(slot.id, card, reader.status().changes, original=self.original)
            card.close()
            raise Pkcs11Error(Ckr.TOKEN_NOT_PRESENT, slot=slot.id)
        except (NotACpsError, MuteCardError) as error:
            _log.info("the card in slot %d is no token: %s", slot.id, error.code)
            with self._lock:
                slot.refusal = code_of(error)
            raise Pkcs11Error(code_of(error), slot=slot.id) from error
        except CardRemovedError as error:
            raise Pkcs11Error(Ckr.TOKEN_NOT_PRESENT, slot=slot.id) from error
        except CpsError as error:
            _log.warning("the card in slot %d cannot be opened: %s", slot.id, error.code)
            rv = code_of(error) if isinstance(error, ReaderError) else Ckr.DEVICE_ERROR
            raise Pkcs11Error(rv, slot=slot.id) from error

    def close(self) -> None:
        """End the connections to all cards."""
        for slot in self:
            with slot.opening:
                cards = [*slot.leftovers, *([slot.token.card] if slot.token else [])]
                slot.token, slot.leftovers = None, []
            for card in cards:
                card.close()


def _same(status: ReaderStatus | None, other: ReaderStatus | None) -> bool:
    if status is None or other is None:
        return status is other
    return (status.present, status.mute, status.changes) == (
        other.present,
        other.mute,
        other.changes,
    )


def _is_of(token: Token, status: ReaderStatus) -> bool:
    """Tell whether a status is that of the insertion that a token stands for."""
    return status.present and status.changes == token.changes

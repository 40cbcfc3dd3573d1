# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The one card that can log in, among those in the readers."""

from collections.abc import Callable
from dataclasses import dataclass

from caducee.base.errors import CardError, CpsError, NotACpsError, ReaderError
from caducee.cryptolib import open_card
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.model import KeyUse
from caducee.reader.transport import Reader, ReaderContext, ReaderStatus

__all__ = ["Insertion", "LoginCards"]

type OpenCard = Callable[[Reader], CpsCard]


@dataclass(frozen=True, slots=True)
class Insertion:
    """One stay of a card in a reader; the same card put in again is another."""

    reader: str
    changes: int


class LoginCards:
    """Opens the card of a login, and states whether it is still the same."""

    def __init__(self, context: ReaderContext, opened: OpenCard = open_card) -> None:
        self.context = context
        self._opened = opened

    def open(self) -> tuple[CpsCard, Insertion]:
        """Open the card that has an authentication key with contacts.

        Raises `CardError`: ``webhost.no_card``, ``webhost.several_cards``; or why the only card
        there cannot be used.
        """
        found: list[tuple[CpsCard, Insertion]] = []
        failures: list[CpsError] = []
        try:
            for reader, status in self._present():
                try:
                    card = self._opened(reader)
                except (CardError, ReaderError) as error:
                    failures.append(error)
                    continue
                found.append((card, Insertion(reader.name, status.changes)))
            return self._only(found, failures)
        except BaseException:
            for card, _ in found:
                card.close()
            raise

    def here(self, insertion: Insertion) -> bool:
        """Tell whether a card has stayed in its reader since."""
        return any(
            Insertion(reader.name, status.changes) == insertion
            for reader, status in self._present()
        )

    def insertions(self) -> frozenset[Insertion]:
        """Return the stays of all cards that are in readers now."""
        return frozenset(Insertion(item.name, status.changes) for item, status in self._present())

    def _present(self) -> list[tuple[Reader, ReaderStatus]]:
        found = []
        for reader in self.context.readers():
            try:
                status = reader.status()
            except ReaderError:  # unplugged in between
                continue
            if status.present:
                found.append((reader, status))
        return found

    def _only(
        self, found: list[tuple[CpsCard, Insertion]], failures: list[CpsError]
    ) -> tuple[CpsCard, Insertion]:
        able = [item for item in found if KeyUse.AUTHENTICATION in item[0].uses]
        if len(able) > 1:
            raise CardError("webhost.several_cards", count=len(able))
        if able:
            for card, _ in found:
                if card is not able[0][0]:
                    card.close()
            return able[0]
        if found:
            raise CardError("webhost.contactless")
        telling = [
            failure for failure in failures if not isinstance(failure, NotACpsError)
        ] or failures
        if telling:
            raise telling[0]
        raise CardError("webhost.no_card")

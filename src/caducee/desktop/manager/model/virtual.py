# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Virtual cards as the manager sees them: what it asks of a sandbox, and how it shows it.

The window knows this protocol only; the command line fills it from a sandbox.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final, Protocol

from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.base.nouns import shown
from caducee.base.secret import Secret

__all__ = [
    "FAULTS_AT_START",
    "FAULTS_NOT_TAKEN_BACK",
    "CardFault",
    "CardKind",
    "InsertionMethod",
    "IssuedTestCard",
    "VirtualCard",
    "VirtualCards",
    "applied_text",
    "card_line",
    "faces_text",
    "fits",
    "kind_line",
    "made_text",
    "place_line",
    "start_text",
    "way_text",
]

FAULTS_NOT_TAKEN_BACK: Final = frozenset({"revoked"})
"""What is done to the card in the world outside it."""

FAULTS_AT_START: Final = frozenset({"vitale", "payment"})
"""What a card in a reader shows only when it starts anew."""

_PARTS: Final = " · "


@unique
class InsertionMethod(StrEnum):
    """How a card is put into a reader."""

    PCSC = "pcsc"
    """Into a virtual reader of this machine's PC/SC: every program sees it."""

    SOCKET = "socket"
    """At a local socket, without PC/SC: programs of the Cryptolib see it."""


@dataclass(frozen=True, slots=True)
class CardKind:
    """A ready profile of cards."""

    name: str
    """What commands call it."""

    card: str
    """CPS, CPF, CPE, CDE, CPA, CDA."""

    generation: str
    holder: str
    """Profession or kind of holder, in words."""

    faces: tuple[str, ...]
    """``contact``, ``contactless``."""

    state: str = ""
    """Empty for a new card."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class CardFault:
    """One of the faults that a card can have."""

    name: str
    does: str
    """What is wrong then, in words."""

    options: tuple[str, ...] = ()
    """Which numbers it takes: ``after`` (commands), ``delay`` (milliseconds)."""

    lasting: bool = True
    """Whether the card keeps it until it is taken away."""


@dataclass(frozen=True, slots=True)
class VirtualCard:
    """One card of the sandbox."""

    number: str
    """Names it here."""

    holder: str
    faces: tuple[str, ...] = ("contact",)
    readers: tuple[str, ...] = ()
    """Where it is inserted now."""

    faults: tuple[str, ...] = ()
    tries: tuple[tuple[str, int], ...] = ()
    """Tries left of each code."""

    file: str = ""


@dataclass(frozen=True, slots=True)
class IssuedTestCard:
    """A card that was just made, with its codes."""

    card: VirtualCard
    pin: Secret
    puk: Secret


class VirtualCards(Protocol):
    """The virtual cards of one sandbox. Every call may take its time, and raises `CpsError`."""

    @property
    def place(self) -> str:
        """The folder of the sandbox."""

    def kinds(self) -> tuple[CardKind, ...]:
        """Return the ready profiles."""

    def faults(self) -> tuple[CardFault, ...]:
        """Return the faults that there are."""

    def ways(self) -> tuple[InsertionMethod, ...]:
        """Return how cards can be put into readers here."""

    def cards(self) -> tuple[VirtualCard, ...]:
        """Return the cards of the sandbox, by number."""

    def make(self, kind: str, tell: Callable[[str], None]) -> IssuedTestCard:
        """Make a card of a ready profile; ``tell`` hears of each key, and may raise to end it."""

    def insert(
        self, number: str, faces: tuple[str, ...], way: InsertionMethod, tell: Callable[[str], None]
    ) -> tuple[str, ...]:
        """Put a card into readers, one for each face; return their names."""

    def remove(self, number: str) -> None:
        """Take a card out of every reader."""

    def delete(self, number: str) -> None:
        """Take a card out, and remove its file for ever."""

    def apply(self, number: str, fault: str, options: dict[str, int]) -> None:
        """Give a card a fault; one that is in a reader has it from the next command on."""

    def clear(self, number: str) -> None:
        """Take every fault away; the codes get their tries back."""

    def close(self) -> None:
        """Take the cards out that only this program holds."""


# How it is shown

_WAYS: Final = {
    InsertionMethod.PCSC: N_("Reader of this computer (PC/SC): visible to all programs"),
    InsertionMethod.SOCKET: N_(
        "Local socket: visible to Cryptolib programs while this window is open"
    ),
}


def way_text(way: InsertionMethod) -> str:
    """Return how a card is put into a reader, in words."""
    return _(_WAYS[way])


def faces_text(faces: tuple[str, ...]) -> str:
    """Return sides of a card, in words."""
    return ", ".join(str(shown("face", face)) for face in faces)


def fits(kind: CardKind, words: str) -> bool:
    """Tell whether a profile has every one of some words."""
    text = " ".join((kind.name, kind.card, kind.generation, kind.holder, kind.state, kind.note))
    return all(word in text.casefold() for word in words.casefold().split())


def kind_line(kind: CardKind) -> str:
    """Return a profile in one line."""
    head = _("{name}: {card}, {generation}").format(
        name=kind.name, card=kind.card, generation=kind.generation
    )
    rest = [kind.holder, kind.state, kind.note, faces_text(kind.faces)]
    return _PARTS.join(item for item in (head, *rest) if item)


def place_line(card: VirtualCard) -> str:
    """Return where a card is."""
    if not card.readers:
        return _("not in a reader")
    return _("in {readers}").format(readers=", ".join(card.readers))


def card_line(card: VirtualCard) -> str:
    """Return a card in one line: number, holder, where it is, faults."""
    parts = [f"{card.number}  {card.holder}".rstrip(), place_line(card)]
    if card.faults:
        parts.append(_("faults: {names}").format(names=", ".join(card.faults)))
    return _PARTS.join(parts)


def applied_text(card: VirtualCard, fault: str) -> str:
    """Return the message after a fault was applied."""
    text = _("Fault applied to card {number}.").format(number=card.number)
    if card.readers and fault in FAULTS_AT_START:
        return f"{text} {start_text()}"
    return text


def start_text() -> str:
    """Return the message for a fault that takes effect at the next reset."""
    return _("It takes effect at the next reset: remove the card and insert it again.")


def made_text(made: IssuedTestCard) -> str:
    """Return the message about a new test card, with its PIN and PUK."""
    return _("Card {number} created. PIN: {pin}   PUK: {puk}").format(
        number=made.card.number, pin=made.pin.reveal().decode(), puk=made.puk.reveal().decode()
    )

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a relying party asks of a directory: who the holder is, and whether a card is in use.

The protocols name attributes only, so that a directory implements them with values of its own
and need not know this package. `MemoryHolders` serves programs that have no directory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import msgspec

from caducee.base.errors import ConfigError
from caducee.relying.card_image import CardSource, certificate_of

__all__ = [
    "HolderActivity",
    "HolderRegistry",
    "MemoryHolders",
    "RegisteredActivity",
    "RegisteredHolder",
    "StaticHolder",
]


class RegisteredActivity(Protocol):
    """One practice situation of a holder, as the directory has it."""

    @property
    def key(self) -> str:
        """What names this activity among those of the holder, e.g. when they choose one."""

    @property
    def structure_id(self) -> str:
        """Struct_IdNat: type digit (table G07) and identifier, e.g. ``10B0007712``."""

    @property
    def structure_name(self) -> str:
        """The name of the structure."""

    @property
    def sector(self) -> str | None:
        """Activity sector, a code of TRE_R02, e.g. ``SA07``."""

    @property
    def mode(self) -> str | None:
        """Mode of practice, a code of the card's table G17, e.g. ``00`` (libéral)."""


class RegisteredHolder(Protocol):
    """One holder, as the directory has them."""

    @property
    def ps_idnat(self) -> str:
        """PS_IdNat: type digit (table G08) and identifier, e.g. ``899700218896``."""

    @property
    def family_name(self) -> str:
        """Family name of practice."""

    @property
    def given_name(self) -> str:
        """Given name."""

    @property
    def profession(self) -> str | None:
        """Profession, a code of G15, e.g. ``10``; none for staff of a structure."""

    @property
    def specialties(self) -> Sequence[str]:
        """Specialties, codes of TRE_R01, e.g. ``SM26``."""

    @property
    def activities(self) -> Sequence[RegisteredActivity]:
        """Practice situations that are open today, in the directory's order."""

    @property
    def active(self) -> bool:
        """Whether the holder may practise today; false after a closure or a suspension."""


class HolderRegistry(Protocol):
    """A directory, as far as a login needs one.

    An implementation that cannot answer raises an error of our tree; the login then fails.
    """

    def holder(self, ps_idnat: str) -> RegisteredHolder | None:
        """Return the holder of that PS_IdNat, or none when the directory has none."""

    def card_active(self, card_id: str) -> bool | None:
        """Tell whether a card is in use: false when opposed or withdrawn, none when unknown.

        ``card_id`` is written as in the certificate: issuer and card number, e.g.
        ``8025000001/2800636234`` (OID 1.2.250.1.71.1.2.3).
        """


@dataclass(frozen=True, slots=True)
class HolderActivity:
    """A practice activity of the holder, from the directory and never from the client."""

    key: str
    structure_id: str
    structure_name: str
    sector: str | None = None
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class StaticHolder:
    """A holder, written by hand."""

    ps_idnat: str
    family_name: str
    given_name: str
    profession: str | None = None
    specialties: tuple[str, ...] = ()
    activities: tuple[HolderActivity, ...] = ()
    active: bool = True


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    """A file of holders and cards."""

    holders: tuple[StaticHolder, ...] = ()
    cards: dict[str, bool] = {}
    """Whether a card is in use, by issuer and number."""


class MemoryHolders:
    """A `HolderRegistry` kept in memory, for programs and tests that have no directory."""

    def __init__(self, holders: Iterable[RegisteredHolder] = (), cards: Iterable[str] = ()) -> None:
        self._holders = {holder.ps_idnat: holder for holder in holders}
        self._cards = dict.fromkeys(cards, True)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read holders and cards from a file that `to_json` made.

        Raises `ConfigError` (``verifier.holders_unreadable``).
        """
        try:
            kept = msgspec.json.decode(Path(path).read_bytes(), type=_Kept)
        except (OSError, ValueError) as error:
            facts = {"path": str(path), "reason": str(error)}
            raise ConfigError("verifier.holders_unreadable", **facts) from None
        made = cls(kept.holders)
        made._cards = dict(kept.cards)
        return made

    def to_json(self) -> bytes:
        """Return holders and cards as a file for `load`."""
        holders = tuple(_static(holder) for holder in self._holders.values())
        kept = msgspec.json.encode(_Kept(holders, self._cards))
        return msgspec.json.format(kept, indent=2) + b"\n"

    def add(self, card: CardSource) -> StaticHolder:
        """Admit a card and its holder, by what its certificate says; return the holder.

        ``card`` is a card image, the path of one, or the card's certificate (object or DER).
        Raises `ConfigError` and `TrustError` as `caducee.relying.card_image.certificate_of` does.
        """
        found = certificate_of(card)
        holder = StaticHolder(
            found.ps_idnat,
            found.surname or "",
            found.given_name or "",
            next(iter(found.professions), None),
            found.specialties,
        )
        self.put(holder)
        self.put_card(found.card_id)
        return holder

    def put(self, holder: RegisteredHolder) -> None:
        """Add a holder, or replace the one with the same PS_IdNat."""
        self._holders[holder.ps_idnat] = holder

    def put_card(self, card_id: str, *, active: bool = True) -> None:
        """Add a card, or say that a known one is in use or opposed."""
        self._cards[card_id] = active

    def holder(self, ps_idnat: str) -> RegisteredHolder | None:
        """Return the holder of that PS_IdNat, or none."""
        return self._holders.get(ps_idnat)

    def card_active(self, card_id: str) -> bool | None:
        """Tell whether a card is in use; none when it is unknown."""
        return self._cards.get(card_id)


def _static(holder: RegisteredHolder) -> StaticHolder:
    activities = tuple(
        HolderActivity(it.key, it.structure_id, it.structure_name, it.sector, it.mode)
        for it in holder.activities
    )
    return StaticHolder(
        holder.ps_idnat,
        holder.family_name,
        holder.given_name,
        holder.profession,
        tuple(holder.specialties),
        activities,
        holder.active,
    )

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry, asked as a directory: it gives all, publishable or not."""

from caducee.base.errors import DirectoryError
from caducee.directory import search
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.model import Card
from caducee.directory.person_records import PersonRecord, persons_with
from caducee.directory.registry import Registry
from caducee.directory.search import SearchTarget
from caducee.directory.sources.model import FoundCard, FoundPerson, FoundPractice, is_number
from caducee.spec.igc import CaFacts

__all__ = ["RegistrySource"]

_NAMES = ("family_key", "given_key")


class RegistrySource:
    """The registry of this machine."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def find(self, text: str, most: int) -> list[FoundPerson]:
        """Return persons by PS_IdNat, identifier or card number, or by beginnings of names."""
        if is_number(text):
            conditions = [
                search.any_of(
                    [
                        search.equals(SearchTarget.PERSON, "ps_idnat", [text]),
                        search.known_by([(None, text)]),
                        search.with_card([text]),
                    ]
                )
            ]
        else:
            conditions = search.names_start(SearchTarget.PERSON, _NAMES, text)
        page = search.find(self._registry, SearchTarget.PERSON, conditions, limit=most)
        return [
            _found(item) for item in persons_with(self._registry, [key[0] for key in page.keys])
        ]

    def person(self, ps_idnat: str) -> FoundPerson | None:
        """Return a person with practices, cards and the certificates of the cards."""
        records = persons_with(self._registry, [ps_idnat])
        if not records:
            return None
        certificates = [
            item.der
            for card in records[0].cards
            for item in self._registry.certificates.of_card(card.number)
            if item.use in ("authentication", "signature")
        ]
        return _found(records[0], tuple(certificates))

    def revocation_list(self, ca: CaFacts, *, delta: bool) -> bytes:
        """Return the newest list that was made. Raises `DirectoryError` (``directory.no_list``)."""
        records = RegistryRecords(self._registry)
        newest = records.newest_delta if delta else records.newest_crl
        found = newest(ca.common_name)
        if found is None:
            raise DirectoryError("directory.no_list", ca=ca.common_name)
        return found.der


def _found(record: PersonRecord, certificates: tuple[bytes, ...] = ()) -> FoundPerson:
    person = record.person
    return FoundPerson(
        ps_idnat=person.ps_idnat,
        family_name=person.family_name,
        given_name=person.given_name,
        profession=person.profession or person.future_profession,
        specialties=tuple(qualification.code for qualification in person.qualifications),
        active=person.active,
        practices=tuple(
            FoundPractice(at.struct_idnat, at.name, item.sector, item.active and at.active)
            for item, at in record.activities
        ),
        cards=tuple(map(_card, record.cards)),
        certificates=certificates,
    )


def _card(card: Card) -> FoundCard:
    return FoundCard(card.number, card.called, card.issued_at, card.expires_at, card.opposed_at)

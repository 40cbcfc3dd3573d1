# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The parts of the order form as the pages show them, and why each one is asked."""

from dataclasses import dataclass

from caducee.base.i18n import N_
from caducee.services.ordering.fields import Field, fields

__all__ = ["PARTS", "Part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the form."""

    key: str
    number: str
    """As form 414 counts it."""

    title: str
    official: str = ""
    """The French name that form 414 gives it, when it has one of its own."""

    why: str
    lines: str = ""
    """The member of the form whose lines stand in this part."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """Its fields; the last part has those of the form itself."""
        return tuple(item for item in fields() if (item.part or "end") == self.key)


PARTS = (
    Part(
        key="structure",
        number="1",
        title=N_("Structure"),
        why=N_(
            "The cards are handed to a structure that exists: its number shows which one it is."
        ),
    ),
    Part(
        key="applicant",
        number="2",
        title=N_("Applicant"),
        why=N_(
            "The person who answers for the cards and signs. The reviewer may ask; nobody else "
            "is notified."
        ),
    ),
    Part(
        key="card_usage",
        number="3.1",
        title=N_("Use of the test cards"),
        official="Usage des CPS de test",
        why=N_(
            "A test card opens test services as a real one would. The reviewer must see what it "
            "is for: an order that does not say it comes back with a question."
        ),
        lines="cards",
    ),
    Part(
        key="certificate_usage",
        number="4.1",
        title=N_("Use of the test certificates and solution used"),
        official="Usage des certificats de test et solution utilisée",
        why=N_(
            "A certificate in software is only as safe as what keeps its key: the reviewer looks "
            "at both."
        ),
        lines="certificates",
    ),
    Part(
        key="end",
        number="5",
        title=N_("Delivery"),
        why=N_("The codes come apart from the cards, by a link that works once."),
    ),
)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The default form for orders of a sandbox."""

from collections.abc import Iterable

from msgspec.structs import replace

from caducee.services.ordering.catalogue import ProductKind, product
from caducee.services.ordering.form import (
    Applicant,
    CardLine,
    CardUsage,
    CertificateLine,
    CertificateUsage,
    CodesChoice,
    Delivery,
    Environment,
    OrderForm,
    StructureKind,
    StructurePart,
)

__all__ = ["SAMPLE", "with_products"]

SAMPLE = OrderForm(
    structure=StructurePart(
        name="Bac à sable",
        kind=StructureKind.SIREN,
        number="123456782",
        address="1 rue des Essais",
        postal_code="75014",
        town="Paris",
    ),
    applicant=Applicant(
        family_name="Essai",
        given_name="Camille",
        function="Développement",
        telephone="01 99 00 00 00",
        email="camille.essai@example.test",
    ),
    card_usage=CardUsage(
        project="Essais automatiques",
        uses="Essais automatiques de connexion et de signature d’un logiciel par cartes CPS.",
        environments=(Environment.DEVELOPMENT, Environment.INTEGRATION),
    ),
    certificate_usage=CertificateUsage(
        uses="Essais automatiques d’un serveur qui s’authentifie auprès de services de test.",
        solution="Bac à sable",
    ),
    delivery=Delivery.READER,
)
"""Everything but the cards. The number has a valid key and is not assigned (its digits are
those of the usual example); the telephone number is one that ARCEP keeps for fiction."""


def with_products(
    form: OrderForm, lines: Iterable[tuple[str, int]], codes: CodesChoice
) -> OrderForm:
    """Return a form with further lines of products, each in its part.

    Raises `IssueError` (``ordering.product_unknown``).
    """
    cards, certificates = list(form.cards), list(form.certificates)
    for name, quantity in lines:
        if product(name).kind is ProductKind.CARD:
            cards.append(CardLine(product=name, quantity=quantity, codes=codes))
        else:
            certificates.append(CertificateLine(product=name, quantity=quantity))
    return replace(form, cards=tuple(cards), certificates=tuple(certificates))

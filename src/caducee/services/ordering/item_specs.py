# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What is wanted of each item, as it stands in the table until the item is made."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from caducee.directory.registry import Registry
from caducee.issuance.organisations import LONGEST_NAME
from caducee.services.ordering.catalogue import ProductKind, product
from caducee.services.ordering.form import CodesChoice, OrderForm
from caducee.spec.igc import OrganisationUse

__all__ = ["HolderChange", "ItemSpec", "planned"]

_COUNTER = "ordering-structure"
_FIRST_BODY, _BODIES = 5000, 4999
"""Test bodies (`identities.body`) that certificates of organisations are made for; ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderChange:
    """What changed about a holder; empty: as before."""

    family_name: str = ""
    given_name: str = ""
    specialty: str = ""
    """Code of table R01, e.g. ``SM04``."""


class ItemSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wanted of one item, beside its product."""

    codes: CodesChoice = CodesChoice.RANDOM
    holder: str = ""
    """PS_IdNat of the holder of a replacement; empty: a new test identity."""

    change: HolderChange | None = None
    csr: str = ""
    hosts: tuple[str, ...] = ()
    name: str = ""
    """CN of a certificate of an organisation."""

    body: int = 0
    """Order of the test body whose certificate it is."""

    def text(self) -> str:
        """Return it as the table keeps it."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def of(cls, text: str) -> "ItemSpec":
        """Read what `text` wrote."""
        return msgspec.json.decode(text, type=cls)


def planned(
    registry: Registry, form: OrderForm, number: str
) -> Iterator[tuple[ProductKind, str, ItemSpec]]:
    """Yield kind, product and spec of every item of a form, in its order.

    All certificates of organisations of one order are for one new test structure: nobody gets a
    certificate in the name of a real one.
    """
    for card in form.cards:
        for _ in range(card.quantity):
            yield ProductKind.CARD, card.product, ItemSpec(codes=card.codes)
    body = 0
    for turn, line in enumerate(form.certificates, 1):
        wanted = product(line.product)
        if wanted.kind is ProductKind.ORGANISATION_CERTIFICATE and not body:
            body = _FIRST_BODY + (registry.draw(_COUNTER)[0] - 1) % _BODIES
        for _ in range(line.quantity):
            name = ""
            if wanted.use is OrganisationUse.SSL:
                name = line.hosts[0].strip()
            elif body:
                name = _application(form, number, turn)
            hosts = tuple(host.strip() for host in line.hosts)
            yield (
                wanted.kind,
                line.product,
                ItemSpec(csr=line.csr, hosts=hosts, name=name, body=body),
            )


def _application(form: OrderForm, number: str, turn: int) -> str:
    """Return the name of an application: the solution of part 4.1, when it fits."""
    name = " ".join(form.certificate_usage.solution.split())
    return name if 0 < len(name) <= LONGEST_NAME and name.isprintable() else f"{number}-{turn}"

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From the data objects of a card to values: tolerant, since real cards hold more than is known."""

import logging
from collections.abc import Callable

from cryptography import x509

from caducee.base.errors import FormatError
from caducee.codec.carddata import ActivityPs, CardObject, IdCard, InfoPs, LangPs, NamePs
from caducee.cryptolib.certificates import profession_of, specialties_of
from caducee.cryptolib.model import CardActivity, Holder
from caducee.spec.labels import DataLabel

__all__ = ["read_activity", "read_holder", "read_languages"]

_log = logging.getLogger(__name__)


def read_holder(
    read: Callable[[str], bytes | None], certificate: x509.Certificate | None
) -> Holder:
    """Put together what the objects (read by label) and the certificate say of the holder."""
    card = _decode(IdCard, read(DataLabel.ID_CARD))
    name = _decode(NamePs, read(DataLabel.NAME))
    info = _decode(InfoPs, read(DataLabel.INFO))
    certified = specialties_of(certificate) if certificate is not None else ()
    also = info.specialties if info is not None else ()
    return Holder(
        family_name=_field(name, lambda it: it.surname) or "",
        given_name=_field(info, lambda it: it.given_name) or "",
        ps_idnat=_field(info, lambda it: it.ps_idnat) or "",
        profession=profession_of(certificate) if certificate is not None else None,
        specialties=tuple(dict.fromkeys((*certified, *also))),
        family=_field(info, lambda it: it.family),
        is_test=_field(card, lambda it: it.is_test if it.category is not None else None),
        card_number=_field(card, lambda it: it.number) or "",
        issued=_field(card, lambda it: it.issued),
        expires=_field(card, lambda it: it.expires),
        responsibility=_field(info, lambda it: it.responsibility),
    )


def read_activity(number: int, content: bytes) -> CardActivity:
    """Return one practice; what its object does not tell is empty."""
    found = _decode(ActivityPs, content)
    return CardActivity(
        number=number,
        structure_name=_field(found, lambda it: it.structure_name) or "",
        structure_idnat=_field(found, lambda it: it.struct_idnat) or "",
        sector=_field(found, lambda it: it.sector) or "",
        raw=content,
    )


def read_languages(content: bytes | None) -> tuple[str, ...]:
    """Return language codes (G00) in card order."""
    found = _decode(LangPs, content)
    return found.codes if found is not None else ()


def _decode[T: CardObject](kind: type[T], content: bytes | None) -> T | None:
    if not content:
        return None
    try:
        return kind.from_file(content)
    except FormatError as error:
        _log.warning("an object of the card is not understood (%s): %s", kind.__name__, error.code)
        return None


def _field[T: CardObject, V](found: T | None, field: Callable[[T], V | None]) -> V | None:
    """Return a field, or None when the object is absent or its value makes no sense."""
    if found is None:
        return None
    try:
        return field(found)
    except FormatError as error:
        _log.warning("a value of the card is not understood: %s", error.code)
        return None

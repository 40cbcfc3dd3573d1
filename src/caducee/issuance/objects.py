# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The business data objects of a card, from its order."""

from collections.abc import Mapping
from dataclasses import replace

from caducee.codec import carddata
from caducee.codec.billing import BillingSituation, SituationObject, SituationsObject
from caducee.directory.model import Card
from caducee.issuance.name_text import as_registers
from caducee.issuance.order import STAFF, CardOrder, Practice
from caducee.spec import atrs, ours
from caducee.spec.cards import CardGeneration
from caducee.spec.labels import Cps2terLabel
from caducee.spec.nomenclatures import CardFamily
from caducee.virtualcard.content import BusinessData, Cps2terData

__all__ = ["card_data", "cps2ter_data"]


def card_data(order: CardOrder, practices: Mapping[int, Practice], card: Card) -> BusinessData:
    """Return the objects of the contact face; practices by their places."""
    return BusinessData(
        id_card=carddata.IdCard.make(
            card.number, card.category, card.issued_at.date(), card.expires_at.date()
        ),
        name=carddata.NamePs.make(as_registers(order.person.family_name)),
        lang=carddata.LangPs.make(order.languages),
        info=_info(order),
        activities={number: _activity(item) for number, item in practices.items()},
    )


def cps2ter_data(
    order: CardOrder,
    practices: Mapping[int, Practice],
    data: BusinessData,
    serial: carddata.SerialNumber,
) -> Cps2terData:
    """Return what stands on the CPS2ter side: the same situations, with what is billed."""
    situations = {number: _situation(number, item) for number, item in practices.items()}
    billed = (
        situations[number] for number, item in sorted(practices.items()) if item.billing is not None
    )
    four = order.generation is CardGeneration.CPS4
    return Cps2terData(
        sit_fact=SituationsObject.make(billed).to_bytes(),
        activities={
            number: SituationObject.make(item).to_bytes() for number, item in situations.items()
        },
        objects=_copies(data, serial) if four else {},
    )


def _info(order: CardOrder) -> carddata.InfoPs:
    person = order.person
    known = person.qualifications
    cps, cpf = order.family is CardFamily.CPS, order.family is CardFamily.CPF
    return carddata.InfoPs.make(
        order.family,
        person.ps_idnat,
        as_registers(person.given_name),
        known[0].code if known else None,
        civility=person.civility if order.names_its_holder else None,
        profession=person.profession if cps else None,
        future_profession=person.future_profession if cpf else None,
        responsibility=order.responsibility if order.family in STAFF else None,
    )


def _activity(practice: Practice) -> carddata.ActivityPs:
    return carddata.ActivityPs.make(
        as_registers(practice.structure.name),
        practice.structure.struct_idnat,
        practice.sector,
        section=practice.section,
        mode=practice.mode,
        status=practice.status,
    )


def _situation(number: int, practice: Practice) -> BillingSituation:
    return replace(
        practice.billing or BillingSituation(),
        activity=number,
        structure_name=as_registers(practice.structure.name),
        struct_idnat=practice.structure.struct_idnat,
        sector=practice.sector,
        section=practice.section,
        mode=practice.mode,
        status=practice.status,
    )


def _copies(data: BusinessData, serial: carddata.SerialNumber) -> Mapping[Cps2terLabel, bytes]:
    """Return the copies that a CPS4 has; what stands in real ones is not known."""
    return {
        Cps2terLabel.ATR: next(item.atr for item in atrs.KNOWN if item.face is atrs.CardFace.CPS4),
        Cps2terLabel.ID: data.id_card.to_bytes(),
        Cps2terLabel.ICC: serial.to_bytes(),
        Cps2terLabel.NAME: data.name.to_bytes(),
        Cps2terLabel.LANGUAGE: data.lang.to_bytes(),
        Cps2terLabel.INFO: data.info.to_bytes(),
        Cps2terLabel.INSURANCE: ours.table("billing").octets("insurance_copy"),
    }

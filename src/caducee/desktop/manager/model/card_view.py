# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a card says, in words: sections of lines, in the language in use."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from caducee.base.dates import local_day, local_time
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.base.nouns import shown
from caducee.cryptolib import Billing, CardActivity, KeyUse, PinState
from caducee.desktop.manager.model.card import CardData, CertificateData, ValidationState
from caducee.desktop.manager.model.dates import days_left
from caducee.spec.nomenclatures import CardFamily, Table, card_name, label
from caducee.trust.checks import CheckOutcome
from caducee.trust.readable import readable_name

__all__ = ["Line", "Mark", "Section", "headline", "sections", "serial_of"]


@unique
class Mark(StrEnum):
    """What a line means; a window shows a shape for it beside the words."""

    NONE = "none"
    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """A name and a value."""

    key: str
    """Stable, unique in its section."""

    name: str
    value: str
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that belong together."""

    key: str
    title: str
    lines: tuple[Line, ...]
    saves: KeyUse | None = None
    """The certificate that can be saved from here."""


def headline(data: CardData) -> str:
    """Return whose card it is, in one line."""
    who = " ".join(filter(None, (data.holder.given_name, data.holder.family_name)))
    return who or data.holder.ps_idnat or data.label or data.identity.serial


def sections(data: CardData, now: dt.datetime, warn_days: int = 60) -> tuple[Section, ...]:
    """Return everything that was read, in the order in which it is shown."""
    made = [
        Section("holder", _("Holder"), tuple(_holder(data))),
        Section("card", _("Card"), tuple(_card(data, now, warn_days))),
        Section("codes", _("PIN and PUK"), tuple(_codes(data))),
    ]
    made += [
        Section(
            f"certificate-{certificate.use.value}",
            _(_CERTIFICATES[certificate.use]),
            tuple(_certificate(certificate, now, warn_days)),
            certificate.use if certificate.certificate is not None else None,
        )
        for certificate in data.certificates
    ]
    if data.rest is not None:
        made += [_activity(activity) for activity in data.rest.activities]
        made += _billing(data.rest.billing)
        made.append(Section("objects", _("Data objects"), tuple(_objects(data))))
    return tuple(made)


_CERTIFICATES: Final = {
    KeyUse.AUTHENTICATION: N_("Authentication certificate"),
    KeyUse.SIGNATURE: N_("Signature certificate"),
    KeyUse.TECHNICAL: N_("Technical certificate"),
}


# Holder and card


def _holder(data: CardData) -> Iterator[Line]:
    who = data.holder
    yield from _known("family-name", _("Name"), who.family_name)
    yield from _known("given-name", _("Given name"), who.given_name)
    yield from _known("identifier", _("Identifier"), _identifier(who.ps_idnat))
    if who.profession:
        student = data.holder.family == CardFamily.CPF
        table = Table.FUTURE_PROFESSIONS if student else Table.PROFESSIONS
        yield Line("profession", _("Profession"), coded(table, who.profession))
    for number, item in enumerate(who.specialties, 1):
        yield Line(f"specialty-{number}", _("Specialty"), coded(Table.SPECIALTIES, item))
    spoken = ", ".join(coded(Table.LANGUAGES, language) for language in data.languages)
    yield from _known("languages", _("Languages"), spoken)


def _identifier(idnat: str) -> str:
    """Return a PS_IdNat with the kind of number given by its first digit."""
    if not idnat:
        return ""
    kind = label(Table.PERSON_ID_TYPES, idnat[:1])
    return f"{idnat} ({kind})" if kind else idnat


def _card(data: CardData, now: dt.datetime, warn_days: int) -> Iterator[Line]:
    yield from _known("family", _("Family"), _family(data))
    yield _world(data.holder.is_test)
    yield from _known("number", _("Card number"), data.number)
    yield from _known("serial", _("Serial number of the chip"), data.identity.serial)
    yield Line("face", _("Type"), str(shown("face", data.identity.face.value)))
    yield from _known("label", _("Label"), data.label)
    if data.holder.issued is not None:
        yield Line("issued", _("Issued on"), local_day(data.holder.issued))
    if data.holder.expires is not None:
        left = (data.holder.expires - now.date()).days
        yield _ends("expires", left, local_day(data.holder.expires), warn_days)
    if not data.complete:
        text = _("the last update was not completed")
        yield Line("updated", _("Update of the data"), text, Mark.BAD)
    elif data.updated is not None:
        yield Line("updated", _("Update of the data"), local_time(data.updated))
    yield Line("reader", _("Reader"), data.reader)
    yield Line("atr", _("Answer to reset"), data.identity.atr.hex(" ").upper())


def _family(data: CardData) -> str:
    family = data.holder.family
    if family is None:
        return ""
    if not isinstance(family, CardFamily):
        return str(family)
    name = card_name(family, data.holder.responsibility or "00")
    said = label(Table.CARD_TYPES, str(int(family)))
    return f"{name} ({said})" if said and said != name else name


def _world(is_test: bool | None) -> Line:
    if is_test is None:
        return Line("world", _("Real or test card"), _("not stated by the card"), Mark.UNKNOWN)
    if is_test:
        return Line("world", _("Real or test card"), _("test card"), Mark.NOTE)
    return Line("world", _("Real or test card"), _("real card"), Mark.GOOD)


def _ends(key: str, left: int, when: str, warn_days: int) -> Line:
    if left < 0:
        return Line(key, _("Valid until"), _("{day}: expired").format(day=when), Mark.BAD)
    if left <= warn_days:
        text = _("{day}: {left}").format(day=when, left=days_left(left))
        return Line(key, _("Valid until"), text, Mark.WARNING)
    return Line(key, _("Valid until"), when, Mark.GOOD)


# Codes


def _codes(data: CardData) -> Iterator[Line]:
    yield _code("pin", _("PIN"), data.pin)
    yield _code("puk", _("PUK"), data.puk)


def _code(key: str, name: str, state: PinState | None) -> Line:
    if state is None:
        return Line(key, name, _("none on this side of the card"))
    left, most = state.tries_left, state.tries_max
    if left is None:
        return Line(key, name, _("tries left: not stated by the card"), Mark.UNKNOWN)
    if left == 0:
        return Line(key, name, _("blocked: no tries left"), Mark.BAD)
    text = _("tries left: {left}") if most is None else _("tries left: {left} of {most}")
    if left == 1:
        return Line(key, name, _("last try"), Mark.WARNING)
    fewer = most is not None and left < most
    tries = text.format(left=left, most=most)
    return Line(key, name, tries, Mark.WARNING if fewer else Mark.GOOD)


# Certificates


def _certificate(data: CertificateData, now: dt.datetime, warn_days: int) -> Iterator[Line]:
    found = data.certificate
    if found is None:
        reason = data.error.sentence() if data.error is not None else "?"
        yield Line("trouble", _("Certificate"), reason, Mark.BAD)
        return
    yield Line("use", _("Use"), str(shown("use", data.use.value)))
    yield Line("subject", _("Subject"), _spaced(found.subject))
    yield Line("issuer", _("Issuer"), _spaced(found.issuer))
    yield Line("serial", _("Serial number"), serial_of(found))
    begin, end = found.not_valid_before_utc, found.not_valid_after_utc
    early = now < begin
    text = _("{day}: not yet valid").format(day=local_day(begin)) if early else local_day(begin)
    yield Line("begins", _("Valid from"), text, Mark.BAD if early else Mark.NONE)
    yield _ends("ends", -1 if now > end else (end - now).days, local_day(end), warn_days)
    yield from _chain(data)
    print_ = found.fingerprint(hashes.SHA256()).hex(" ").upper()
    yield Line("fingerprint", _("SHA-256 fingerprint"), print_)


def serial_of(certificate: x509.Certificate) -> str:
    """Return a serial number as openssl writes it: hexadecimal, whole bytes."""
    digits = f"{certificate.serial_number:X}"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def _spaced(name: x509.Name) -> str:
    """Return a name with a space after each comma, so that a line can end there."""
    return readable_name(name).replace(",", ", ")


_NOT_JUDGED: Final = {
    ValidationState.NOBODY: N_("not checked: no trusted authority is configured"),
    ValidationState.RUNNING: N_("querying the authorities…"),
    ValidationState.CANCELLED: N_("not checked: the query to the authorities was cancelled"),
}


def _chain(data: CertificateData) -> Iterator[Line]:
    """Tell chain and revocation apart: who issued it, and whether it was stopped."""
    if data.judged is None:
        yield Line("chain", _("Chain"), _(_NOT_JUDGED[data.judging]), Mark.UNKNOWN)
        return
    checks = data.judged.checks
    others = [it for it in checks if it.name not in ("revocation", "sources", "validity")]
    failed = [it for it in others if it.outcome in (CheckOutcome.FAILED, CheckOutcome.UNKNOWN)]
    if failed:
        yield Line("chain", _("Chain"), failed[0].sentence(), _MARKS[failed[0].outcome])
    else:
        root = _common_name(data.judged.chain[-1].subject)
        yield Line("chain", _("Chain"), _("good, up to {root}").format(root=root), Mark.GOOD)
    revocation = [it for it in checks if it.name == "revocation"]
    if not revocation:
        return
    order = (CheckOutcome.FAILED, CheckOutcome.UNKNOWN, CheckOutcome.SKIPPED, CheckOutcome.PASSED)
    worst = min(revocation, key=lambda it: order.index(it.outcome))
    text = _("not revoked") if worst.outcome is CheckOutcome.PASSED else worst.sentence()
    yield Line("revocation", _("Revocation"), text, _MARKS[worst.outcome])


_MARKS: Final = {
    CheckOutcome.PASSED: Mark.GOOD,
    CheckOutcome.FAILED: Mark.BAD,
    CheckOutcome.UNKNOWN: Mark.UNKNOWN,
    CheckOutcome.SKIPPED: Mark.UNKNOWN,
}


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else readable_name(name)


# Behind the code


def _activity(activity: CardActivity) -> Section:
    lines = (
        *_known("structure", _("Structure"), activity.structure_name),
        *_known(
            "identifier", _("Identifier of the structure"), _structure(activity.structure_idnat)
        ),
        *_known(
            "sector", _("Sector"), coded(Table.SECTORS, activity.sector) if activity.sector else ""
        ),
    )
    title = _("Activity {number}").format(number=activity.number)
    return Section(f"activity-{activity.number}", title, lines)


def _structure(idnat: str) -> str:
    kind = label(Table.STRUCTURE_ID_TYPES, idnat[:1]) if idnat else None
    return f"{idnat} ({kind})" if kind else idnat


def _billing(found: Billing | None) -> Iterator[Section]:
    if found is None:
        return
    situations = found.situations or tuple(
        activity.situation for activity in found.activities if activity.situation is not None
    )
    for number, item in enumerate(situations, 1):
        title = _("Billing situation {number}").format(number=number)
        lines = [
            *_known("activity", _("Activity"), "" if item.activity is None else str(item.activity)),
            *_known("structure", _("Structure"), item.structure_name or ""),
            *_known("structure-id", _("Identifier of the structure"), item.struct_idnat or ""),
            *_known("number", _("Billing number"), " ".join(filter(None, (item.number, item.key)))),
        ]
        for place, fact in enumerate(item.coded(), 1):
            labels = " / ".join(fact.labels)
            value = f"{fact.code} ({labels})" if labels else fact.code
            lines.append(Line(f"{fact.field}-{place}", _(_FIELDS[fact.field]), value))
        lines += _right("sign-fse", _("Signs care sheets (FSE)"), item.sign_fse)
        lines += _right("sign-batches", _("Signs batches of care sheets"), item.sign_batches)
        lines += _known("replaced", _("Replaces"), item.replaced or "")
        yield Section(f"billing-{number}", title, tuple(lines))
    if not situations:
        raw = [(f"{activity.number}", activity.raw) for activity in found.activities]
        raw += [("CPS_SIT_FACT", found.situation)] if found.situation else []
        lines = [Line(f"raw-{name}", name, content.hex(" ").upper()) for name, content in raw]
        if lines:
            yield Section("billing-raw", _("Billing data, as stored"), tuple(lines))


_FIELDS: Final = {
    "sector": N_("Sector"),
    "section": N_("Section of the order"),
    "mode": N_("Mode of practice"),
    "convention": N_("Convention"),
    "specialty": N_("Health insurance specialty"),
    "tariff_zone": N_("Tariff zone"),
    "travel": N_("Travel allowance"),
    "agreements": N_("Agreement"),
}


def _right(key: str, name: str, value: bool | None) -> Iterator[Line]:
    if value is not None:
        yield Line(key, name, _("yes") if value else _("no"))


def _objects(data: CardData) -> Iterator[Line]:
    assert data.rest is not None  # noqa: S101 (asked by `sections`)
    for number, item in enumerate(data.rest.objects):
        size = "?" if item.value is None else str(len(item.value.rstrip(b"\x00")))
        path = item.path.hex().upper()
        text = _("{size} bytes, file {path}").format(size=size, path=path)
        yield Line(f"object-{number}", item.label or path, text)


def _known(key: str, name: str, value: str) -> Iterator[Line]:
    """Yield a line for a value, none for an empty one."""
    if value:
        yield Line(key, name, value)


def coded(table: Table, code: str) -> str:
    """Return a code with the label of its table: ``SM26 (Qualifié en médecine générale)``."""
    found = label(table, code)
    return f"{found} ({code})" if found else code

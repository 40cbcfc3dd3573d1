# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A card as a report: plain text, JSON and HTML. A code of the card is nowhere in it."""

import datetime as dt
import html
import json
from collections.abc import Iterable, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from caducee import __version__
from caducee.base.dates import local_time
from caducee.base.i18n import gettext as _
from caducee.base.i18n import language
from caducee.desktop.manager.model.card import CardData, CertificateData
from caducee.desktop.manager.model.card_view import (
    Line,
    Mark,
    Section,
    headline,
    sections,
    serial_of,
)
from caducee.diagnosis.model import Finding
from caducee.spec.nomenclatures import CardFamily
from caducee.trust.checks import CheckOutcome
from caducee.trust.path import PathResult

__all__ = ["MARKS", "as_html", "as_json", "as_text", "file_stem"]

MARKS = {
    Mark.NONE: "",
    Mark.GOOD: "✓",
    Mark.NOTE: "•",
    Mark.WARNING: "!",
    Mark.BAD: "✗",
    Mark.UNKNOWN: "?",
}
"""A sign for each mark, where shapes cannot be drawn."""


def file_stem(data: CardData) -> str:
    """Return how files of this card are named: ``CPS-2900995235``."""
    family = data.holder.family
    name = family.name if isinstance(family, CardFamily) else "CPS"
    return f"{name}-{data.number or data.identity.serial}"


def _title(data: CardData) -> str:
    return _("Report of the card of {name}").format(name=headline(data))


def _made(data: CardData) -> str:
    text = _("Read on {moment} by caducee {version}.")
    return text.format(moment=local_time(data.read_at), version=__version__)


def as_text(data: CardData, findings: Iterable[Finding], now: dt.datetime) -> str:
    """Return the report as plain text."""
    out = [_title(data), _made(data), ""]
    for finding in findings:
        out += [f"- {finding.sentence()} [{finding.code}]", f"  -> {finding.advice()}"]
    for section in sections(data, now):
        out += ["", section.title]
        out += [f"  {_line(line)}" for line in section.lines]
    return "\n".join(out).rstrip() + "\n"


def _line(line: Line) -> str:
    sign = MARKS[line.mark]
    text = _("{name}: {value}").format(name=line.name, value=line.value)
    return f"{text} {sign}" if sign else text


# JSON


def as_json(data: CardData, findings: Iterable[Finding], now: dt.datetime) -> str:
    """Return the report for programs; keys are stable, values are those of the card."""
    return json.dumps(to_plain(data, findings), ensure_ascii=False, indent=2) + "\n"


def to_plain(data: CardData, findings: Iterable[Finding]) -> dict[str, Any]:
    """Return the report as a tree of plain values."""
    who, family = data.holder, data.holder.family
    return {
        "caducee": __version__,
        "read_at": data.read_at.isoformat(),
        "reader": data.reader,
        "card": {
            "face": data.identity.face.value,
            "atr": data.identity.atr.hex().upper(),
            "serial": data.identity.serial,
            "number": data.number or None,
            "label": data.label or None,
            "family": family.name if isinstance(family, CardFamily) else family,
            "responsibility": who.responsibility,
            "test": who.is_test,
            "issued": who.issued.isoformat() if who.issued else None,
            "expires": who.expires.isoformat() if who.expires else None,
            "update_complete": data.complete,
            "updated": data.updated.isoformat() if data.updated else None,
        },
        "holder": {
            "family_name": who.family_name or None,
            "given_name": who.given_name or None,
            "ps_idnat": who.ps_idnat or None,
            "profession": who.profession,
            "specialties": list(who.specialties),
            "languages": list(data.languages),
        },
        "codes": {
            "holder": data.pin.facts() if data.pin else None,
            "unblocking": data.puk.facts() if data.puk else None,
        },
        "certificates": [_certificate(certificate) for certificate in data.certificates],
        "findings": [
            {"code": finding.code, "severity": finding.severity.value, "text": finding.sentence()}
            for finding in findings
        ],
        **_rest(data),
    }


def _certificate(data: CertificateData) -> dict[str, Any]:
    found = data.certificate
    if found is None:
        return {"use": data.use.value, "error": data.error.code if data.error else None}
    judged = data.judged
    checks = [
        {"name": it.name, "outcome": it.outcome.value, "code": it.code}
        for it in (judged.checks if judged is not None else ())
    ]
    return {
        "use": data.use.value,
        "subject": found.subject.rfc4514_string(),
        "issuer": found.issuer.rfc4514_string(),
        "serial": serial_of(found),
        "not_before": found.not_valid_before_utc.isoformat(),
        "not_after": found.not_valid_after_utc.isoformat(),
        "sha256": found.fingerprint(hashes.SHA256()).hex(),
        "trusted": _trusted(judged),
        "checks": checks,
        "pem": found.public_bytes(Encoding.PEM).decode(),
    }


def _trusted(judged: PathResult | None) -> bool | None:
    """Return None when nobody judged, or when revocation was not checked."""
    if judged is None or not judged.ok:
        return None if judged is None else False
    unchecked = any(
        it.name == "revocation" and it.outcome is CheckOutcome.SKIPPED for it in judged.checks
    )
    return None if unchecked else True


def _rest(data: CardData) -> dict[str, Any]:
    rest = data.rest
    if rest is None:
        return {"activities": None, "billing": None, "objects": None}
    billing = rest.billing
    return {
        "activities": [
            {
                "number": activity.number,
                "structure_name": activity.structure_name or None,
                "structure_idnat": activity.structure_idnat or None,
                "sector": activity.sector or None,
            }
            for activity in rest.activities
        ],
        "billing": billing
        and {
            "situations": [_situation(situation) for situation in billing.situations],
            "cps_sit_fact": billing.situation.hex().upper() if billing.situation else None,
            "activities": {
                str(activity.number): activity.raw.hex().upper() for activity in billing.activities
            },
        },
        "objects": [
            {
                "label": data_object.label,
                "path": data_object.path.hex().upper(),
                "private": data_object.private,
                "content": None if data_object.value is None else data_object.value.hex().upper(),
            }
            for data_object in rest.objects
        ],
    }


def _situation(item: Any) -> dict[str, Any]:  # noqa: ANN401 (a BillingSituation)
    from dataclasses import asdict

    return {name: value for name, value in asdict(item).items() if value not in (None, ())}


# HTML, for the PDF


def as_html(data: CardData, findings: Sequence[Finding], now: dt.datetime) -> str:
    """Return the report as a page of the HTML that Qt lays out."""
    body = [f"<h1>{_escape(_title(data))}</h1>", f"<p>{_escape(_made(data))}</p>"]
    if findings:
        items = (f"<li>{_escape(it.sentence())}<br>{_escape(it.advice())}</li>" for it in findings)
        body.append(f"<ul>{''.join(items)}</ul>")
    body += [_table(section) for section in sections(data, now)]
    code = _escape(language())
    return f'<html lang="{code}"><head><style>{_STYLE}</style></head><body>{"".join(body)}</body>'


_STYLE = (
    "h1 { font-size: 16pt; } h2 { font-size: 12pt; margin-top: 14pt; } "
    "td, th { padding: 2pt 8pt 2pt 0; vertical-align: top; text-align: left; }"
)


def _table(section: Section) -> str:
    rows = (
        f'<tr><th width="30%">{_escape(line.name)}</th><td>{_escape(_signed(line))}</td></tr>'
        for line in section.lines
    )
    return f'<h2>{_escape(section.title)}</h2><table width="100%">{"".join(rows)}</table>'


def _signed(line: Line) -> str:
    sign = MARKS[line.mark]
    return f"{line.value} {sign}" if sign else line.value


def _escape(text: str) -> str:
    return html.escape(text, quote=True)

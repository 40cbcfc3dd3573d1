# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The report of a demonstration: one HTML page that needs nothing beside itself."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from caducee.base.files import write_atomic
from caducee.base.i18n import N_, gettext, language
from caducee.sandbox.demo.model import Demonstration
from caducee.services.portal import texts
from caducee.spec.nomenclatures import Table, label

__all__ = ["render", "write_report"]

_MARKS = {"passed": "ok", "failed": "no"}


def render(demo: Demonstration) -> str:
    """Return the report as HTML, in the language in use."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("caducee.sandbox.demo"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(_=gettext, identity_rows=_identity_rows, mark=_mark)
    last = max((step.began + step.ms for step in demo.steps), default=0.0)
    for login in demo.logins:
        for check in login.checks:
            check["title"] = texts.check(check["name"])
    return environment.get_template("report.html").render(
        demo=demo,
        lang=language(),
        total=max(last, 0.001),
        title=gettext(N_("A professional logs in with the card")),
        lead=gettext(N_("What happened, how long each step took, and every check of the logins.")),
    )


def write_report(demo: Demonstration, path: Path) -> None:
    """Write the report to a file. Raises `StateError` (``base.file_unwritable``)."""
    write_atomic(path, render(demo).encode(), mode=0o644)


def _mark(check: Mapping[str, Any]) -> str:
    return _MARKS.get(check["outcome"], "unknown")


def _identity_rows(identity: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield (
        gettext(N_("Name")),
        f"{identity.get('given_name', '')} {identity.get('family_name', '')}".strip(),
    )
    yield "PS_IdNat", str(identity.get("ps_idnat", ""))
    professions = identity.get("professions") or []
    yield gettext(N_("Profession")), ", ".join(_labels(Table.PROFESSIONS, professions))
    yield gettext(N_("Card")), f"{identity.get('family', '')} {identity.get('card_id', '')}"
    for activity in identity.get("activities") or []:
        sector = label(Table.SECTORS, activity.get("sector") or "") or activity.get("sector") or ""
        yield gettext(N_("Activity (directory)")), f"{activity['structure_name']}: {sector}"


def _labels(table: Table, codes: list[str]) -> Iterator[str]:
    return (label(table, code) or code for code in codes)

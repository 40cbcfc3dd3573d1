# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Writes a finished diagnosis into a file: for the support, to read and mail, for a program.

Each form is without names: all three are made of the anonymised answers. Without Qt.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caducee.base.clock import SystemClock
from caducee.base.dates import local_time
from caducee.base.files import write_atomic
from caducee.base.i18n import N_
from caducee.diagnosis.session import DiagnosisSession

__all__ = ["FORMS", "BundleFormat", "save"]


@dataclass(frozen=True, slots=True)
class BundleFormat:
    """One form of file."""

    name: str
    menu: str
    """What the menu says: an English message id with the mark of its key."""

    suffix: str
    kind: str
    """What the dialog of files calls it: an English message id."""


FORMS: Final = (
    BundleFormat("bundle", N_("Save for &support…"), ".jsonl", N_("Support reports")),
    BundleFormat("page", N_("Save as a web page to &read or send…"), ".html", N_("Web pages")),
    BundleFormat("json", N_("Save for &programs (JSON)…"), ".json", N_("JSON")),
)
"""A bundle can be opened on another machine; the two others are for reading."""


def save(session: DiagnosisSession, form: BundleFormat, path: Path) -> None:
    """Write the file, mode 0600. May take a second. Raises as `DiagnosisSession.bundle`, and
    `StateError` (``base.file_unwritable``)."""
    write_atomic(path, _content(session, form))


def _content(session: DiagnosisSession, form: BundleFormat) -> bytes:
    from caducee.diagnosis.page import report_as_page
    from caducee.diagnosis.plain import report_as_plain

    if form.name == "bundle":
        return session.bundle()
    report = session.anonymous_report()
    if form.name == "json":
        text = json.dumps(report_as_plain(report), ensure_ascii=False, indent=1)
        return text.encode() + b"\n"
    return report_as_page(report, local_time(SystemClock().now())).encode()

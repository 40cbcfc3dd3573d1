# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Files that the manager writes: where a person wants them, in the form that they choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding
from PySide6.QtWidgets import QFileDialog, QWidget

from caducee.base.files import write_atomic
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.base.nouns import shown
from caducee.desktop.manager.model.report import as_html, as_json

if TYPE_CHECKING:
    from caducee.cryptolib import KeyUse

__all__ = ["CERTIFICATE_FORMS", "FORMS", "AskPath", "Form", "ask_path", "certificate_name", "write"]


@dataclass(frozen=True, slots=True)
class Form:
    """One form of file."""

    name: str
    kind: str
    """What the dialog of files calls it: an English message id."""

    suffix: str


type AskPath = Callable[[QWidget, str, Sequence[Form]], tuple[Form, Path | None]]
"""Asks where a file goes; see `ask_path`."""

FORMS: Final = (
    Form("pdf", N_("Report, PDF"), ".pdf"),
    Form("json", N_("Report for programs, JSON"), ".json"),
    Form("text", N_("Report, plain text"), ".txt"),
)
CERTIFICATE_FORMS: Final = (
    Form("pem", N_("Certificate, PEM"), ".crt"),
    Form("der", N_("Certificate, DER"), ".crt"),
)


def certificate_name(stem: str, use: "KeyUse") -> str:
    """Return the name that is proposed for the file of a certificate."""
    return f"{stem}-{shown('use', use.value)}"


def ask_path(parent: QWidget, stem: str, forms: Sequence[Form]) -> tuple[Form, Path | None]:
    """Ask where a file goes; a file that is there is replaced only after a yes.

    Returns no path when the person changes their mind.
    """
    filters = {f"{_(one.kind)} (*{one.suffix})": one for one in forms}
    path, chosen = QFileDialog.getSaveFileName(
        parent, _("Save"), f"{stem}{forms[0].suffix}", ";;".join(filters)
    )
    form = filters.get(chosen, forms[0])
    if not path:
        return form, None
    by_suffix = {one.suffix: one for one in reversed(forms)}
    found = Path(path)
    if form.suffix != found.suffix and found.suffix in by_suffix:
        form = by_suffix[found.suffix]
    return form, found if found.suffix else found.with_name(f"{found.name}{form.suffix}")


def write(form: Form, path: Path, what: Any) -> None:  # noqa: ANN401 (a report or a certificate)
    """Write a file whole, or not at all. Raises `StateError` (``base.file_unwritable``)."""
    write_atomic(path, _content(form, what))


def _content(form: Form, what: Any) -> bytes:  # noqa: ANN401 (as above)
    if form.name in ("pem", "der"):
        encoding = Encoding.PEM if form.name == "pem" else Encoding.DER
        data: bytes = what.public_bytes(encoding)
        return data
    if form.name == "json":
        return as_json(what.data, what.findings, what.at).encode()
    if form.name == "text":
        return str(what.text()).encode()
    from caducee.desktop.pdf import as_pdf

    return as_pdf(as_html(what.data, what.findings, what.at), title=what.stem)

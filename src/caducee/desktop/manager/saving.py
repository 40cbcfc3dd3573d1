# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What stands in the files that the manager writes: reports and certificates."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.files import write_atomic
from caducee.base.i18n import N_
from caducee.base.nouns import shown
from caducee.desktop.manager.file_formats import FileFormat
from caducee.desktop.manager.model.report import as_html, as_json

if TYPE_CHECKING:
    from caducee.cryptolib import KeyUse

__all__ = ["CERTIFICATE_FORMATS", "REPORT_FORMATS", "certificate_name", "write"]


REPORT_FORMATS: Final = (
    FileFormat("pdf", N_("Report, PDF"), ".pdf"),
    FileFormat("json", N_("Report for programs, JSON"), ".json"),
    FileFormat("text", N_("Report, plain text"), ".txt"),
)
CERTIFICATE_FORMATS: Final = (
    FileFormat("pem", N_("Certificate, PEM"), ".crt"),
    FileFormat("der", N_("Certificate, DER"), ".crt"),
)


def certificate_name(stem: str, use: "KeyUse") -> str:
    """Return the name that is proposed for the file of a certificate."""
    return f"{stem}-{shown('use', use.value)}"


def write(form: FileFormat, path: Path, what: Any) -> None:  # noqa: ANN401 (a report or a certificate)
    """Write a file whole, or not at all. Raises `StateError` (``base.file_unwritable``)."""
    write_atomic(path, _content(form, what))


def _content(form: FileFormat, what: Any) -> bytes:  # noqa: ANN401 (as above)
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

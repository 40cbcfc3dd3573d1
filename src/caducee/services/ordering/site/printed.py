# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The order form and the letter as PDF, with their fonts in the file."""

import html
import io
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from caducee.base.errors import IssueError
from caducee.base.i18n import gettext as _
from caducee.base.i18n import language
from caducee.services.ordering.catalogue import product
from caducee.services.ordering.form import CardLine, CertificateLine
from caducee.services.ordering.letters import Letter
from caducee.services.ordering.orders import Order
from caducee.services.ordering.site import texts
from caducee.services.ordering.site.form_parts import PARTS, Part
from caducee.services.ordering.site.forms import FormView
from caducee.services.ordering.site.signed import signed

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

__all__ = ["print_form", "print_letter"]

_SYSTEM = Path("/usr/share/fonts/truetype/dejavu")
_MARGIN = 51
_COLUMNS = (170, 323)


def print_form(order: Order) -> bytes:
    """Return the completed form of an order as PDF, in the language in use."""
    rows = list(_form(order))
    sheet = _Sheet(_("Order of test cards {number}").format(number=order.number), rows)
    sheet.note(_("As form 414. State: {state}.").format(state=texts.word(order.state)))
    for title, why, lines in rows:
        sheet.part(title, why, lines)
    return sheet.made()


def print_letter(letter: Letter) -> bytes:
    """Return an opened letter as PDF. The codes stand in the result alone."""
    rows = [
        (_("Archive"), "", [(_("Password of the archive"), letter.archive.reveal().decode())]),
        *(
            (
                _("Card {number}").format(number=card.card_number),
                "",
                [
                    (_("PIN of the card"), card.pin.reveal().decode()),
                    (_("PUK of the card"), card.puk.reveal().decode()),
                ],
            )
            for card in letter.cards
        ),
        *(
            (
                _("Certificate {serial}").format(serial=certificate.serial),
                "",
                [(_("Passphrase of the key"), certificate.passphrase.reveal().decode())],
            )
            for certificate in letter.certificates
        ),
    ]
    sheet = _Sheet(_("Codes of the order {number}").format(number=letter.number), rows)
    sheet.note(_("Keep this sheet apart from the cards. The service keeps no copy of it."))
    for title, why, lines in rows:
        sheet.part(title, why, lines)
    return sheet.made()


type _Rows = list[tuple[str, str]]


def _form(order: Order) -> Iterator[tuple[str, str, _Rows]]:
    view, form = FormView.of_form(order.form), order.form
    for part in PARTS:
        if part.lines and not view.lines[part.lines]:
            continue
        rows = [(_(item.label), view.said(item)) for item in part.fields]
        rows += map(_line, getattr(form, part.lines) if part.lines else ())
        yield _title(part), _(part.why), rows
    yield _("Date and signature"), "", list(signed(order))


def _title(part: Part) -> str:
    text = _("Part {number}").format(number=part.number) + " – " + _(part.title)
    shown = part.official and part.official != _(part.title)
    return f"{text} (« {part.official} »)" if shown else text


def _line(line: CardLine | CertificateLine) -> tuple[str, str]:
    ordered = f"{line.quantity} × {line.product}"
    if isinstance(line, CardLine):
        return _named(line.product), f"{ordered}; {texts.word(line.codes)}"
    key = _("with a signing request") if line.csr else _("key made by the service")
    return _named(line.product), "; ".join((ordered, *line.hosts, key))


def _named(name: str) -> str:
    try:
        return _(product(name).title)
    except IssueError:
        return name


class _Sheet:
    """A document of titled parts, each a table of labels and values."""

    def __init__(self, title: str, rows: Iterable[tuple[str, str, _Rows]]) -> None:
        from reportlab.lib.styles import ParagraphStyle

        everything = title + "".join(
            text for item, why, lines in rows for text in (item, why, *sum(lines, ()))
        )
        self._plain, self._bold = _fonts(everything)
        self._title = title
        body = {"fontName": self._plain, "fontSize": 9, "leading": 12.5}
        self._body = ParagraphStyle("body", **body)
        self._quiet = ParagraphStyle("quiet", **(body | {"textColor": "#4b5c65"}))
        self._head = ParagraphStyle(
            "head", fontName=self._bold, fontSize=11, leading=15, spaceBefore=12, spaceAfter=3
        )
        top = ParagraphStyle("top", fontName=self._bold, fontSize=16, leading=21, spaceAfter=6)
        self._flow: list[Flowable] = [self._text(title, top)]

    def note(self, text: str) -> None:
        """Add a line of text."""
        self._flow.append(self._text(text, self._body))

    def part(self, title: str, why: str, lines: _Rows) -> None:
        """Add a part."""
        from reportlab.platypus import Table, TableStyle

        self._flow.append(self._text(title, self._head))
        if why:
            self._flow.append(self._text(why, self._quiet))
        cells = [
            [self._text(label, self._quiet), self._text(value, self._body)]
            for label, value in lines
        ]
        style = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, "#d5dde1"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
        ]
        # A paragraph may be longer than a page: rows are split where they must be.
        self._flow.append(Table(cells, _COLUMNS, style=TableStyle(style), splitInRow=1))

    def made(self) -> bytes:
        """Return the PDF."""
        from reportlab.lib.pagesizes import A4
        from reportlab.platypus import SimpleDocTemplate

        into = io.BytesIO()
        document = SimpleDocTemplate(
            into,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN,
            title=self._title,
            author="caducee",
            lang=language(),
            initialFontName=self._plain,
        )
        document.build(self._flow, onFirstPage=self._foot, onLaterPages=self._foot)
        return into.getvalue()

    def _foot(self, canvas: Any, document: Any) -> None:  # noqa: ANN401 (reportlab has no types)
        canvas.setFont(self._plain, 8)
        canvas.drawString(_MARGIN, 28, self._title)
        canvas.drawRightString(_MARGIN + sum(_COLUMNS), 28, str(document.page))

    def _text(self, text: str, style: Any) -> "Flowable":  # noqa: ANN401 (reportlab has no types)
        from reportlab.platypus import Paragraph

        lines = [html.escape(word) for word in _printable(text, self._plain).split("\n")]
        return Paragraph("<br/>".join(lines) or "–", style)


def _fonts(text: str) -> tuple[str, str]:
    """Return fonts that have every letter of a text, as far as there are any."""
    ours, system = _registered()
    if system and not _covers(ours[0], text):
        return system
    return ours


@cache
def _registered() -> tuple[tuple[str, str], tuple[str, str] | None]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    found = []
    for plain, bold in (("Vera", "VeraBd"), ("DejaVuSans", "DejaVuSans-Bold")):
        paths = [f"{item}.ttf" for item in (plain, bold)]
        if plain != "Vera":
            paths = [str(_SYSTEM / item) for item in paths]
            if not all(Path(item).is_file() for item in paths):
                continue
        for name, path in zip((plain, bold), paths, strict=True):
            pdfmetrics.registerFont(TTFont(name, path))
        found.append((plain, bold))
    return found[0], found[1] if len(found) > 1 else None


def _covers(font: str, text: str) -> bool:
    return all(item in "\n\t" or ord(item) in _letters(font) for item in text)


@cache
def _letters(font: str) -> frozenset[int]:
    from reportlab.pdfbase import pdfmetrics

    return frozenset(pdfmetrics.getFont(font).face.charToGlyph)


def _printable(text: str, font: str) -> str:
    """Return a text with a question mark for each letter that the font does not have."""
    known = _letters(font)
    return "".join(item if item == "\n" or ord(item) in known else "?" for item in text)

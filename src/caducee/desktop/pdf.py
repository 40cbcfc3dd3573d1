# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A page of HTML as PDF: A4, text that can be searched and copied, fonts inside."""

import os

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QFont, QGuiApplication, QPageLayout, QPageSize, QPdfWriter, QTextDocument

__all__ = ["as_pdf"]

_MARGIN = 18.0
"""Millimetres."""


def as_pdf(page: str, title: str) -> bytes:
    """Return a document of a page of HTML; it names ``title`` and caducee, and nobody else.

    Works without a screen; any thread may call it once the application is there.
    """
    if QGuiApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _keep.append(QGuiApplication(["caducee"]))
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setCreator("caducee")
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(_MARGIN, _MARGIN, _MARGIN, _MARGIN),
            QPageLayout.Unit.Millimeter,
        )
    )
    document = QTextDocument()
    document.setDefaultFont(_plain_letters(document.defaultFont()))
    document.setHtml(page)
    document.print_(writer)
    buffer.close()
    return bytes(kept.data())


def _plain_letters(font: QFont) -> QFont:
    """Return a font without ligatures: a search for "fi" finds it in every reader."""
    found = QFont(font)
    for name in ("liga", "clig", "dlig"):
        found.setFeature(QFont.Tag(name), 0)
    return found


_keep: list[QGuiApplication] = []
"""The application of a process that has no window; it must outlive its documents."""

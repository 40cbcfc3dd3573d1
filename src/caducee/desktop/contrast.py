# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How distinct two colours are, as WCAG counts it, and colours that can."""

from typing import Final

from PySide6.QtGui import QColor

__all__ = ["PART", "TEXT", "contrast", "readable"]

TEXT: Final = 4.5
"""The least contrast of a text (WCAG 2.2, 1.4.3)."""

PART: Final = 3.0
"""The least contrast of a part other than text, as a mark or a ring (WCAG 2.2, 1.4.11)."""


def readable(ink: QColor, paper: QColor, least: float = TEXT) -> QColor:
    """Return the ink, moved towards black or white until it stands out on a paper."""
    solid = _over(ink, paper)
    if contrast(solid, paper) >= least:
        return ink
    end = max((QColor("black"), QColor("white")), key=lambda color: contrast(color, paper))
    for step in range(1, 20):
        moved = _between(solid, end, step / 20)
        if contrast(moved, paper) >= least:
            return moved
    return end


def contrast(color: QColor, other: QColor) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((_luminance(color), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _over(ink: QColor, paper: QColor) -> QColor:
    solid = QColor(ink)
    solid.setAlpha(255)
    return _between(paper, solid, ink.alphaF())


def _between(color: QColor, other: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        color.redF() + (other.redF() - color.redF()) * share,
        color.greenF() + (other.greenF() - color.greenF()) * share,
        color.blueF() + (other.blueF() - color.blueF()) * share,
    )

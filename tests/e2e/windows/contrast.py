# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Contrast as WCAG 2.2 defines it (1.4.3): of two colours, and of the pixels of a text.

Written apart from `caducee.desktop.contrast`, which it judges.
"""

from collections import Counter, defaultdict
from functools import cache

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage

__all__ = ["LEAST", "contrast", "contrast_of_pixels", "over"]

LEAST = 4.5
_EDGE = 6
_COARSE = 0xF0F0F0


def contrast(color: QColor, other: QColor) -> float:
    """Return the ratio of two colours, 1 to 21."""
    dark, light = sorted((_luminance(color), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def over(ink: QColor, paper: QColor) -> QColor:
    """Return the colour that is seen when an ink lets the paper through."""
    share = ink.alphaF()
    parts = zip(_parts(ink), _parts(paper), strict=True)
    return QColor.fromRgbF(*(a * share + b * (1 - share) for a, b in parts))


def contrast_of_pixels(picture: QImage, box: QRect) -> float:
    """Return the contrast of the strongest stroke against the most frequent colour of a box.

    The picture should be twice as large as on a screen: thin strokes reach their colour then. The
    edge of the box is left out (frames, the ring of the focus); shades of one gradient count as
    one colour.
    """
    inner = box.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
    part = picture.copy(inner).convertToFormat(QImage.Format.Format_RGB32)
    counted = Counter(memoryview(part.constBits()).cast("I"))
    shades: dict[int, Counter[int]] = defaultdict(Counter)
    for colour, times in counted.items():
        shades[colour & _COARSE][colour] += times
    most = max(shades.values(), key=Counter.total)
    paper = most.most_common(1)[0][0]
    return max((_contrast(paper, item) for item in counted), default=1.0)


@cache  # windows have few colours, and many texts
def _contrast(colour: int, other: int) -> float:
    return contrast(QColor(colour), QColor(other))


def _parts(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def _luminance(colour: QColor) -> float:
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Outlines that are seen: Fusion draws them a little darker than the window, on black not at all.

Lines, choices and marks of choices stand out everywhere (WCAG 2.2, 1.4.11); other frames are
drawn anew only where Fusion's own cannot be seen.
"""

from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QWidget,
)

from caducee.desktop.contrast import PART, contrast, readable

__all__ = ["Outlined"]

_PART, _WHOLE, _CONTROL = QStyle.PrimitiveElement, QStyle.ComplexControl, QStyle.ControlElement
_STATE, _METRIC = QStyle.StateFlag, QStyle.PixelMetric

_INPUTS: Final = frozenset({_PART.PE_FrameLineEdit, _PART.PE_IndicatorCheckBox})
_FRAMES: Final = frozenset({_PART.PE_Frame, _PART.PE_FrameGroupBox, _PART.PE_PanelButtonCommand})
_CHOICES: Final = frozenset({_WHOLE.CC_ComboBox, _WHOLE.CC_SpinBox})
_SHAPES: Final = frozenset({_CONTROL.CE_TabBarTabShape, _CONTROL.CE_ProgressBarGroove})
_MARKS: Final = frozenset(
    {
        _METRIC.PM_IndicatorWidth,
        _METRIC.PM_IndicatorHeight,
        _METRIC.PM_ExclusiveIndicatorWidth,
        _METRIC.PM_ExclusiveIndicatorHeight,
    }
)
_BY_KEYBOARD: Final = _STATE.State_HasFocus | _STATE.State_KeyboardFocusChange
"""What Fusion itself draws in the colour of the marked."""

_UNSEEN: Final = 1.3
"""A contrast below which a frame might as well not be there."""

_BLACK: Final = 0.02


class Outlined(QProxyStyle):
    """Fusion, with outlines that are seen, and marks that grow with the letters."""

    def __init__(self) -> None:
        super().__init__("fusion")

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw a part, and its outline again where it is too weak."""
        super().drawPrimitive(element, option, painter, widget)
        if element in _INPUTS:
            _outline(option, painter, option.rect)
        elif element is _PART.PE_IndicatorRadioButton:
            _outline(option, painter, option.rect, round_=True)
        elif element in _FRAMES:
            _outline(option, painter, option.rect, least=_UNSEEN)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw a choice, a number or a scroll bar, and its outline where it is too weak."""
        super().drawComplexControl(control, option, painter, widget)
        if control in _CHOICES:
            _outline(option, painter, option.rect)
        elif control is _WHOLE.CC_ScrollBar:
            handle = QStyle.SubControl.SC_ScrollBarSlider
            box = self.subControlRect(control, option, handle, widget)  # type: ignore[arg-type]
            _outline(option, painter, box, least=_UNSEEN)

    def drawControl(
        self,
        element: QStyle.ControlElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw a tab or a bar, and its outline where it cannot be seen."""
        super().drawControl(element, option, painter, widget)
        if element in _SHAPES:
            _outline(option, painter, option.rect, least=_UNSEEN)

    def pixelMetric(
        self,
        metric: QStyle.PixelMetric,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> int:
        """Make the marks of choices as large as the letters beside them."""
        usual = super().pixelMetric(metric, option, widget)
        if metric in _MARKS and widget is not None:
            return max(usual, widget.fontMetrics().ascent())
        return usual


def _outline(
    option: QStyleOption,
    painter: QPainter,
    box: QRect,
    *,
    least: float = PART,
    round_: bool = False,
) -> None:
    """Draw an outline where that of Fusion has less than a contrast to the window."""
    state: QStyle.StateFlag = option.state
    palette: QPalette = option.palette
    ink = _ink(palette, least)
    if ink is None or not state & _STATE.State_Enabled or state & _BY_KEYBOARD == _BY_KEYBOARD:
        return
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if round_:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(ink, 1.6))
        painter.drawEllipse(QRectF(box).adjusted(0.8, 0.8, -0.8, -0.8))
    else:
        painter.setPen(QPen(ink, 1))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
    painter.restore()


def _ink(palette: QPalette, least: float) -> QColor | None:
    """Return the colour of an outline; None where Fusion's own is seen well enough."""
    paper = palette.color(QPalette.ColorRole.Window)
    if paper.lightnessF() < _BLACK:  # high contrast applies to outlines, too
        return palette.color(QPalette.ColorRole.WindowText)
    usual = paper.darker(140)
    return None if contrast(usual, paper) >= least else readable(usual, paper, PART)

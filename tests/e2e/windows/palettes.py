# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The colours that a desktop may give to our windows: light, dark, and of high contrast."""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

__all__ = ["PALETTES", "wear"]

_DARK = {
    "Window": "#2d2d2d",
    "WindowText": "#f2f2f2",
    "Base": "#1e1e1e",
    "AlternateBase": "#2a2a2a",
    "Text": "#f2f2f2",
    "PlaceholderText": "#b4b4b4",
    "Button": "#3a3a3a",
    "ButtonText": "#f2f2f2",
    "BrightText": "#ffffff",
    "ToolTipBase": "#3a3a3a",
    "ToolTipText": "#f2f2f2",
    "Highlight": "#1f5fa8",
    "HighlightedText": "#ffffff",
    "Accent": "#1f5fa8",
    "Link": "#8ab8f5",
    "LinkVisited": "#c9a8f0",
    "Light": "#4a4a4a",
    "Midlight": "#404040",
    "Mid": "#242424",
    "Dark": "#1a1a1a",
    "Shadow": "#000000",
}
_CONTRAST = {
    "Window": "#000000",
    "WindowText": "#ffffff",
    "Base": "#000000",
    "AlternateBase": "#000000",
    "Text": "#ffffff",
    "PlaceholderText": "#ffffff",
    "Button": "#000000",
    "ButtonText": "#ffff00",
    "BrightText": "#ffffff",
    "ToolTipBase": "#000000",
    "ToolTipText": "#ffffff",
    "Highlight": "#00ffff",
    "HighlightedText": "#000000",
    "Accent": "#00ffff",
    "Link": "#ffff00",
    "LinkVisited": "#ffff00",
    "Light": "#ffffff",
    "Midlight": "#ffffff",
    "Mid": "#ffffff",
    "Dark": "#ffffff",
    "Shadow": "#ffffff",
}
PALETTES = ("light", "dark", "contrast")


def wear(name: str, light: QPalette) -> None:
    """Give the application the colours of a desktop; ``light`` are those it began with."""
    chosen = {"dark": _DARK, "contrast": _CONTRAST}.get(name)
    if chosen is None:
        QApplication.setPalette(light)
        return
    palette = QPalette()
    for role, colour in chosen.items():
        palette.setColor(QPalette.ColorRole[role], QColor(colour))
    grey = QColor("#8a8a8a" if name == "dark" else "#00ff00")
    for role in ("WindowText", "Text", "ButtonText"):
        palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[role], grey)
    QApplication.setPalette(palette)

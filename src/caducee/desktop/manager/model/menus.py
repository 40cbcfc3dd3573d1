# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The menus of the window, in the words of CPS Gestion."""

from dataclasses import dataclass
from typing import Final

from caducee.base.i18n import N_

__all__ = ["MENUS", "Choice", "Menu"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a menu."""

    name: str
    """Stable; the objectName of the action."""

    text: str
    page: str = ""
    """The page that does it; a line whose page is not there is not shown."""

    action: str = ""
    """What the page shall do: see its ``perform``."""

    setting: str = ""
    """The option that it switches on and off."""

    key: str = ""
    """A key, in the words of Qt."""


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu; None among its lines is a rule between them."""

    name: str
    text: str
    choices: tuple[Choice | None, ...]


MENUS: Final = (
    Menu(
        "menu-card",
        N_("&Card"),
        (
            Choice("insert-card", N_("&Insert card…"), "card", "insert"),
            Choice("change-code", N_("&Change PIN…"), "pin", "change"),
            Choice("unblock-code", N_("&Unblock PIN…"), "pin", "unblock"),
            Choice("enter-code", N_("&Enter PIN…"), "pin", "enter"),
            None,
            Choice("quit", N_("&Quit"), action="quit", key="Ctrl+Q"),
        ),
    ),
    Menu(
        "menu-services",
        N_("CPS &services"),
        (
            Choice("read-data", N_("&Read data"), "card", "read", key="F5"),
            Choice(
                "save-authentication",
                N_("Save &authentication certificate…"),
                "card",
                "save-authentication",
            ),
            Choice("save-signature", N_("Save &signature certificate…"), "card", "save-signature"),
            Choice("read-situations", N_("Read s&ituations"), "card", "rest"),
            Choice("test-services", N_("&Test services…"), "services", "test"),
        ),
    ),
    Menu(
        "menu-reader",
        N_("&Reader"),
        (
            Choice("test-reader", N_("&Test reader"), "readers", "test"),
            Choice("change-reader", N_("&Change reader"), "readers", "choose"),
        ),
    ),
    Menu(
        "menu-view",
        N_("&View"),
        (
            Choice("view-journal", N_("&Journal"), "journal", "journal"),
            Choice("view-data", N_("&CPS data"), "card", "show"),
            Choice("view-diagnosis", N_("&Diagnosis"), "diagnosis"),
            Choice("view-traces", N_("&Traces"), "journal", "traces"),
        ),
    ),
    Menu(
        "menu-options",
        N_("&Options"),
        (
            Choice("traces-at-exit", N_("&Save traces at exit"), setting="save_traces_at_exit"),
            Choice("show-card-type", N_("Show card &type"), setting="show_card_type"),
            Choice("pin-pad", N_("On-screen PIN pa&d"), setting="pin_pad"),
            Choice(
                "pin-pad-shuffled", N_("PIN pad with s&huffled digits"), setting="pin_pad_shuffled"
            ),
        ),
    ),
)

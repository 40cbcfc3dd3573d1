# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The entry point ``caducee``: noun then verb, each noun loaded only when it is called."""

import importlib
import sys
from typing import Any, NoReturn

import click

from caducee import __version__
from caducee.base.errors import CpsError, PinBlockedError, WrongPinError
from caducee.base.i18n import N_, gettext
from caducee.base.memory import protect_memory
from caducee.cli.click_texts import speak, translate_help
from caducee.cli.exits import Exit
from caducee.cli.problems import AS_JSON, say_error, say_usage

__all__ = ["command", "main", "program"]

_NOUNS = {
    "browser": ("caducee.cli.browser", N_("Let Firefox and Chromium reach the card.")),
    "card": ("caducee.cli.card", N_("Virtual cards and the cards in the readers.")),
    "certificate": (
        "caducee.cli.certificate",
        N_("Certificates whose key is kept by software: issue, list, renew, revoke."),
    ),
    "cryptolibd": (
        "caducee.cli.cryptolibd",
        N_("The Cryptolib as a process that PKCS#11 modules speak to."),
    ),
    "demo": ("caducee.cli.demo", N_("From nothing to a verified login, step by step.")),
    "diag": ("caducee.cli.diag", N_("What keeps the card from working, and what cures it.")),
    "directory": (
        "caducee.cli.directory",
        N_("Professionals, their certificates and revocation lists."),
    ),
    "manager": ("caducee.cli.manager", N_("The window for the card: data, PIN, readers, tests.")),
    "policy": (
        "caducee.cli.policy",
        N_("How a card behaves at this workstation: sessions that open, lock, resume, end."),
    ),
    "order": ("caducee.cli.order", N_("Test cards: catalogue, orders, delivery, and their life.")),
    "pkcs11": ("caducee.cli.pkcs11", N_("The module that browsers and other programs load.")),
    "request": (
        "caducee.cli.request",
        N_("Requests that wait for the holder: a login elsewhere, confirmed with the card."),
    ),
    "sandbox": (
        "caducee.cli.sandbox",
        N_("An offline world in one folder: make it, fill it, run it."),
    ),
    "trust": (
        "caducee.cli.trust",
        N_("Certificates judged, and status bundles for verifiers that are offline."),
    ),
    "trace": (
        "caducee.cli.trace",
        N_("What programs and cards said: join, filter, replay, show, anonymise."),
    ),
    "uninstall": (
        "caducee.cli.uninstall",
        N_("Remove what caducee put on this machine, and list what stays."),
    ),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _NOUNS:
            return None
        module, _ = _NOUNS[cmd_name]
        command = getattr(importlib.import_module(module), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 (a fault of ours, not of the user)
        translate_help(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(gettext("Commands")):
            formatter.write_dl(
                [(name, gettext(text)) for name, (_, text) in sorted(_NOUNS.items())]
            )


@click.group("caducee", cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="caducee %(version)s")
def command() -> None:
    """An open CPS technical framework: cards, Cryptolib, trust, logins."""


def _status(error: CpsError) -> Exit:
    if isinstance(error, WrongPinError | PinBlockedError):
        return Exit.WRONG_PIN
    return Exit.NO_CARD if error.code in Exit.no_card_codes() else Exit.FAILURE


def main(arguments: list[str] | None = None) -> Any:  # noqa: ANN401 (click decides)
    """Run the command line; an error of ours becomes two lines, or with ``--json`` one JSON object,
    and an exit status.
    """
    speak()
    translate_help(command)
    given = sys.argv[1:] if arguments is None else arguments
    token = AS_JSON.set("--json" in given)
    try:
        return command.main(args=given, prog_name="caducee") if not AS_JSON.get() else _quiet(given)
    except CpsError as error:
        say_error(error)
        sys.exit(_status(error))
    finally:
        AS_JSON.reset(token)


def _quiet(arguments: list[str]) -> NoReturn:
    """Run the command line without click's own texts on standard error."""
    try:
        status = command.main(args=arguments, prog_name="caducee", standalone_mode=False)
    except click.ClickException as error:
        say_usage(error)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(Exit.FAILURE)
    sys.exit(status if isinstance(status, int) else Exit.OK)


def program() -> Any:  # noqa: ANN401 (click decides)
    """Run the command line as a process of its own, whose memory is kept from others."""
    protect_memory()
    return main()

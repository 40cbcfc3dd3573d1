# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What click itself says, in the language of the user: usage, headings, errors of the command line.

click asks the standard library's gettext for its texts; `speak` names our catalogue there. The
texts stand here as click has them, so that the catalogue holds them.
"""

import gettext as _gettext
import inspect
from collections.abc import Callable

import click

from caducee.base.i18n import DOMAIN, FOLDER, N_, NN_, gettext, language

__all__ = ["COUNTED", "TEXTS", "paragraphs", "speak", "translate_help"]

TEXTS = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Positional arguments"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("Try '{command} {option}' for help."),
    N_("Error: {message}"),
    N_("Aborted!"),
    N_("default: {default}"),
    N_("env var: {var}"),
    N_("(dynamic)"),
    N_("Missing command."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    N_("Option {name!r} does not take a value."),
    N_("Argument {name!r} takes {nargs} values."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Choose from:\n\t{choices}"),
    N_("{value} is not in the range {range}."),
    N_("{value!r} is not a valid boolean. Recognized values: {states}"),
    N_("{value!r} is not a valid {number_type}."),
    N_("Could not open file {filename!r}: {message}"),
    N_("unknown error"),
    N_("file"),
    N_("directory"),
    N_("path"),
    N_("{name} {filename!r} does not exist."),
    N_("{name} {filename!r} is a file."),
    N_("{name} {filename!r} is a directory."),
    N_("{name} {filename!r} is not readable."),
    N_("{name} {filename!r} is not writable."),
    N_("{name} {filename!r} is not executable."),
    N_("Repeat for confirmation"),
    N_("Error: The two entered values do not match."),
    N_("Error: invalid input"),
)
"""One form each."""

COUNTED = (
    NN_(
        "Got unexpected extra argument ({args})",
        "Got unexpected extra arguments ({args})",
    ),
    NN_(
        "Option {name!r} requires an argument.",
        "Option {name!r} requires {nargs} arguments.",
    ),
    NN_(
        "Takes {nargs} values but 1 was given.",
        "Takes {nargs} values but {len} were given.",
    ),
    NN_("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    NN_("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
)
"""A form for one, and one for more."""


def speak() -> None:
    """Let click speak the language in use from now on; this is a setting of the whole process."""
    if language() != "en":
        _gettext.bindtextdomain(DOMAIN, str(FOLDER))
        _gettext.textdomain(DOMAIN)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text, each in one line, as the catalogue holds them."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n")]


_ENGLISH: dict[click.Command | click.Option, str] = {}
"""Help as the sources have it: a process may change its language (tests)."""


def translate_help(command: click.Command, translate: Callable[[str], str] = gettext) -> None:
    """Put the help of a command, its options and its subcommands into the language in use."""
    items: list[click.Command | click.Option] = [command]
    items += [item for item in command.params if isinstance(item, click.Option)]
    for item in items:
        if item.help:
            english = _ENGLISH.setdefault(item, item.help)
            item.help = "\n\n".join(translate(part) for part in paragraphs(english))
    if isinstance(command, click.Group):
        for child in command.commands.values():
            translate_help(child, translate)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that commands of several nouns have."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from caducee.base.i18n import gettext
from caducee.spec.cards import CARD_ISSUER

__all__ = [
    "card_argument",
    "existing_file",
    "existing_path",
    "json_option",
    "sandbox_option",
    "world_option",
]

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _number(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return the number of a card; verdicts and certificates write its issuer before it."""
    return value.removeprefix(f"{CARD_ISSUER}/")


card_argument = click.argument("card", callback=_number)
"""Gives ``card``, the number of a card; ``card_id`` (issuer and number) is taken too."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
"""Gives ``as_json``."""


class _Existing(click.Path):
    """A path that must be there; one that may not be looked at is not said to be missing."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Check the path. Raises `click.BadParameter`."""
        try:
            os.stat(value)
        except PermissionError:
            name = (gettext("path") if self.dir_okay else gettext("file")).capitalize()
            text = gettext("{name} {filename!r} is not readable.")
            self.fail(text.format(name=name, filename=os.fspath(value)), param, ctx)
        except OSError:
            pass  # reported by click
        return super().convert(value, param, ctx)


existing_file = _Existing(exists=True, dir_okay=False, path_type=Path)
"""A file that is there."""

existing_path = _Existing(exists=True, path_type=Path)
"""A file or folder that is there."""

_FOLDER = click.Path(file_okay=False, path_type=Path)


def sandbox_option(help: str) -> Decorator:
    """Return the option of commands that work in a world: its folder; gives ``folder``."""
    return click.option(
        "--sandbox",
        "folder",
        type=_FOLDER,
        envvar="CADUCEE_SANDBOX",
        default=Path("sandbox"),
        show_default=True,
        help=help,
    )


def world_option(help: str) -> Decorator:
    """Return the option of commands that can do without a world; gives ``sandbox``, or None."""
    return click.option("--sandbox", type=_FOLDER, envvar="CADUCEE_SANDBOX", help=help)

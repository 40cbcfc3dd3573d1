# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that commands of several nouns have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["json_option", "sandbox_option", "world_option"]

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
"""Gives ``as_json``."""


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

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Options that commands of several nouns have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["json_option", "sandbox_option"]

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
"""Gives ``as_json``."""


def sandbox_option(help: str, name: str = "--sandbox") -> Decorator:
    """Return the option that names the folder of a world; gives ``folder``."""
    return click.option(
        name,
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="CADUCEE_SANDBOX",
        default=Path("sandbox"),
        show_default=True,
        help=help,
    )

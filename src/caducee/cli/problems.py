# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How errors are shown: two lines for a person, one JSON object where ``--json`` was given."""

import json
from contextvars import ContextVar

import click

from caducee.base.errors import CpsError

__all__ = ["AS_JSON", "say_error", "say_usage"]

AS_JSON: ContextVar[bool] = ContextVar("as_json", default=False)
"""Whether the command was called with ``--json``."""


def say_error(error: CpsError) -> None:
    """Print an error on standard error."""
    if AS_JSON.get():
        _print(error.code, error.sentence(), error.advice(), dict(error.facts))
        return
    click.echo(f"caducee: {error}", err=True)
    if advice := error.advice():
        click.echo(f"  -> {advice}", err=True)


def say_usage(error: click.ClickException) -> None:
    """Print what click says of a wrong command line."""
    if AS_JSON.get():
        _print("cli.usage", error.format_message(), "", {})
    else:
        error.show()


def _print(code: str, message: str, advice: str, facts: dict[str, object]) -> None:
    fields = {"code": code, "message": message, "advice": advice, "facts": facts}
    click.echo(json.dumps({"error": fields}, ensure_ascii=False), err=True)

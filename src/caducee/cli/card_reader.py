# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee card check-reader`` and ``caducee card log-out``."""

import json
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.options import json_option

if TYPE_CHECKING:
    from caducee.reader.checkup import Checkup
    from caducee.reader.transport import Reader, ReaderContext

__all__ = ["check_reader", "log_out"]


@click.command("check-reader")
@click.argument("name", required=False)
@json_option
def check_reader(name: str | None, as_json: bool) -> None:
    """Try a reader out with the card in it: connect, start the card anew, time 20 commands.

    NAME is a reader, or the beginning of its name; without it, the first one with a card.
    """
    from caducee.middleware.daemon.reader_contexts import open_reader_contexts
    from caducee.middleware.daemon.settings import load_settings
    from caducee.reader import checkup

    places = open_reader_contexts(load_settings()[0].readers)
    try:
        found = checkup.check_reader(_chosen(places, name))
    finally:
        places.close()
    if as_json:
        click.echo(json.dumps(_facts(found)))
    else:
        _print(found)


def _chosen(context: "ReaderContext", name: str | None) -> "Reader":
    from caducee.base.errors import ReaderError

    now = context.wait({}, 0)
    for reader in context.readers():
        if (
            reader.name.startswith(name)
            if name
            else reader.name in now and now[reader.name].present
        ):
            return reader
    if name:
        raise ReaderError("reader.unknown_reader", reader=name)
    raise ReaderError("reader.no_card", reader="-") if now else ReaderError("reader.no_reader")


def _facts(found: "Checkup") -> dict[str, object]:
    return {
        "reader": found.reader,
        "atr": found.atr.hex().upper(),
        "protocol": found.protocol.value,
        "same_after_restart": found.same,
        "connected_ms": _ms(found.connected),
        "restarted_ms": _ms(found.restarted),
        "commands": len(found.commands),
        "median_ms": _ms(found.median),
        "longest_ms": _ms(found.longest),
    }


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 3)


def _print(found: "Checkup") -> None:
    from caducee.desktop.manager.model.readers import checkup_lines

    for name, value in checkup_lines(found):
        click.echo(_("{name}: {value}").format(name=name, value=value))


@click.command("log-out")
@json_option
def log_out(as_json: bool) -> None:
    """End every login of programs at the card, and of pages that watch it."""
    from caducee.cli.logins import UserLogins
    from caducee.middleware.daemon import logins
    from caducee.middleware.webhost.logout_listener import tell_pages

    if as_json:
        click.echo(json.dumps({"pages": tell_pages(), "programs": logins.log_out()}))
        return
    for item in UserLogins().log_out() or (_("No session was open."),):
        click.echo(item)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee manager``: the window for the card."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.errors import ConfigError
from caducee.cli.screen import need_screen

if TYPE_CHECKING:
    from caducee.desktop.manager.ports import Ports

__all__ = ["manager"]

_SANDBOX = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--page", default="", help="The page to begin with: card, codes, readers, …")
@click.option(
    "--text-size",
    type=click.IntRange(50, 400),
    default=100,
    show_default=True,
    help="Size of the letters, percent of the desktop's.",
)
@click.option("--high-contrast", is_flag=True, help="White and yellow on black.")
@click.option(
    "--sandbox",
    type=_SANDBOX,
    envvar="CADUCEE_SANDBOX",
    help="The world whose virtual cards and authorities the window uses.",
)
def manager(page: str, text_size: int, high_contrast: bool, sandbox: Path | None) -> None:
    """Open the card manager: the card, its codes, readers, tests, virtual cards."""
    try:
        from caducee.desktop.manager.app import main
    except ImportError as error:
        raise ConfigError("desktop.qt_missing", reason=str(error)) from None
    need_screen()
    raise SystemExit(
        main(make_ports(sandbox), page=page, text_percent=text_size, high_contrast=high_contrast)
    )


def make_ports(sandbox: Path | None) -> "Ports":
    """Return what the window reaches on this machine."""
    from caducee.cli.manager_ports import MachineCards
    from caducee.cryptolib.daemon.settings import load_settings
    from caducee.cryptolib.tracing.settings import from_environment
    from caducee.desktop.manager.ports import Ports
    from caducee.desktop.manager.settings import default_path

    settings, _wrong = load_settings()
    _level, folder = from_environment(settings.trace)
    return Ports(cards=MachineCards(settings.readers), settings=default_path(), logs=folder)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee cryptolibd``: the Cryptolib as a process that PKCS#11 modules speak to."""

from pathlib import Path

import click

from caducee.base.errors import StateError

__all__ = ["cryptolibd"]


@click.command()
@click.option(
    "--detach",
    is_flag=True,
    help="Let go of the program that started this: for modules that start it.",
)
@click.option(
    "--settings",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Another file than ~/.config/caducee/cryptolib.toml.",
)
def cryptolibd(detach: bool, settings: Path | None) -> None:
    """Serve the PKCS#11 modules of this user until interrupted.

    Modules start it by themselves when they need it; systemd can start it by its socket. When one
    serves already, this ends at once and well.
    """
    from caducee.middleware.daemon.launch import launch

    try:
        launch(detach=detach, settings=settings)
    except StateError as error:
        if error.code != "daemon.running":
            raise
        click.echo(str(error), err=True)

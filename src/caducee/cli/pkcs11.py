# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee pkcs11``: the module that other programs load."""

import json

import click

from caducee.cli.options import json_option

__all__ = ["pkcs11"]


@click.group()
def pkcs11() -> None:
    """Tell where the PKCS#11 module is that browsers and other programs load."""


@pkcs11.command("path")
@json_option
def path(as_json: bool) -> None:
    """Print where the module is, for the settings of another program."""
    from caducee.middleware.module import find_module

    found = str(find_module())
    click.echo(json.dumps({"module": found}) if as_json else found)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee uninstall``: takes away everything that caducee put on this machine for this user."""

import json
import sys
from pathlib import Path

import click

from caducee.base.i18n import gettext as _
from caducee.cli.exits import Exit
from caducee.cli.options import json_option, world_option

__all__ = ["uninstall"]


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed; change nothing.")
@world_option("A world that is named among what stays; it is not removed.")
@json_option
def uninstall(dry_run: bool, sandbox: Path | None, as_json: bool) -> None:
    """Remove what caducee put on this machine: in browsers and p11-kit, caches, logs, processes.

    Cures of the diagnosis are undone. As root, what was installed for everybody goes, too. What
    stays on purpose is listed with the reason. The program itself is removed by whatever installed
    it. Ends with 1 when something could not be removed.
    """
    from caducee.cli.uninstalling import Removal

    removal = Removal(sandbox, dry_run=dry_run)
    removal.run()
    if as_json:
        click.echo(json.dumps(removal.to_plain(), ensure_ascii=False))
    else:
        _show(removal.to_plain(), dry_run)
    if removal.failed:
        sys.exit(Exit.FAILURE)


def _show(found: dict[str, list[dict[str, str]]], dry_run: bool) -> None:
    titles = {
        "removed": _("Would be removed:") if dry_run else _("Removed:"),
        "failed": _("Could not be removed:"),
        "left": _("Left on purpose:"),
    }
    for kind, title in titles.items():
        if found[kind]:
            click.echo(title)
        for item in found[kind]:
            click.echo(f"  {item['what']}" + (f"\n      {item['why']}" if item["why"] else ""))
    if not found["removed"] and not found["failed"]:
        click.echo(_("There was nothing to remove."))

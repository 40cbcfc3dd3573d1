# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee diag collect``: what is wrong with many workstations."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.exits import Exit
from caducee.cli.options import json_option

if TYPE_CHECKING:
    from caducee.diagnosis.collection import CollectedReports

__all__ = ["collect"]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
def collect(folder: Path, as_json: bool) -> None:
    """Sum up the reports of many workstations in FOLDER, the most frequent cause first.

    A report is what "caducee diag --json" printed there, in a file NAME.json. Ends with 1 when a
    workstation has an error or a file is not a report.
    """
    from caducee.diagnosis.collection import collect as collected

    found = collected(folder)
    if as_json:
        click.echo(json.dumps(found.to_plain(), ensure_ascii=False))
    else:
        _show(found)
    if found.errors or found.unreadable:
        sys.exit(Exit.FAILURE)


def _show(found: "CollectedReports") -> None:
    for code, names in found.errors.items():
        click.echo(f"{len(names):5}  {found.causes[code]} [{code}]\n       {', '.join(names)}")
    for title, names in (
        (_("no problem found"), found.healthy),
        (_("no error, not everything checked"), found.unchecked),
        (_("not a report"), found.unreadable),
    ):
        if names:
            click.echo(f"{len(names):5}  {title}\n       {', '.join(names)}")

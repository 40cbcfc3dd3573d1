# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What goes into the registry, and out: ``caducee directory populate``, ``import``, ``consent``."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.directory_location import DirectoryLocation, opened
from caducee.cli.options import existing_file, json_option

if TYPE_CHECKING:
    from caducee.sandbox.world import Sandbox

__all__ = ["consent", "export_files", "history", "import_file", "populate"]


@click.command()
@click.option("--persons", type=click.IntRange(1), required=True, help="How many there shall be.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other persons.")
@click.option("--certificates", is_flag=True, help="Issue the certificates of all of them too.")
@json_option
@click.pass_obj
def populate(
    where: DirectoryLocation, persons: int, seed: int, certificates: bool, as_json: bool
) -> None:
    """Fill the registry with a fictional population; the same command goes on after a stop."""
    from caducee.issuance import population
    from caducee.sandbox.world import Sandbox

    known = (where.folder / "sandbox.toml").is_file()
    with opened(where.folder) if known else Sandbox.create(where.folder) as world:
        left = max(0, persons - population.population_size(world.registry))
        with _progress(_("Persons"), left) as step:
            new = population.populate(world.registry, persons, seed, entered=step)
        issued = _issue(world, seed) if certificates else 0
        size = population.population_size(world.registry)
    if as_json:
        click.echo(json.dumps({"persons": size, "new": new, "issued": issued}))
        return
    click.echo(
        _("{size} persons, {new} of them new; cards issued now: {issued}").format(
            size=size, new=new, issued=issued
        )
    )


def _issue(world: "Sandbox", seed: int) -> int:
    from caducee.issuance import population

    count = 0
    total = population.population_size(world.registry)
    with _progress(_("Cards"), total - world.registry.cards.count()) as step:
        keys = population.SharedCardKeys()
        for _one in population.issue_population(world.registry, world.authority, keys, seed):
            count += 1
            step(1)
    return count


@contextmanager
def _progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far something is; elsewhere nothing."""
    silent = not sys.stderr.isatty()
    with click.progressbar(
        length=max(total, 1), label=label, show_pos=True, file=sys.stderr, hidden=silent
    ) as line:
        yield line.update


@click.command(name="export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@json_option
@click.pass_obj
def export_files(where: DirectoryLocation, folder: Path, as_json: bool) -> None:
    """Write the flat files PS_LibreAcces and Porteurs_CPS_CPF into FOLDER."""
    from caducee.directory.extraction.cards import card_lines
    from caducee.directory.extraction.lines import ACTIVITIES, HOLDERS, write
    from caducee.directory.extraction.persons import person_lines

    with opened(where.folder) as world:
        now = world.clock.now()
        stamp = f"{now:%Y%m%d%H%M}"
        written = [
            write(ACTIVITIES, person_lines(world.registry), folder, stamp),
            write(HOLDERS, card_lines(world.registry, now), folder, stamp),
        ]
    if as_json:
        click.echo(json.dumps({"files": [str(entry) for entry in written]}))
        return
    for item in written:
        click.echo(str(item))


@click.command(name="import")
@click.argument("file", type=existing_file)
@json_option
@click.pass_obj
def import_file(where: DirectoryLocation, file: Path, as_json: bool) -> None:
    """Enter the persons or cards of FILE (PS_LibreAcces… or Porteurs_CPS_CPF…, .zip or .txt)."""
    from caducee.directory.extraction.cards import enter_cards
    from caducee.directory.extraction.lines import ACTIVITIES, HOLDERS, read
    from caducee.directory.extraction.persons import enter_persons

    holders = file.name.startswith(HOLDERS.archive)
    with opened(where.folder) as world, world.registry.acting(file.name):
        if holders:
            count = enter_cards(world.registry, read(HOLDERS, file))
        else:
            count = enter_persons(world.registry, read(ACTIVITIES, file))
    if as_json:
        click.echo(json.dumps({"entered": count}))
        return
    text = _("Cards entered: {count}") if holders else _("Persons entered: {count}")
    click.echo(text.format(count=count))


@click.command()
@click.argument("ps_idnat")
@click.argument("answer", type=click.Choice(["yes", "no"]))
@json_option
@click.pass_obj
def consent(where: DirectoryLocation, ps_idnat: str, answer: str, as_json: bool) -> None:
    """Keep whether the person lets directories publish their certificates."""
    from caducee.base.errors import DirectoryError

    with opened(where.folder) as world:
        if world.registry.persons.get(ps_idnat) is None:
            raise DirectoryError("directory.person_unknown", ps_idnat=ps_idnat)
        world.registry.consents.set(ps_idnat, answer == "yes")
    if as_json:
        click.echo(json.dumps({"ps_idnat": ps_idnat, "consent": answer == "yes"}))
    elif answer == "yes":
        click.echo(_("The certificates of {ps_idnat} are published.").format(ps_idnat=ps_idnat))
    else:
        text = _("The certificates of {ps_idnat} are not published.")
        click.echo(text.format(ps_idnat=ps_idnat))


@click.command()
@click.argument("ps_idnat")
@json_option
@click.pass_obj
def history(where: DirectoryLocation, ps_idnat: str, as_json: bool) -> None:
    """Tell who changed what of the person, their practice, cards and consent, and when."""
    with opened(where.folder) as world:
        found = world.registry.history_of_person(ps_idnat)
    if as_json:
        changes = [
            {
                "at": entry.at.isoformat(),
                "actor": entry.actor,
                "subject": entry.subject,
                "action": entry.action,
                "key": entry.key,
                "state": entry.state,
            }
            for entry in found
        ]
        click.echo(json.dumps({"changes": changes}, ensure_ascii=False))
        return
    for item in found:
        at = f"{item.at:%Y-%m-%d %H:%M:%S}"
        click.echo(f"{at}  {item.subject:<9} {item.action:<8} {item.key:<20} {item.actor}")
    if not found:
        click.echo(_("Nothing is kept of {ps_idnat}.").format(ps_idnat=ps_idnat))

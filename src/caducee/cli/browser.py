# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee browser``: lets the browsers of this machine know the card."""

import json
import stat
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.errors import StateError
from caducee.base.i18n import N_
from caducee.base.i18n import gettext as _
from caducee.cli.exits import Exit
from caducee.cli.problems import say_error

if TYPE_CHECKING:
    from caducee.middleware.browsers import ComponentResult, Installer

__all__ = ["browser"]

_STATES = {
    "installed": N_("installed"),
    "absent": N_("not installed"),
    "other": N_("leads elsewhere"),
    "impossible": N_("not possible"),
}
_OUTCOMES = {
    "nothing": N_("nothing to do"),
    "added": N_("added"),
    "changed": N_("changed"),
    "removed": N_("removed again"),
    "impossible": N_("not possible"),
    "failed": N_("failed"),
}
_WOULD_BE = _OUTCOMES | {
    "added": N_("would be added"),
    "changed": N_("would be changed"),
    "removed": N_("would be removed"),
}
"""Of a dry run."""

_KINDS = {
    "module": N_("module for logins by certificate"),
    "host": N_("program for the extension"),
}


def _options[F: Callable[..., None]](command: F) -> F:
    """Give a command the options that say which browsers are meant, and how it answers."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--system/--user",
            default=None,
            help="For everybody on this machine, or for you alone [default: --system for root].",
        ),
        click.option(
            "--extension",
            "extensions",
            multiple=True,
            metavar="NAME",
            help="Another extension that may call, by the name that a store gave it.",
        ),
        click.option(
            "--module",
            type=click.Path(dir_okay=False, path_type=Path),
            help="The PKCS#11 module, when not that of `caducee pkcs11 path`.",
        ),
    ):
        command = option(command)
    return command


_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")


@click.group()
def browser() -> None:
    """Let Firefox and Chromium reach the card: its module, and the program for the extension."""


@browser.command()
@_options
def status(
    module: Path | None, extensions: tuple[str, ...], system: bool | None, as_json: bool
) -> None:
    """Tell what is installed where; changes nothing."""
    _show(_installer(module, extensions, system).status(), as_json, done=False)


@browser.command()
@_dry_run
@_options
def install(
    module: Path | None,
    extensions: tuple[str, ...],
    system: bool | None,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Install everything that the browsers here allow; what is there already stays."""
    installer = _installer(module, extensions, system, install=True)
    _refuse_changeable(installer)
    _warn_of_shut(installer)
    _show(installer.install(dry_run=dry_run), as_json, done=True, dry_run=dry_run)


@browser.command()
@_dry_run
@_options
def remove(
    module: Path | None,
    extensions: tuple[str, ...],
    system: bool | None,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Undo the installation whole; what others put there stays."""
    results = _installer(module, extensions, system).remove(dry_run=dry_run)
    _show(results, as_json, done=True, dry_run=dry_run)


def _installer(
    module: Path | None, extensions: Iterable[str], system: bool | None, *, install: bool = False
) -> "Installer":
    from caducee.middleware.browsers import BrowserLocations, Installer

    path = _found(module) if install else _any(module)
    return Installer(BrowserLocations.here(system=system), path, extensions)


def _refuse_changeable(installer: "Installer") -> None:
    """Give everybody nothing that one user can change: that user's code would run for all.

    Raises `StateError` (``browser.program_changeable``).
    """
    from caducee.base.installation import only_root_changes, own_code

    if not installer.system:
        return
    for path in (*own_code(), *([installer.module] if installer.module else [])):
        if not only_root_changes(path):
            raise StateError("browser.program_changeable", path=str(path))


def _warn_of_shut(installer: "Installer") -> None:
    """Tell root when everybody is given a module that only root can load."""
    shut = _shut(installer.module) if installer.system and installer.module else None
    if shut is not None:
        text = _(
            "Only you can use this module: {path} is closed to other users. For everybody, install "
            "caducee in a folder that all may read."
        )
        click.echo(text.format(path=shut), err=True)


def _shut(file: Path) -> Path | None:
    """Return what keeps other users from reading a file: a folder above it, or itself."""
    folders = (
        parent for parent in reversed(file.parents) if not parent.stat().st_mode & stat.S_IXOTH
    )
    if (closed := next(folders, None)) is not None:
        return closed
    return None if file.stat().st_mode & stat.S_IROTH else file


def _found(named: Path | None) -> Path | None:
    """Return the module that is named, or that of this installation; report when there is none.

    Raises `StateError` (``cryptolib.module_missing``) when the named module does not exist.
    """
    from caducee.middleware.module import find_module

    if named is not None and not named.is_file():
        raise StateError("cryptolib.module_missing", place=str(named))
    try:
        return named.absolute() if named is not None else find_module()
    except StateError as error:
        say_error(error)
        return None


def _any(named: Path | None) -> Path:
    """Return the module to compare with, or nothing that could be one: it may be gone already."""
    from caducee.middleware.module import find_module

    try:
        return named.absolute() if named is not None else find_module()
    except StateError:
        return Path("/")


def _show(
    results: list["ComponentResult"], as_json: bool, *, done: bool, dry_run: bool = False
) -> None:
    if as_json:
        click.echo(json.dumps([_plain(item) for item in results], indent=1))
    else:
        said: set[str] = set()
        for result in results:
            click.echo(_line(result, done, dry_run=dry_run))
            if result.error is not None and str(result.error) not in said:
                said.add(str(result.error))  # the same for several browsers is reported once
                click.echo(f"    {result.error}\n    -> {result.error.advice()}")
        if dry_run:
            click.echo(_("Nothing was changed: this was a dry run."))
        elif done and any(item.outcome in ("added", "changed", "removed") for item in results):
            click.echo(_("Close all windows of the browsers and open them again."))
    if any(item.outcome == "failed" for item in results):
        sys.exit(Exit.FAILURE)


def _line(result: "ComponentResult", done: bool, *, dry_run: bool) -> str:
    part = result.part
    outcomes = _WOULD_BE if dry_run else _OUTCOMES
    what = _(outcomes[result.outcome]) if done else _(_STATES[result.state])
    form = "" if part.form == "package" else f" ({part.form})"
    name = part.browser or _("All browsers")
    return f"{name}{form}, {_(_KINDS[part.kind])}: {what}\n    {part.path}"


def _plain(result: "ComponentResult") -> dict[str, object]:
    error = result.error
    return {
        "browser": result.part.browser or None,
        "form": result.part.form.value,
        "kind": result.part.kind.value,
        "path": str(result.part.path),
        "state": result.state.value,
        "outcome": result.outcome.value,
        "error": {
            "code": error.code,
            "message": error.sentence(),
            "advice": error.advice(),
        }
        if error
        else None,
    }

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee demo``: from nothing to a verified login, step by step."""

import contextlib
import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caducee.base.i18n import gettext as _
from caducee.cli.exits import Exit
from caducee.cli.options import json_option

if TYPE_CHECKING:
    from caducee.sandbox.demo.model import Demonstration, DemoStep
    from caducee.sandbox.demo.run import Running

__all__ = ["demo"]


@click.command()
@click.option(
    "--card",
    type=click.Choice(["cps3", "cps3-cl", "cps4", "cps", "cpf", "cpe", "cde", "cpa", "cda"]),
    default="cps3",
    show_default=True,
    help="Which card: a generation and face, or a family.",
)
@click.option(
    "--place",
    type=click.Choice(["auto", "memory", "pcsc"]),
    default="auto",
    show_default=True,
    help="Where the card goes: into a reader of pcscd, or into memory.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("demo.html"),
    show_default=True,
    help="Where the report is written.",
)
@click.option(
    "--sandbox",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Make the sandbox here and leave it; without it, it is thrown away.",
)
@click.option("--keep", is_flag=True, help="Leave the portal up until interrupted.")
@json_option
def demo(
    card: str, place: str, report: Path, folder: Path | None, keep: bool, as_json: bool
) -> None:
    """Make a sandbox, issue a card, read it, and log in to the portal both ways.

    A card that cannot log in (cps3-cl) shows the refusal that is right for it. Ends with status 1
    when any check fails.
    """
    from caducee.sandbox.demo.cards import KINDS
    from caducee.sandbox.demo.readers import DemoReaderKind
    from caducee.sandbox.demo.report import write_report
    from caducee.sandbox.demo.run import demonstrate

    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "sandbox"
        notify = (lambda step: None) if as_json else _tell
        story, running = demonstrate(folder, KINDS[card], DemoReaderKind(place), notify, stack)
        write_report(story, report)
        if as_json:
            click.echo(json.dumps(story.to_json(), ensure_ascii=False, indent=2))
        else:
            _conclude(story, report)
        if keep:
            _stay(running)
    if not story.ok:
        sys.exit(Exit.FAILURE)


def _tell(step: "DemoStep") -> None:
    mark = click.style("✗", fg="red") if step.failure else click.style("✓", fg="green")
    apdus = f"{step.apdus:4d} APDU" if step.apdus else " " * 9
    click.echo(f"{mark} {step.title:<48} {step.ms:9.1f} ms {apdus}")
    for name, value in step.facts:
        click.echo(click.style(f"    {name}: {value}", dim=True))
    if step.failure:
        click.echo(click.style(f"    {step.failure}", fg="red"))


def _conclude(story: "Demonstration", report: Path) -> None:
    for login in story.logins:
        total = len(login.checks)
        passed = sum(check["outcome"] == "passed" for check in login.checks)
        by_certificate = _("Login by certificate: {passed} of {total} checks passed")
        by_token = _("Login by token: {passed} of {total} checks passed")
        text = by_certificate if login.method == "certificate" else by_token
        click.echo(text.format(passed=passed, total=total))
    if story.refusal:
        click.echo(_("Refused, as it must be: {code}").format(code=story.refusal))
    click.echo(_("Report: {path}").format(path=report))


def _stay(running: "Running") -> None:
    """Say how to reach what runs, and wait for an interrupt."""
    texts = (
        (_("Portal, TLS 1.2 with a certificate (CPS3)"), running.addresses.tls12),
        (_("Portal, TLS 1.3 with a certificate (CPS4)"), running.addresses.tls13),
        (_("Portal without a certificate"), running.addresses.open),
        (_("Root of the web server, for clients to trust"), running.server_root),
        (_("Card image"), running.card),
        (_("PIN and PUK of the card (those of test cards)"), "1234, 12345678"),
    )
    click.echo()
    for name, value in texts:
        click.echo(f"{name}: {value}")
    click.echo(_("Press Ctrl+C to end."))
    with contextlib.suppress(KeyboardInterrupt):
        signal.sigwait({signal.SIGINT, signal.SIGTERM})

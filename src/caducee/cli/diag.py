# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee diag``: what keeps the card from working, and what cures it."""

import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caducee.base import catalogue
from caducee.base.errors import ConfigError
from caducee.base.i18n import gettext as _
from caducee.cli.card_use import online_option
from caducee.cli.diag_collect import collect
from caducee.cli.exits import Exit
from caducee.cli.options import existing_file, json_option, world_option
from caducee.cli.screen import need_screen

if TYPE_CHECKING:
    from caducee.base.secret import Secret
    from caducee.diagnosis.cures import Cure, CureContext
    from caducee.diagnosis.model import Report
    from caducee.diagnosis.session import DiagnosisOptions

__all__ = ["diag"]

_FILE = existing_file


@click.group(invoke_without_command=True)
@click.option("--reader", default="", help="The reader to look at [default: one with a CPS].")
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="NAME=URL",
    help="A service that logins need; several may be.",
)
@click.option(
    "--optional",
    multiple=True,
    metavar="NAME=URL",
    help="A service that logins do not need; several may be.",
)
@click.option("--portal", metavar="URL", help="The portal's address for certificates, TLS 1.2.")
@click.option("--portal13", metavar="URL", help="The portal's address for certificates, TLS 1.3.")
@click.option("--server-authorities", type=_FILE, help="Who issues the services' certificates.")
@world_option("The world whose authorities judge the card, and whose portal is asked.")
@click.option("--anchors", type=_FILE, multiple=True, help="Trusted roots of cards, PEM or DER.")
@click.option("--authorities", type=_FILE, multiple=True, help="Authorities below the roots.")
@click.option("--crl", "lists", type=_FILE, multiple=True, help="A revocation list.")
@online_option
@click.option("--with-pin", is_flag=True, help="Ask for the PIN: try the keys, and log in.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 600),
    default=30.0,
    show_default=True,
    help="Seconds that the card may take.",
)
@click.option("--window", is_flag=True, help="Show a window.")
@json_option
@click.option("--codes", is_flag=True, help="List every code of the diagnosis.")
@click.option("--cures", is_flag=True, help="List the cures that can be applied.")
@click.option("--apply", "applied", metavar="CURE", help="Apply a cure.")
@click.option("--undo", "undone", metavar="CURE", help="Undo a cure that was applied.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a file for the support; it names nobody.",
)
@click.option("--name", "names", multiple=True, help="A name that the report must not hold, too.")
@click.option("--replay", type=_FILE, help="Diagnose from a report, not this machine.")
@click.pass_context
def diag(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401 (click decides)
    """Find what keeps the card from working; name the cause and the cure.

    Looks at everything from the disk to the login, in the order in which things depend on each
    other, and changes nothing. Ends with 0 when no error was found; what was not checked is
    named. Trusted authorities and services that are not named come from the sandbox that
    CADUCEE_SANDBOX names, else from /etc/caducee/site.toml, else from /etc/caducee/trust.

    With an error it ends with 10 when the first lies in the machine, 11 in PC/SC or readers, 12 in
    the card, 13 in its certificates, 14 in programs, 15 in the network.
    """
    as_json = bool(options["as_json"])
    if context.invoked_subcommand is not None:
        return
    if options["codes"]:
        _show_codes(as_json)
    elif options["cures"]:
        _show_cures(as_json)
    elif options["applied"] and options["undone"]:
        raise click.UsageError(_("Either --apply or --undo."))
    elif options["applied"]:
        _apply(options["applied"], options, as_json)
    elif options["undone"]:
        _undo(options["undone"], as_json)
    elif options["window"]:
        _open_window(options)
    else:
        _diagnose(options, as_json)


diag.add_command(collect)


def _open_window(options: dict[str, Any]) -> None:
    try:
        from caducee.desktop.diagnosis.app import run
    except ImportError as error:
        raise ConfigError("desktop.qt_missing", reason=str(error)) from None
    need_screen()
    sys.exit(run(_options(options)))


def _show_codes(as_json: bool) -> None:
    from caducee.diagnosis.plain import code_as_plain

    found = [entry for entry in catalogue.entries() if entry.code.startswith("diag.")]
    if as_json:
        click.echo(
            json.dumps({"codes": [code_as_plain(entry) for entry in found]}, ensure_ascii=False)
        )
        return
    for item in found:
        click.echo(f"{item.code}\n    {_(item.sentence)}\n    {_(item.consequence)}")
        click.echo(f"    -> {_(item.advice)}")


def _workshop() -> "CureContext":
    from caducee.diagnosis.cures import CureContext
    from caducee.diagnosis.machine import MachineRoot

    return CureContext(MachineRoot.here())


def _show_cures(as_json: bool) -> None:
    from caducee.diagnosis.cures import CURES, applied, changed

    done = applied(_workshop())
    if as_json:
        listed = [_cure(item) | _applied(item, done.get(item.name)) for item in CURES]
        click.echo(json.dumps({"cures": listed}, ensure_ascii=False))
        return
    for cure in CURES:
        words = [_("needs root")] if cure.needs_root else []
        words += [_("can be undone")] if cure.undo is not None else []
        words += [_("applied")] if cure.name in done else []
        click.echo(f"{cure.name:<22}{_(cure.title)}" + (f" ({', '.join(words)})" if words else ""))
        if cure.name in done:
            click.echo(f"{'':<22}{changed(cure, done[cure.name])}")
            click.echo(f"{'':<22}{_undo_line(cure)}")


def _undo_line(cure: "Cure") -> str:
    from caducee.diagnosis.cures import command_line

    command = command_line("--undo", cure.name, needs_root=cure.needs_root)
    return _("Undo it with: {command}").format(command=command)


def _applied(cure: "Cure", kept: dict[str, str] | None) -> dict[str, Any]:
    from caducee.diagnosis.cures import changed

    return {
        "applied": kept is not None,
        "changed": changed(cure, kept) if kept is not None else None,
    }


def _cure(cure: "Cure") -> dict[str, Any]:
    return {
        "name": cure.name,
        "title": _(cure.title),
        "root": cure.needs_root,
        "undo": cure.undo is not None,
    }


def _apply(name: str, options: dict[str, Any], as_json: bool) -> None:
    """Apply a cure, and tell whether it helped; ends with a failure when it did not."""
    from caducee.diagnosis.cures import apply_and_verify, cure_named
    from caducee.diagnosis.session import run_checks

    cure_named(name)  # an unknown one is reported before anything is looked at
    treated = apply_and_verify(name, _workshop(), partial(run_checks, _options(options)))
    cure = treated.cure
    if as_json:
        left = [item.code for item in treated.left]
        done = {"done": "applied", "helped": treated.helped, "left": left}
        click.echo(json.dumps(_cure(cure) | done))
    else:
        click.echo(treated.text())
        if cure.undo is not None:
            click.echo(_undo_line(cure))
    if treated.helped is False:
        sys.exit(Exit.FAILURE)


def _undo(name: str, as_json: bool) -> None:
    from caducee.diagnosis.cures import undo

    cure = undo(name, _workshop())
    if as_json:
        click.echo(json.dumps(_cure(cure) | {"done": "undone"}))
        return
    click.echo(_("Undone: {title}.").format(title=_(cure.title)))


def _diagnose(options: dict[str, Any], as_json: bool) -> None:
    from caducee.base.files import write_atomic
    from caducee.diagnosis.areas import STATUS, area_of
    from caducee.diagnosis.session import DiagnosisSession

    def notify(title: str, part: float) -> None:
        if not as_json and sys.stderr.isatty():
            click.echo(f"\r\x1b[K{part:4.0%}  {title} …", err=True, nl=False)

    if options["report"] and options["replay"]:
        raise click.UsageError(
            _("Either --report or --replay: a report is written on the machine that it describes.")
        )
    asked = _options(options)
    session = DiagnosisSession(asked)
    report = session.run(notify)
    session.close()
    if not as_json and sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)
    if as_json:
        _print_json(report, asked)
    else:
        _show(report, asked)
    if options["report"]:  # last: what was found is reported, even where no report can be written
        write_atomic(options["report"], session.bundle())
        click.echo(_("Saved: {path}").format(path=options["report"]), err=True)
    if (area := area_of(report)) is not None:
        sys.exit(STATUS[area])


def _options(options: dict[str, Any]) -> "DiagnosisOptions":
    from caducee.cli.manager_ports import judge_of
    from caducee.cli.site import diagnosis_options
    from caducee.diagnosis.session import DiagnosisOptions

    if options["replay"]:
        return DiagnosisOptions(
            reader=options["reader"], names=options["names"], replay=options["replay"]
        )
    site = diagnosis_options(options["sandbox"])
    named = {"1.2": options["portal"], "1.3": options["portal13"]}
    portal = {version: url for version, url in named.items() if url}
    return replace(
        site,
        reader=options["reader"],
        services=dict(map(_pair, options["services"])) or site.services,
        optional=dict(map(_pair, options["optional"])) or site.optional,
        portal=portal or site.portal,
        server_authorities=options["server_authorities"] or site.server_authorities,
        judge=judge_of(
            options["sandbox"],
            options["anchors"],
            options["authorities"],
            options["lists"],
            online=options["online"],
        ),
        code=_code(options),
        timeout=options["timeout"],
        names=options["names"],
    )


def _pair(text: str) -> tuple[str, str]:
    name, _equals, url = text.partition("=")
    if not name or not url.startswith(("http://", "https://")):
        raise click.UsageError(_("Write a service as NAME=https://address."))
    return name, url


def _code(options: dict[str, Any]) -> "Secret | None":
    from caducee.base.secret import Secret

    if not options["with_pin"]:
        return None
    return Secret.of(click.prompt(_("Card PIN"), hide_input=True, err=True))


def _print_json(report: "Report", asked: "DiagnosisOptions") -> None:
    from caducee.base.clock import SystemClock
    from caducee.diagnosis.plain import report_as_plain

    plain = report_as_plain(report)
    if asked.replay is None:
        made = SystemClock().now().isoformat(timespec="seconds")
        plain |= {"made": made, "support": asked.support or None}
    click.echo(json.dumps(plain, ensure_ascii=False))


def _show(report: "Report", asked: "DiagnosisOptions") -> None:
    from caducee.diagnosis.plain import checks_as_text, finding_as_text, summary

    click.echo(summary(report))
    for finding in report.findings:
        click.echo("\n" + finding_as_text(finding))
        if finding.cure:
            click.echo("     " + _offer(finding.cure, asked.replay is not None))
    click.echo("\n" + checks_as_text(report.results))
    if asked.support and report.healthy is False:
        text = _("If the cures do not help, call the support: {telephone}")
        click.echo("\n" + text.format(telephone=asked.support))


def _offer(name: str, elsewhere: bool) -> str:
    """Return how a cure is applied; one of another machine must not be applied here."""
    from caducee.diagnosis.cures import command_line, cure_named

    root = cure_named(name).needs_root
    if elsewhere:
        command = ("sudo " if root else "") + f"caducee diag --apply {name}"
        return _("Or let it be done on that machine: {command}").format(command=command)
    return _("Or let it be done: {command}").format(
        command=command_line("--apply", name, needs_root=root)
    )

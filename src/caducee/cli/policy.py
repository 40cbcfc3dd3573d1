# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee policy``: how a card behaves at this workstation."""

import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caducee.base.i18n import gettext as _
from caducee.cli.card_use import (
    PinSource,
    card_in_use,
    last_try,
    pin_file,
    reader_option,
    spare_the_last_try,
)
from caducee.cli.signals import ENDS, hold

if TYPE_CHECKING:
    from caducee.cryptolib.card import CpsCard
    from caducee.cryptolib.model import CardActivity
    from caducee.middleware.session_policy import SessionPolicy, Transition
    from caducee.middleware.session_policy.watching import Watcher

__all__ = ["policy"]

_settings = click.option(
    "--settings",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Another file than ~/.config/caducee/cryptolib.toml.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


@click.group()
def policy() -> None:
    """How a card behaves at this workstation: when a session opens, locks, resumes and ends.

    The rules are the table [session_policy] of the settings.
    """


@policy.command()
@_settings
@_json
def show(settings: Path | None, as_json: bool) -> None:
    """Print the rules in force."""
    rules = _loaded(settings)
    values = {name: getattr(rules, name) for name in rules.__struct_fields__}
    if as_json:
        click.echo(json.dumps(values))
        return
    for name, value in values.items():
        click.echo(f"{name:<16}  {json.dumps(value)}")


@policy.command()
@_settings
@_json
@click.option("--service", default="", help="Open a session for this service: ask for the PIN.")
@click.option("--why", default="", help="What the service does with it; shown to the holder.")
@click.option(
    "--on",
    "commands",
    type=(str, str),
    multiple=True,
    metavar="EFFECT COMMAND",
    help="Run a command at an effect, e.g. lock-session; several may be.",
)
def watch(
    settings: Path | None,
    as_json: bool,
    service: str,
    why: str,
    commands: tuple[tuple[str, str], ...],
) -> None:
    """Run the rules on the readers, and print each step, until interrupted.

    Without --service cards are shown and nobody is asked. SIGUSR1 logs everybody out. A command of
    --on is run without a shell, and finds CADUCEE_EFFECT, CADUCEE_CARD, CADUCEE_READER,
    CADUCEE_STATE.
    """
    chosen = _chosen(commands)
    ends = {*ENDS, signal.SIGUSR1}
    hold()
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with _watching(settings, service, why, _StepPrinter(as_json, chosen)) as watcher:
        while signal.sigwait(ends) is signal.SIGUSR1:
            watcher.log_out()


@policy.command()
@click.option("--service", required=True, help="The service to work with.")
@click.option("--choose", default="", metavar="KEY", help="Choose this activity.")
@click.option("--remember", is_flag=True, help="Use the choice for this service from now on.")
@click.option("--forget", is_flag=True, help="Forget what was remembered, and ask anew.")
@click.option("--list", "listed", is_flag=True, help="List the activities; choose none.")
@reader_option
@pin_file
@last_try
@_json
def activity(**options: Any) -> None:  # noqa: ANN401 (click decides)
    """Print the activity of the card's holder to work in with a service.

    An only one is taken without a word, and so is the one that is remembered. Of several the holder
    chooses, here or by --choose.
    """
    from caducee.base.errors import CardError
    from caducee.middleware.session_policy.activity import (
        ActivityMemory,
        activity_key,
        choose_activity,
    )

    memory, service = ActivityMemory(), options["service"]
    with card_in_use(options["reader"]) as (_reader, card):
        icc = card.identity.icc
        if options["forget"]:
            memory.forget(icc, service)
        found = _activities(card, options)
        default = memory.default(icc, service)
    if options["listed"]:
        for item in found:
            click.echo(_shown(item, options["as_json"], default))
        return
    chosen = choose_activity(found, options["choose"], default)
    if chosen is None and found:
        chosen = _asked(found)
    if chosen is None:
        raise CardError("session_policy.activity_none")
    if options["remember"]:
        memory.remember(icc, service, activity_key(chosen))
        default = activity_key(chosen)
    click.echo(_shown(chosen, options["as_json"], default))


def _activities(card: "CpsCard", options: Mapping[str, Any]) -> "tuple[CardActivity, ...]":
    """Return the activities of a card, behind its PIN."""
    from caducee.cryptolib.pin_tasks import PinTask, read_pin_status

    seen = read_pin_status(card)
    if seen.pin is not None:
        spare_the_last_try(seen, PinTask.ENTER, use=options["last_try"])
        pin = PinSource(options["pin_file"]).ask(_("Card PIN"))
        try:
            card.verify(pin)
        finally:
            pin.wipe()
    return card.activities()


def _asked(found: "Sequence[CardActivity]") -> "CardActivity":
    """Let the holder choose at the terminal. Raises `CardError` where there is none."""
    from caducee.base.errors import CardError

    if not sys.stdin.isatty():
        raise CardError("session_policy.activity_needed", count=len(found))
    for number, item in enumerate(found, 1):
        click.echo(f"{number}  {_shown(item, False, '')}", err=True)
    text = _("In which activity are you working?")
    number = click.prompt(text, type=click.IntRange(1, len(found)), err=True)
    return found[number - 1]


def _shown(item: "CardActivity", as_json: bool, default: str) -> str:
    from caducee.middleware.session_policy.activity import activity_key

    key = activity_key(item)
    fields = {
        "key": key,
        "structure": item.structure_name,
        "structure_id": item.structure_idnat,
        "sector": item.sector,
        "remembered": key == default,
    }
    return json.dumps(fields, ensure_ascii=False) if as_json else f"{key}  {item.structure_name}"


def _chosen(commands: tuple[tuple[str, str], ...]) -> Mapping[str, list[list[str]]]:
    """Return the commands by the name of their effect."""
    from caducee.middleware.session_policy import Effect

    known = {_name(member): member for member in Effect}
    found: dict[str, list[list[str]]] = {}
    for effect, command in commands:
        if effect not in known:
            names = ", ".join(known)
            raise click.UsageError(
                _("Effect {name} not found; known effects: {names}.").format(
                    name=effect, names=names
                )
            )
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise click.UsageError(f"{command}: {error}") from error
        found.setdefault(effect, []).append(words)
    return found


def _name(value: object) -> str:
    return str(getattr(value, "name", value)).lower().replace("_", "-")


def _loaded(settings: Path | None) -> "SessionPolicy":
    from caducee.middleware.daemon.settings import load_settings

    found, trouble = load_settings(settings)
    if trouble is not None:
        raise trouble
    return found.session_policy


@contextmanager
def _watching(
    settings: Path | None, service: str, why: str, printer: "_StepPrinter"
) -> Iterator["Watcher"]:
    """Run the engine in a thread of its own; what ends it ends the command."""
    import msgspec

    from caducee.middleware.daemon.reader_contexts import open_reader_contexts
    from caducee.middleware.daemon.settings import load_settings
    from caducee.middleware.session_policy import PinPurpose
    from caducee.middleware.session_policy.watching import Watcher
    from caducee.middleware.tracing import Tracer
    from caducee.middleware.webhost.holder_prompts import AskedHolder, asker

    rules = _loaded(settings)
    found, _trouble = load_settings(settings)
    asking = msgspec.structs.replace(found.pin_entry, least_seconds=0.0)
    tracer, who = Tracer("policy", found.trace), asker()
    context = open_reader_contexts(found.readers)
    purpose = PinPurpose(service, why) if service else None
    watcher = Watcher(
        context, rules, printer, consent=lambda: AskedHolder(asking, who, tracer), purpose=purpose
    )
    failures: list[BaseException] = []

    def run() -> None:
        try:
            watcher.run()
        except BaseException as error:
            failures.append(error)
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=run, name="policy", daemon=True)
    thread.start()
    try:
        yield watcher
    finally:
        watcher.stop()
        thread.join(10)
        context.close()
        tracer.close()
    for error in failures:
        raise error


class _StepPrinter:
    """Prints steps, and runs the commands that were asked for."""

    def __init__(self, as_json: bool, commands: Mapping[str, list[list[str]]]) -> None:
        self._as_json = as_json
        self._commands = commands
        self._children: list[int] = []

    def __call__(self, step: "Transition") -> None:
        click.echo(json.dumps(_plain(step)) if self._as_json else _line(step))
        for effect in step.effects:
            for words in self._commands.get(_name(effect), ()):
                self._run(words, _name(effect), step)

    def _run(self, words: list[str], effect: str, step: "Transition") -> None:
        known = {
            "CADUCEE_EFFECT": effect,
            "CADUCEE_CARD": step.after.label,
            "CADUCEE_READER": step.after.reader,
            "CADUCEE_STATE": step.after.state.value,
        }
        self._children = [item for item in self._children if os.waitpid(item, os.WNOHANG)[0] == 0]
        try:
            child = os.posix_spawnp(
                words[0],
                words,
                os.environ | known,
                file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
                setsigmask=(),  # what ends this command is blocked here, and must not be there
            )
            self._children.append(child)
        except OSError as error:
            click.echo(f"{words[0]}: {error.strerror}", err=True)


def _plain(step: "Transition") -> dict[str, object]:
    return {
        "card": step.after.label,
        "reader": step.after.reader,
        "event": step.event.value,
        "before": step.before.state.value,
        "after": step.after.state.value,
        "usable": step.after.usable,
        "effects": [_name(effect) for effect in step.effects],
        "service": step.purpose.service,
        "why": step.purpose.why,
    }


def _line(step: "Transition") -> str:
    effects = ", ".join(_(effect.value) for effect in step.effects)
    way = f"{_(step.before.state.value)} -> {_(step.after.state.value)}"
    return f"{step.after.label:<10}  {_(step.event.value):<16}  {way:<24}  {effects}".rstrip()

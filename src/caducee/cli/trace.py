# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee trace``: what programs and cards said to each other."""

import datetime as dt
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from caducee.base.i18n import gettext as _
from caducee.cli.signals import ENDS, hold

if TYPE_CHECKING:
    from caducee.middleware.tracing import TraceRecord
    from caducee.reader.transcript import Transcript
    from caducee.reader.transport import Transport

__all__ = ["trace"]

_out = click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A file of mode 0600; else the screen."
)
_TIME = click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"])


@click.group()
def trace() -> None:
    """What programs and cards said: join, filter, replay, show, anonymise.

    Trace with CADUCEE_TRACE=calls or apdus, or by the table [trace] of the settings.
    """


def _reading[**P](command: Callable[P, None]) -> Callable[..., None]:
    """Give a command files and filters; it gets the records that are asked for."""

    @click.argument("files", nargs=-1, type=click.Path(path_type=Path))
    @click.option("--since", type=_TIME, help="UTC.")
    @click.option("--until", type=_TIME, help="UTC.")
    @click.option("--program", default="", help="Part of its path, its process, or a site.")
    @click.option("--function", default="", help="E.g. C_Sign.")
    @click.option("--id", "trace_id", default="", help="The beginning of a trace id.")
    @click.option("--failed", is_flag=True, help="Only what belongs to a failure.")
    @wraps(command)
    def read(  # noqa: PLR0913
        *args: Any,  # noqa: ANN401 (click decides)
        files: tuple[Path, ...],
        since: dt.datetime | None,
        until: dt.datetime | None,
        program: str,
        function: str,
        trace_id: str,
        failed: bool,
        **kwargs: Any,  # noqa: ANN401 (click decides)
    ) -> None:
        from caducee.middleware.tracing.reading import TraceFilter

        chosen = TraceFilter(
            since=since and since.replace(tzinfo=dt.UTC),
            until=until and until.replace(tzinfo=dt.UTC),
            program=program,
            function=function,
            trace=trace_id.lower(),
            failed=failed,
        )
        command(_chosen(files, chosen.keep), *args, **kwargs)  # type: ignore[arg-type]

    return read


def _chosen(
    files: tuple[Path, ...], keep: "Callable[[tuple[TraceRecord, ...]], list[TraceRecord]]"
) -> "list[TraceRecord]":
    from caducee.base.errors import FormatError
    from caducee.middleware.tracing import trace_files
    from caducee.middleware.tracing.reading import read_traces

    paths: list[Path] = []
    for file in files or (_folder(),):
        paths += trace_files(file) if file.is_dir() else [file]
    found = read_traces(paths)
    if found.damaged:
        text = _("{count} damaged lines were passed over.")
        click.echo(text.format(count=found.damaged), err=True)
    records = keep(found.records)
    if not records:
        raise FormatError("trace.empty")
    return records


def _folder() -> Path:
    from caducee.middleware.daemon.settings import load_settings
    from caducee.middleware.tracing.settings import from_environment

    return from_environment(load_settings()[0].trace)[1]


def _put(data: bytes, output: Path | None) -> None:
    from caducee.base.files import write_atomic

    if output is None:
        click.echo(data, nl=False)
    else:
        write_atomic(output, data)


@trace.command()
def folder() -> None:
    """Print the folder of the traces."""
    click.echo(_folder())


@trace.command()
@_reading
@_out
def join(records: "list[TraceRecord]", output: Path | None) -> None:
    """Put traces of several processes together in order of time, as JSON lines.

    FILES are trace files or folders of them; by default, the folder of the traces.
    """
    from caducee.middleware.tracing.reading import write_lines

    _put(write_lines(records), output)


@trace.command()
@_reading
def show(records: "list[TraceRecord]") -> None:
    """Print traces for people, one line for each call or command."""
    from caducee.middleware.tracing.reading import shown_line

    for record in records:
        click.echo(shown_line(record))


@trace.command("html")
@_reading
@click.option("--title", default="", help="Title of the page.")
@_out
def as_html(records: "list[TraceRecord]", title: str, output: Path | None) -> None:
    """Write a page that shows a trace; it needs no other file."""
    from caducee.middleware.tracing.html import page

    _put(page(records, title).encode(), output)


@trace.command()
@_reading
@click.option("--name", "names", multiple=True, help="A name to look for too; several may be.")
@_out
def anonymise(records: "list[TraceRecord]", names: tuple[str, ...], output: Path | None) -> None:
    """Write a trace that names nobody, in no encoding, so that it may be passed on.

    Names and numbers get random ones in their places; the map is not kept.
    """
    from caducee.middleware.tracing.anonymise import anonymise as without_names
    from caducee.middleware.tracing.reading import write_lines

    _put(write_lines(without_names(records, names)), output)


@trace.command()
@_reading
@click.option("--reader", default="", help="The reader whose dialogue is wanted.")
@_out
def transcript(records: "list[TraceRecord]", reader: str, output: Path | None) -> None:
    """Write the dialogue with a card as a transcript."""
    from caducee.middleware.tracing.replay import to_transcript

    _put(to_transcript(records, reader).encode(), output)


def _dialogue(records: "list[TraceRecord]", reader: str) -> "Transcript":
    from caducee.middleware.tracing.replay import to_transcript
    from caducee.reader.transcript import Transcript

    return Transcript.parse(to_transcript(records, reader))


@trace.command()
@_reading
@click.option("--reader", default="", help="The reader of the trace whose dialogue is replayed.")
@click.option("--socket", type=click.Path(path_type=Path), help="The card at this local socket.")
@click.option("--into", default="", help="The PC/SC reader of the card; by default, the first one.")
def replay(records: "list[TraceRecord]", reader: str, socket: Path | None, into: str) -> None:
    """Send the commands of a trace to a card again, and compare its answers.

    Commands that carried a PIN are left out: a replay costs no try.
    """
    from caducee.base.errors import ReaderError
    from caducee.middleware.tracing.replay import against

    card = _card(socket, into)
    different = 0
    try:
        for step in against(_dialogue(records, reader), card):
            click.echo(f"{step.outcome:<9}  {step.command}")
            if step.outcome == "different":
                different += 1
                click.echo(f"{'':9}  - {step.expected}\n{'':9}  + {step.got}")
    finally:
        card.close()
    if different:
        raise ReaderError("trace.differs", count=different)


def _card(socket: Path | None, name: str) -> "Transport":
    from caducee.base.errors import ReaderError
    from caducee.reader.pcsc import PcscContext
    from caducee.reader.socket import SocketReader

    if socket is not None:
        return SocketReader(socket).connect()
    with PcscContext() as context:
        readers = context.readers()
        if not readers:
            raise ReaderError("reader.no_reader")
        return (context.reader(name) if name else readers[0]).connect()


@trace.command()
@_reading
@click.option("--reader", default="", help="The reader of the trace whose card is played.")
@click.option("--socket", type=click.Path(path_type=Path), required=True, help="Where to serve.")
def play(records: "list[TraceRecord]", reader: str, socket: Path) -> None:
    """Be the card of a trace, at a local socket, until interrupted.

    It gives the recorded answers to the recorded commands, and takes any PIN for the one that was
    entered. The setting readers.sockets makes the Cryptolib see it.
    """
    from caducee.middleware.tracing.replay import RecordedChip
    from caducee.virtualcard.plug.socket import SocketPlug

    chip = RecordedChip(_dialogue(records, reader))
    hold()
    plug = SocketPlug(chip, socket)
    plug.start()
    click.echo(_("The recorded card is at {path}.").format(path=socket))
    click.echo(_("Press Ctrl+C to end."), err=True)
    try:
        signal.sigwait(ENDS)
    finally:
        plug.stop()

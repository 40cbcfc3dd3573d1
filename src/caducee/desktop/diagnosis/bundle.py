# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The support bundle: what was asked and answered, and the dialogue with the card, naming nobody.

It is a trace (`caducee.cryptolib.tracing`): each answer is a note whose text is JSON, so that
``caducee trace show`` reads it too, and it is anonymised as traces are. Replayed anywhere, it
gives the findings that were given where it was written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from caducee.base.clock import Clock
from caducee.base.errors import FormatError
from caducee.cryptolib.tracing import Kind, Record
from caducee.cryptolib.tracing.anonymise import anonymise
from caducee.cryptolib.tracing.reading import read_traces, write_lines
from caducee.desktop.diagnosis.checks import CHECKS
from caducee.desktop.diagnosis.engine import run
from caducee.desktop.diagnosis.facts import ServiceFacts
from caducee.desktop.diagnosis.probes import ToldProbes, answer_from_json
from caducee.desktop.diagnosis.scene import Scene

__all__ = ["bundle", "read_bundle"]

_SOURCE: Final = "diagnosis"
_QUESTION: Final = "probe "


def bundle(
    answers: Mapping[str, Any],
    dialogue: Sequence[Record],
    clock: Clock,
    *,
    names: Iterable[str] = (),
    reader: str = "",
    home: Path | None = None,
) -> bytes:
    """Return the file. ``names`` are looked for beside those that are found: of the holder on the
    card, of this user, of this machine, of the services. The bundle is replayed before it is
    given away: it must tell the same codes.

    Raises `StateError` (``trace.name_survives``), `FormatError` (``diag.report_damaged``).
    """
    folder = str(Path.home() if home is None else home)
    notes = [_note(question, answer, folder, clock) for question, answer in answers.items()]
    made = anonymise([*notes, *_hosts(answers, clock), *dialogue], names)
    if _codes(dict(_answers(made)), reader) != _codes(answers, reader):
        raise FormatError("diag.report_damaged", reason="a name is part of an answer")
    return write_lines(made)


def _codes(answers: Mapping[str, Any], reader: str) -> list[str]:
    report = run(Scene(ToldProbes(answers), reader), CHECKS)
    return [one.code for one in report.findings]


def _note(question: str, answer: object, home: str, clock: Clock) -> Record:
    text = msgspec.json.encode(answer).decode()
    if home not in ("", "/"):
        text = text.replace(home + "/", "~/")
    function = _QUESTION + question
    return Record(at=clock.now(), kind=Kind.NOTE, source=_SOURCE, function=function, text=text)


def _hosts(answers: Mapping[str, Any], clock: Clock) -> Iterator[Record]:
    """Yield a note for each host that was asked: hosts of notes are anonymised as sites."""
    for one in answers.get("services", ()):
        for address in (one.address, one.proxy) if isinstance(one, ServiceFacts) else ():
            if address:
                yield Record(at=clock.now(), kind=Kind.NOTE, source="site", site=f"//{address}")


def _answers(records: Iterable[Record]) -> Iterator[tuple[str, Any]]:
    for one in records:
        if one.source == _SOURCE and one.function.startswith(_QUESTION):
            question = one.function.removeprefix(_QUESTION)
            yield question, answer_from_json(question, one.text)


def read_bundle(path: Path) -> ToldProbes:
    """Return the probes of a bundle, for another diagnosis.

    Raises `FormatError` (``diag.report_damaged``, ``trace.unreadable``).
    """
    found = read_traces([path])
    answers = dict(_answers(found.records))
    if found.damaged or not answers:
        raise FormatError("diag.report_damaged", reason=f"{found.damaged} lines")
    return ToldProbes(answers)

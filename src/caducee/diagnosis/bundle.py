# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The support bundle: what was asked and answered, and the dialogue with the card, anonymised.

It is a trace (`caducee.middleware.tracing`): each answer is a note whose text is JSON, so that
``caducee trace show`` reads it too, and it is anonymised as traces are. Replayed anywhere, it
gives the findings that were given where it was written.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from caducee.base import catalogue
from caducee.base.clock import Clock
from caducee.base.errors import FormatError, StateError
from caducee.base.runtime import user_home
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.engine import run
from caducee.diagnosis.facts import ServiceFacts
from caducee.diagnosis.identifying import identifiers, services_without_names
from caducee.diagnosis.probes import RecordedProbes, answer_from_json
from caducee.middleware.tracing import RecordKind, TraceRecord
from caducee.middleware.tracing.anonymise import anonymise
from caducee.middleware.tracing.reading import read_traces, write_lines

__all__ = ["anonymous_probes", "bundle", "read_bundle"]

_SOURCE: Final = "diagnosis"
_QUESTION: Final = "probe "
_WORDS: Final = frozenset(
    "installed absent other impossible broken answers hung stale refuses crowded snap flatpak "
    "early release authority list server "
    "package module host policy authentication signature technical right wrong usb pcsc active "
    "inactive "
    "masked failed name route refused silent tls expired untrusted hostname answer captive login "
    "handshake version no_certificate cache state run temporary 1.2 1.3 Linux Firefox Chromium "
    "cps3-contact cps3-contactless cps4 scdaemon caducee".split()
)
"""Words that the probes choose themselves: they identify no one, and the checks read them."""


def bundle(
    answers: Mapping[str, Any],
    dialogue: Sequence[TraceRecord],
    clock: Clock,
    *,
    names: Iterable[str] = (),
    reader: str = "",
    home: Path | None = None,
) -> bytes:
    """Return the file. ``names`` are looked for beside those that are found: of the holder on the
    card, of this user, of this machine, of the services. The bundle is replayed before it is
    given away: it must give the same codes.

    Raises `StateError` (``trace.name_survives``, ``diag.report_unfaithful``).
    """
    notes, rest, _ = _anonymous(answers, dialogue, clock, names, reader, home)
    return write_lines([*notes, *rest])


def anonymous_probes(
    answers: Mapping[str, Any],
    dialogue: Sequence[TraceRecord],
    clock: Clock,
    *,
    names: Iterable[str] = (),
    reader: str = "",
    home: Path | None = None,
) -> tuple[RecordedProbes, str]:
    """Return the answers as a bundle holds them, and what ``reader`` is called there. The dialogue
    names the holder.

    Raises as `bundle`.
    """
    notes, _, called = _anonymous(answers, dialogue, clock, names, reader, home)
    return RecordedProbes(dict(_answers(notes))), called


def _anonymous(
    answers: Mapping[str, Any],
    dialogue: Sequence[TraceRecord],
    clock: Clock,
    names: Iterable[str],
    reader: str,
    home: Path | None,
) -> tuple[list[TraceRecord], list[TraceRecord], str]:
    """Return the answers as notes, the rest of the bundle, and the new name of the reader."""
    own = services_without_names(answers)
    texts = [item for item in _texts(answers) if item not in own]
    said = [_note(clock, "text", _homeless(item, home)) for item in texts]
    known = [*names, *identifiers(answers)]
    made = anonymise([*said, *_hosts(answers, clock), *dialogue], known)
    map_ = own | {text: item.text for text, item in zip(texts, made, strict=False)}
    answers_ = {_renamed(item, map_): _put_back(found, map_) for item, found in answers.items()}
    notes = [
        _note(clock, _QUESTION + question, msgspec.json.encode(item).decode())
        for question, item in answers_.items()
    ]
    called = map_.get(reader, reader)
    if _codes(dict(_answers(notes)), called) != _codes(answers, reader):
        raise StateError("diag.report_unfaithful")
    return notes, made[len(texts) :], called


def _note(clock: Clock, function: str, text: str) -> TraceRecord:
    return TraceRecord(
        at=clock.now(), kind=RecordKind.NOTE, source=_SOURCE, function=function, text=text
    )


def _homeless(text: str, home: Path | None) -> str:
    folder = str(user_home() if home is None else home)
    if folder in ("", "/"):
        return text
    return text.replace(folder + "/", "~/") if text != folder else "~"


def _texts(answers: Mapping[str, Any]) -> list[str]:
    """Return every text of the answers that is not a word of ours, each once."""
    found = dict.fromkeys(question.partition(":")[2] for question in answers)
    for answer in answers.values():
        _walk(_plain(answer), found.setdefault)
    ours = _WORDS | {entry.code for entry in catalogue.entries()}
    return [item for item in found if item and item not in ours]


def _plain(answer: object) -> object:
    return msgspec.to_builtins(answer, builtin_types=(dt.datetime, dt.date))


def _walk(value: Any, each: Callable[[str], str | None]) -> Any:  # noqa: ANN401 (JSON)
    """Return JSON with each text replaced by what ``each`` returns, if anything."""
    if isinstance(value, str):
        return each(value) or value
    if isinstance(value, dict):
        return {key: _walk(item, each) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(item, each) for item in value]
    return value


def _put_back(answer: object, map_: Mapping[str, str]) -> Any:  # noqa: ANN401 (JSON)
    return _walk(_plain(answer), map_.get)


def _renamed(question: str, map_: Mapping[str, str]) -> str:
    name, colon, reader = question.partition(":")
    return name + colon + map_.get(reader, reader)


def _hosts(answers: Mapping[str, Any], clock: Clock) -> Iterator[TraceRecord]:
    """Yield a note for each host that was asked: hosts of notes are anonymised as sites."""
    for question in answers.get("services", ()):
        for address in (
            (question.address, question.proxy) if isinstance(question, ServiceFacts) else ()
        ):
            if address:
                yield TraceRecord(
                    at=clock.now(), kind=RecordKind.NOTE, source="site", site=f"//{address}"
                )


def _codes(answers: Mapping[str, Any], reader: str) -> list[str]:
    report = run(CheckContext(RecordedProbes(answers), reader), CHECKS)
    return [finding.code for finding in report.findings]


def _answers(records: Iterable[TraceRecord]) -> Iterator[tuple[str, Any]]:
    for record in records:
        if record.source == _SOURCE and record.function.startswith(_QUESTION):
            question = record.function.removeprefix(_QUESTION)
            yield question, answer_from_json(question, record.text)


def read_bundle(path: Path) -> RecordedProbes:
    """Return the probes of a bundle, for another diagnosis.

    Raises `FormatError` (``diag.report_damaged``, ``trace.unreadable``).
    """
    found = read_traces([path])
    answers = dict(_answers(found.records))
    if found.damaged or not answers:
        raise FormatError("diag.report_damaged", reason=f"{found.damaged} lines")
    return RecordedProbes(answers)

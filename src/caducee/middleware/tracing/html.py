# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A trace as a page that needs nothing else: a table for people, in one file, without scripts.

Each call is a section that opens, with the commands to the card inside. Keyboard and screen reader
need no more than what a browser does with headings, tables and details.
"""

import html
from collections.abc import Iterator, Sequence

from caducee.base.errors import FormatError
from caducee.base.i18n import gettext as _
from caducee.base.i18n import language
from caducee.codec.apdu import CommandApdu
from caducee.codec.explain import explain
from caducee.middleware.tracing.record import RecordKind, TraceRecord
from caducee.reader.masking import MASK

__all__ = ["page"]

_STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--paper:#fff;--line:#767676;
--bad:#a40000;--soft:#f2f2f2}
@media(prefers-color-scheme:dark){:root{--ink:#eee;--paper:#161616;--line:#8a8a8a;--bad:#ff9a9a;
--soft:#262626}}
body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:72rem;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}
details{border:1px solid var(--line);border-radius:.3rem;margin:.4rem 0}
summary{padding:.4rem .6rem;cursor:pointer;overflow-wrap:anywhere}
summary:focus-visible,a:focus-visible,.scroll:focus-visible{outline:3px solid currentColor;
outline-offset:2px}
details dl{padding:0 .6rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{border-top:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}
thead th{background:var(--soft)}
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
.bad{color:var(--bad);font-weight:bold}
dl{display:grid;grid-template-columns:fit-content(40%) minmax(0,1fr);overflow-wrap:anywhere;
gap:.2rem 1rem}dt{font-weight:bold}
dd{margin:0}
"""


def page(records: Sequence[TraceRecord], title: str = "") -> str:
    """Return a page in the language in use; records are in order of time."""
    title = title or _("Trace of the Cryptolib")
    body = "".join(_body(records, title))
    return (
        f'<!doctype html>\n<html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _body(records: Sequence[TraceRecord], title: str) -> Iterator[str]:
    yield f"<h1>{html.escape(title)}</h1>"
    yield from _summary(records)
    yield f"<h2>{html.escape(_('What happened'))}</h2>"
    if not records:
        yield f"<p>{html.escape(_('Nothing.'))}</p>"
    for group in _groups(records):
        yield from _group(group)


def _summary(records: Sequence[TraceRecord]) -> Iterator[str]:
    programs = sorted({record.program for record in records if record.program})
    readers = sorted({record.reader for record in records if record.reader})
    calls = sum(record.kind == RecordKind.CALL for record in records)
    commands = [record for record in records if record.kind == RecordKind.APDU]
    failed = sum(record.failed for record in records)
    spent = sum(command.ms or 0 for command in commands)
    facts = {
        _("From"): _moment(records[0]) if records else "",
        _("To"): _moment(records[-1]) if records else "",
        _("Programs"): ", ".join(programs),
        _("Readers"): ", ".join(readers),
        _("Calls"): str(calls),
        _("Commands to the card"): f"{len(commands)} ({spent:.0f} ms)",
        _("Failed"): str(failed),
    }
    yield "<dl>"
    for name, value in facts.items():
        yield f"<dt>{html.escape(name)}</dt><dd>{html.escape(value) or '–'}</dd>"
    yield "</dl>"


def _moment(record: TraceRecord) -> str:
    return f"{record.at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"


def _groups(records: Sequence[TraceRecord]) -> list[list[TraceRecord]]:
    """Put what has the same trace id together, where its first record stands."""
    groups: list[list[TraceRecord]] = []
    known: dict[str, list[TraceRecord]] = {}
    for record in records:
        if record.trace and record.trace in known:
            known[record.trace].append(record)
            continue
        group = [record]
        groups.append(group)
        if record.trace:
            known[record.trace] = group
    return groups


def _group(group: list[TraceRecord]) -> Iterator[str]:
    call = next((item for item in group if item.kind == RecordKind.CALL), group[0])
    words = [f"{call.at:%H:%M:%S.%f}"[:-3], call.function or call.kind, call.result]
    commands = sum(item.kind == RecordKind.APDU for item in group)
    if call.ms is not None:
        words.append(f"{call.ms:.1f} ms")
    if commands:
        words.append(_("{count} commands").format(count=commands))
    if call.program:
        words.append(f"{call.program} ({call.pid})")
    bad = any(item.failed for item in group)
    text = html.escape("  ".join(word for word in words if word))
    mark = f' <span class="bad">{html.escape(_("failed"))}</span>' if bad else ""
    yield f"<details><summary>{text}{mark}</summary>"
    yield from _facts(call)
    yield from _table(group)
    yield "</details>"


def _facts(call: TraceRecord) -> Iterator[str]:
    if call.facts or call.trace:
        yield "<dl>"
        for name, value in {_("trace"): call.trace, **call.facts}.items():
            yield f"<dt>{html.escape(name)}</dt><dd><code>{html.escape(str(value))}</code></dd>"
        yield "</dl>"


def _table(group: list[TraceRecord]) -> Iterator[str]:
    rows = [item for item in group if item.kind != RecordKind.CALL]
    if not rows:
        return
    heads = (_("Time"), _("What"), _("Command or text"), _("Answer"), _("ms"))
    caption = html.escape(_("What belongs to this call"))
    # A region that scrolls must be reached by the keyboard.
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table>'
    yield "<thead><tr>"
    yield "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for row in rows:
        yield _row(row)
    yield "</tbody></table></div>"


def _explained(command: str) -> str:
    try:
        return explain(CommandApdu.from_bytes(bytes.fromhex(command.replace(MASK, "00"))))
    except (FormatError, ValueError):
        return ""


def _row(record: TraceRecord) -> str:
    said, answer, what = record.text, record.result, record.kind
    if record.kind == RecordKind.APDU:
        said, answer = record.command, record.response or record.result
        what = _explained(record.command)
    elif record.kind == RecordKind.CARD and record.atr:
        said = f"{record.reader}: ATR {record.atr} {record.protocol}"
    elif record.kind == RecordKind.PROMPT:
        said = " ".join(filter(None, (record.card, record.holder, record.reader)))
    style = ' class="bad"' if record.failed else ""
    cells = (
        f"{record.at:%H:%M:%S.%f}"[:-3],
        what,
        f"<code>{html.escape(said)}</code>",
        f"<code{style}>{html.escape(answer)}</code>",
        "" if record.ms is None else f"{record.ms:.1f}",
    )
    escaped = (html.escape(cells[0]), html.escape(cells[1]), cells[2], cells[3], cells[4])
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in escaped) + "</tr>"

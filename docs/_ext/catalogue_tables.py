# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pages that are built from data: the catalogue of codes, and the values that are ours."""

import ast
import inspect
import json
import re
import textwrap
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from sphinx.application import Sphinx

from caducee.base import catalogue
from caducee.base.config import Settings
from caducee.base.i18n import gettext, use_language
from caducee.cli.site import SiteSettings
from caducee.diagnosis.checks import CHECKS
from caducee.diagnosis.cures import CURES
from caducee.middleware.daemon.settings import CryptolibSettings
from caducee.middleware.session_policy.policy import SessionPolicy
from caducee.middleware.session_policy.states import RULES
from caducee.relying.session_policy import SITE_RULES, SiteSessionPolicy
from caducee.spec.cards import CardGeneration
from caducee.virtualcard.faults.table import TABLE

FOLDER = Path(__file__).resolve().parent.parent / "guide"
OURS = Path(catalogue.__file__).resolve().parents[2] / "spec" / "data" / "ours.toml"
MATRIX = FOLDER.parents[1] / "tests" / "vectors" / "matrix.toml"
LICENCE = """<!--
SPDX-FileCopyrightText: The caducee contributors
SPDX-License-Identifier: Apache-2.0
-->
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def codes_page() -> str:
    """Return the page of all codes, by area."""
    lines = [
        LICENCE,
        "# Codes\n",
        "Every error, and every check of a login, has a code that never changes, a sentence and a",
        "next step. This page is built from the catalogue in the sources;",
        "`{braces}` name the facts of the case.\n",
    ]
    area = ""
    for entry in catalogue.entries():
        if entry.code.split(".")[0] != area:
            area = entry.code.split(".")[0]
            lines += [f"\n## {area}\n", "| Code | What happened | What to do |", "|---|---|---|"]
        with use_language("fr"):
            french = gettext(entry.sentence)
        sentence = f"{_cell(entry.sentence)}<br>*{_cell(french)}*"
        lines.append(f"| `{entry.code}` | {sentence} | {_cell(entry.advice)} |")
    return "\n".join(lines) + "\n"


def _rows(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found += _rows(value, f"{name}.")
        else:
            found.append((name, str(value)))
    return found


def ours_page() -> str:
    """Return the page of the values that nobody has published and we chose."""
    lines = [
        LICENCE,
        "# Values that are ours\n",
        "Nobody has published these values, so we chose them. They stand in one file,",
        "`spec/data/ours.toml`. The Cryptolib needs none of them: file ids, references and",
        "paddings it takes from the card, and what stands under a tag of ours is simply not known",
        "of a card that has it elsewhere.\n",
        "| Name | Value |",
        "|---|---|",
    ]
    with OURS.open("rb") as file:
        rows = _rows(tomllib.load(file))
    lines += [f"| `{name}` | `{_cell(value)}` |" for name, value in rows]
    return "\n".join(lines) + "\n"


def faults_table() -> str:
    """Return the table of the faults of virtual cards, with what is said when they are met."""
    lines = [
        "| Fault | What is wrong | Met | Code | What is said | Facts | What to do |",
        "|---|---|---|---|---|---|---|",
    ]
    for item in TABLE:
        options = "".join(f" `--{option} N`" for option in item.options)
        met = str(item.meeting)
        if len(item.generations) < len(CardGeneration):
            met += " (" + ", ".join(item.generations) + ")"
        said = ["-", "-", "-", "-"]
        if item.code is not None:
            entry = catalogue.entry(item.code)
            facts = re.findall(r"{(\w+)}", entry.sentence)
            named = dict.fromkeys(facts) | dict(item.facts)
            reported = [
                f"`{key}`" + (f" = {value}" if value is not None else "")
                for key, value in named.items()
            ]
            said = [f"`{item.code}`", entry.sentence, ", ".join(reported) or "-", entry.advice]
        cells = [f"`{item.name}`{options}", item.does, met, *said]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def diagnosis_page() -> str:
    """Return the page of the diagnosis' codes, each with an address of its own (``diag.name``):
    cause, consequence and cure in both languages, below the check that finds it.
    """
    lines = [
        LICENCE,
        "# Codes of the diagnosis\n",
        "Each code never changes and has an address of its own here. `{braces}` name the facts",
        "of the case. A portal shows each code at `/diagnosis/CODE`, and",
        "`caducee diag --codes` lists them.",
    ]
    reported: set[str] = set()
    for check in CHECKS:
        needs = ", ".join(f"`{need}`" for need in check.needs) or "nothing"
        lines += [f"\n## {check.title}\n", f"Check `{check.name}`; needs {needs}.\n"]
        for code in check.codes:
            lines += _code(catalogue.entry(code)) if code not in reported else []
            reported.add(code)
    rest = [entry for entry in catalogue.entries() if entry.code.startswith("diag.")]
    lines += ["\n## Reports, cures, and what a site tells\n"]
    for item in rest:
        lines += _code(item) if item.code not in reported else []
    return "\n".join(lines) + "\n"


def _code(entry: catalogue.Entry) -> list[str]:
    rows = []
    for name, text in (
        ("Cause / Cause", entry.sentence),
        ("Consequence / Conséquence", entry.consequence),
        ("Cure / Remède", entry.advice),
    ):
        with use_language("fr"):
            rows.append(f"| {name} | {_cell(text)} | {_cell(gettext(text))} |")
    applied = f"; applied by `caducee diag --apply {entry.cure}`" if entry.cure else ""
    return [
        f"({entry.code})=",
        f"### `{entry.code}`\n",
        f"{entry.severity.value.capitalize()}{applied}.\n",
        "| | English | Français |",
        "|---|---|---|",
        *rows,
        "",
    ]


def _linked(codes: Iterable[str]) -> str:
    """Return codes of the diagnosis as links to where each is explained."""
    return ", ".join(f"[`{code.removeprefix('diag.')}`](#{code})" for code in codes)


def checks_table() -> str:
    """Return the checks of the diagnosis in their order, each with those that it needs."""
    lines = ["| Check | What is looked at | Needs | Codes (`diag.…`) |", "|---|---|---|---|"]
    for item in CHECKS:
        needs = ", ".join(f"`{check}`" for check in item.needs) or "-"
        lines.append(f"| `{item.name}` | {_cell(item.title)} | {needs} | {_linked(item.codes)} |")
    return "\n".join(lines) + "\n"


def cures_table() -> str:
    """Return the cures that the diagnosis can apply."""
    lines = [
        "| Cure | What it does | Changes | Root | Undone | Found as |",
        "|---|---|---|---|---|---|",
    ]
    for cure in CURES:
        root, undo = "root" if cure.needs_root else "-", "yes" if cure.undo is not None else "-"
        codes = [entry.code for entry in catalogue.entries() if entry.cure == cure.name]
        text = _cell(re.sub(r"\{\w+\}", "…", cure.changes))
        lines.append(
            f"| `{cure.name}` | {_cell(cure.title)} | {text} | {root} | {undo} | {_linked(codes)} |"
        )
    return "\n".join(lines) + "\n"


def matrix_table() -> str:
    """Return the table of what each face of a card does; the same for every family."""
    with MATRIX.open("rb") as file:
        matrix = tomllib.load(file)
    lines = [
        "| Operation | " + " | ".join(matrix["faces"]) + " |",
        "|---|" + "---|" * len(matrix["faces"]),
    ]
    for name, row in matrix["operations"].items():
        cells = [
            item if item in ("yes", "nothing") else f"`{item.removeprefix('cryptolib.')}`"
            for item in row
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def settings_table() -> str:
    """Return the keys of ``cryptolib.toml``, described by the strings below their declarations."""
    lines = ["| Key | Default | Meaning |", "|---|---|---|"]
    lines += [f"| `{key}` | {_value(value)} | {_cell(text)} |" for key, value, text in _keys()]
    return "\n".join(lines) + "\n"


def session_policy_table() -> str:
    """Return every row of the session policy of a workstation."""
    lines = ["| State | Event | Condition | Next state | What is done |", "|---|---|---|---|---|"]
    for rule in RULES:
        cells = (rule.before, rule.event, ", ".join(rule.when), rule.after, ", ".join(rule.effects))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def site_table() -> str:
    """Return every row of the session policy of a site."""
    lines = ["| State | Event | Condition | Next state |", "|---|---|---|---|"]
    for rule in SITE_RULES:
        lines.append(f"| {rule.before} | {rule.event} | {', '.join(rule.when)} | {rule.after} |")
    return "\n".join(lines) + "\n"


def policy_table(policy: type[Settings]) -> str:
    """Return the keys of a table ``[session_policy]``, or of a site file."""
    lines = ["| Key | Default | Meaning |", "|---|---|---|"]
    lines += [
        f"| `{key}` | {_value(value)} | {_cell(text)} |" for key, value, text in _keys(policy)
    ]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[]`"
    if value is msgspec.NODEFAULT:  # made anew each time
        return "`{}`"
    return f"`{json.dumps(value)}`"


def _keys(
    struct: type[Settings] = CryptolibSettings, prefix: str = ""
) -> list[tuple[str, Any, str]]:
    reported = _reported(struct)
    found: list[tuple[str, Any, str]] = []
    for field in msgspec.structs.fields(struct):
        value = field.default
        if isinstance(value, Settings):
            found += _keys(type(value), f"{prefix}{field.name}.")
        else:
            found.append((f"{prefix}{field.name}", value, reported[field.name]))
    return found


def _reported(struct: type[Settings]) -> dict[str, str]:
    """Return the string below each field of a struct, as the sources have it."""
    body = ast.parse(textwrap.dedent(inspect.getsource(struct))).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for item, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            assert isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            text = " ".join(str(below.value.value).split())
            found[item.target.id] = text.replace("``", "`")
    return found


def write_pages(app: Sphinx) -> None:
    """Write the pages before the site is read."""
    for name, text in (
        ("codes.md", codes_page()),
        ("ours.md", ours_page()),
        ("faults-table.inc", faults_table()),
        ("matrix-table.inc", matrix_table()),
        ("diagnosis-codes.md", diagnosis_page()),
        ("diagnosis-checks.inc", checks_table()),
        ("diagnosis-cures.inc", cures_table()),
        ("settings-table.inc", settings_table()),
        ("site-keys.inc", policy_table(SiteSettings)),
        ("session-policy-rules.inc", session_policy_table()),
        ("session-policy-site.inc", site_table()),
        ("session-policy-keys.inc", policy_table(SessionPolicy)),
        ("session-policy-site-keys.inc", policy_table(SiteSessionPolicy)),
    ):
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, object]:
    """Build the pages at the start of every build."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}

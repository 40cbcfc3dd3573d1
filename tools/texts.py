# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keep the French catalogue in step with the texts in the sources.

``texts.py check``   fails when a text has no translation, or the compiled file is old
``texts.py update``  brings new texts into ``caducee.po`` and compiles it

The compiled ``caducee.mo`` is committed, so that an installed package needs no tool of ours.
"""

import datetime as dt
import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from caducee.base.i18n import use_language
from caducee.cli.click_texts import translate_help
from caducee.cli.main import command

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "caducee"
PO = SOURCES / "base" / "locale" / "fr" / "LC_MESSAGES" / "caducee.po"
MO = PO.with_suffix(".mo")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS: dict[str, tuple[int, int] | None] = {
    "N_": None,
    "_": None,
    "gettext": None,
    "NN_": (1, 2),
}
PLACE = re.compile(r"\{[a-z_]+(?:![rs])?\}")
HEADER = """\
# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
#
# French texts of caducee."""


def extracted() -> Catalog:
    """Return the texts that the sources hold."""
    found = Catalog(project="caducee", charset="utf-8")
    entries = extract_from_dir(SOURCES, METHODS, keywords=KEYWORDS, options_map={})
    for name, _, message, _, _ in entries:
        if message:
            found.add(message, locations=[(str(Path("src/caducee") / name), 0)])
    for text in help_texts():
        found.add(text, locations=[("src/caducee/cli", 0)])
    return found


def help_texts() -> set[str]:
    """Return what the commands say of themselves, in paragraphs."""
    found: set[str] = set()

    def keep(text: str) -> str:
        found.add(text)
        return text

    with use_language("en"):
        translate_help(command, keep)
        for name in command.list_commands(click.Context(command)):
            noun = command.get_command(click.Context(command), name)
            assert noun is not None
            translate_help(noun, keep)
    return found


def kept() -> Catalog:
    """Return the French catalogue as it stands."""
    if not PO.exists():
        return Catalog(locale="fr", charset="utf-8", project="caducee")
    with PO.open("rb") as file:
        return read_po(file, locale="fr")


def compiled(catalog: Catalog) -> bytes:
    """Return the catalogue as gettext reads it."""
    catalog.creation_date = catalog.revision_date = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def problems(source: Catalog, french: Catalog) -> list[str]:
    """Return what is wrong with the French catalogue, one line each."""
    found = []
    for message in source:
        if not message.id:
            continue
        have = french.get(message.id)
        texts = _forms(have.string) if have else ("",)
        if not all(texts):
            found.append(f"not translated: {message.id!r}")
        elif _places(message.id) != _places(texts):
            found.append(f"other facts in the translation: {message.id!r}")
    ids = {message.id for message in source}
    found += [f"no longer used: {item.id!r}" for item in french if item.id and item.id not in ids]
    return found


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the forms of a text: one, or those for one thing and for several."""
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def _places(text: str | Sequence[str]) -> set[str]:
    return {place for form in _forms(text) for place in PLACE.findall(form)}


def update() -> None:
    """Bring new texts into the catalogue, drop old ones, and compile it."""
    french = kept()
    french.update(extracted(), no_fuzzy_matching=True)
    french.obsolete.clear()
    french.header_comment = HEADER
    french.fuzzy = False
    file = io.BytesIO()
    write_po(file, french, width=100, sort_output=True, no_location=True, omit_header=False)
    dated = re.compile(rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator).*\n')
    lines = [line for line in file.getvalue().splitlines(True) if not dated.match(line)]
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(b"".join(lines))
    MO.write_bytes(compiled(kept()))


def main() -> int:
    """Run ``check`` or ``update``."""
    if sys.argv[1:] == ["update"]:
        update()
    french = kept()
    found = problems(extracted(), french)
    if not MO.exists() or MO.read_bytes() != compiled(french):
        found.append("caducee.mo is old")
    for line in found:
        print(f"texts: {line}", file=sys.stderr)
    if found:
        print("texts: ./run fix brings new texts into caducee.po", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main())

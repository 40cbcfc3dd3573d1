# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Write the help of every command into ``tests/vectors/help``: ``python tools/help_texts.py``.

A test compares them, so that a change of the command line is seen, and wanted.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from caducee.base.i18n import use_language
from caducee.cli.main import command

PLACE = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "help"
WIDTH = 100


def commands(found: click.Command, context: click.Context) -> Iterator[click.Context]:
    """Yield the context of a command and of all below it, in alphabetical order."""
    yield context
    if isinstance(found, click.Group):
        for name in found.list_commands(context):
            below = found.get_command(context, name)
            if below is not None:
                inside = click.Context(below, info_name=name, parent=context)
                yield from commands(below, inside)


def helps() -> dict[str, str]:
    """Return the help of each noun with its verbs, in English, by the noun."""
    found: dict[str, str] = {}
    root = click.Context(
        command, info_name="caducee", terminal_width=WIDTH, max_content_width=WIDTH
    )
    with use_language("en"):
        for item in commands(command, root):
            noun = [*item.command_path.split(), "caducee"][1]
            text = f"$ {item.command_path} --help\n{item.get_help()}\n"
            found[noun] = found[noun] + "\n" + text if noun in found else text
    return found


def main() -> None:
    """Write all files, and remove those of nouns that are gone."""
    PLACE.mkdir(exist_ok=True)
    texts = helps()
    for path in PLACE.glob("*.txt"):
        if path.stem not in texts:
            path.unlink()
    for noun, text in texts.items():
        (PLACE / f"{noun}.txt").write_text(text, encoding="utf-8")
        sys.stdout.write(f"tests/vectors/help/{noun}.txt\n")


if __name__ == "__main__":
    main()

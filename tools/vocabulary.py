# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Hold the vocabulary: no former word in names, docstrings, comments, messages and pages.

``vocabulary.py``          checks the sources, the tests, the tools and the documentation
``vocabulary.py PATH…``    checks some files or folders

The words stand in the last column of ``docs/reference/vocabulary.md``.
"""

import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "vocabulary.md"
ROOMS = ("src", "tests", "tools", "benchmarks", "docs", "README.md")
FORMER = re.compile(r"`([^`]+)`( \(name\))?")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(`+)[^`\n]+\1")
MESSAGE = {"_", "N_", "NN_", "gettext"}
METHODS = {"one"}  # attributes of other libraries (SQLAlchemy: result.one())
NAMING = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True)
class Vocabulary:
    """The former words: names as they stood, words inside names, phrases of texts."""

    names: frozenset[str]
    words: frozenset[str]
    phrases: frozenset[str]

    @cached_property
    def _text(self) -> re.Pattern[str]:
        return re.compile(
            r"\b(?:" + "|".join(map(re.escape, sorted(self.phrases))) + r")\b", re.IGNORECASE
        )

    def in_name(self, name: str) -> str | None:
        """Return the former word that a name is or holds."""
        if name in self.names:
            return name
        parts = {part.lower() for part in NAMING.findall(name)}
        return next(iter(sorted(parts & self.words)), None)

    def in_text(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield the line (from 0) and the former word of each place in a text."""
        for match in self._text.finditer(text):
            yield text.count("\n", 0, match.start()), match.group()


def read_vocabulary(page: Path = PAGE) -> Vocabulary:
    """Return what the last columns of the page ban."""
    names: set[str] = set()
    words: set[str] = set()
    phrases: set[str] = set()
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            continue
        for former, only_name in FORMER.findall(line.strip(" |").rpartition("|")[2]):
            if former != former.lower() or "_" in former or only_name:
                names.add(former)
            else:
                phrases.add(former)
                if former.isalpha():
                    words.add(former)
    return Vocabulary(frozenset(names), frozenset(words), frozenset(phrases))


@dataclass(frozen=True)
class Finding:
    """A former word and where it stands."""

    path: Path
    line: int
    word: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: former word {self.word!r}"


def in_python(path: Path, words: Vocabulary) -> Iterator[Finding]:
    """Yield the former words in the names, comments, docstrings and messages of a module."""
    before: list[tokenize.TokenInfo] = []
    is_message = False
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.NAME:
            attribute = before and before[-1].string == "."
            if (word := words.in_name(token.string)) and not (attribute and word in METHODS):
                yield Finding(path, line, word)
        elif token.type == tokenize.STRING:
            continued = bool(before) and before[-1].type == tokenize.STRING
            is_message = is_message if continued else is_text(before)
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and is_message):
            text = INLINE.sub("", token.string)
            yield from (Finding(path, line + more, word) for more, word in words.in_text(text))
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            before.append(token)
            del before[:-2]


def is_text(before: list[tokenize.TokenInfo]) -> bool:
    """Return whether a string is a docstring or a message for a person."""
    if not before:
        return True
    last = before[-1]
    if last.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING):
        return True
    called = last.string == "(" and len(before) == 2 and before[0].string in MESSAGE
    return called or (last.string == "=" and before[0].string == "help")


def in_markdown(path: Path, words: Vocabulary) -> Iterator[Finding]:
    """Yield the former words in the text of a page, code left out."""
    text = FENCE.sub(lambda match: "\n" * match.group().count("\n"), path.read_text("utf-8"))
    for line, word in words.in_text(INLINE.sub("", text)):
        yield Finding(path, line + 1, word)


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the modules and pages below the paths."""
    for path in paths:
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (
            file
            for file in found
            if file.suffix in (".py", ".md") and file != PAGE and "versions" not in file.parts
        )


def main(arguments: list[str]) -> int:
    """Print the former words below the paths; 1 when there are any."""
    words = read_vocabulary()
    paths = [Path(name).resolve() for name in arguments] or [ROOT / room for room in ROOMS]
    findings = [
        finding
        for path in files(paths)
        for finding in (in_python if path.suffix == ".py" else in_markdown)(path, words)
    ]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The form of a flat file: a header, lines of columns between ``|``, a ``|`` at the end.

Reading is strict and bounded: the header must be the one expected, each line must have as many
columns, no line may be longer than `MOST_BYTES`. Every refusal names the line. UTF-8 and
ISO-8859-1 are read; the header, which has accents, shows which of them it is.
"""

import codecs
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from caducee.base.errors import FormatError, StateError
from caducee.spec import ours
from caducee.spec.extraction import ACTIVITY_COLUMNS, SEPARATOR

__all__ = ["ACTIVITIES", "HOLDERS", "MOST_BYTES", "FlatFile", "FlatLine", "read", "write"]

MOST_BYTES = 16_384
"""The longest line, in bytes; real ones have some hundreds."""

_UNREADABLE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # a way of packing that Python does not know
    RuntimeError,  # an encrypted archive
    UnicodeError,  # a name in an archive
)

_SHOWN = 40
"""How much of a wrong text an error repeats."""


@dataclass(frozen=True, slots=True)
class FlatFile:
    """A kind of flat file."""

    name: str
    """How the names of such files begin."""

    columns: tuple[str, ...]
    """The columns in their order."""

    archive: str
    """How the name of the archive begins that holds the file."""

    def line(self, values: dict[str, str]) -> "FlatLine":
        """Return a line with these values; the other columns are empty.

        A column that the file does not have is a fault of the caller (``LookupError``).
        """
        unknown = set(values) - set(self.columns)
        if unknown:
            raise LookupError(f"{self.name} has no column {min(unknown)}")
        return FlatLine(self, tuple(values.get(column, "") for column in self.columns))


ACTIVITIES = FlatFile("PS_LibreAcces_Personne_activite", ACTIVITY_COLUMNS, "PS_LibreAcces")
"""Persons with their practice situations: a line for each situation and know-how."""

HOLDERS = FlatFile(
    "Porteurs_CPS_CPF", ours.table("extraction").texts("holder_columns"), "Porteurs_CPS_CPF"
)
"""Cards of professionals; the order of the columns is ours."""


@dataclass(frozen=True, slots=True)
class FlatLine:
    """One line: a value for each column, perhaps empty."""

    file: FlatFile
    values: tuple[str, ...]
    number: int = 0
    """Where it was read; the header is line 1."""

    def __getitem__(self, column: str) -> str:
        """Return the value of a column."""
        return self.values[self.file.columns.index(column)]

    def refuse(self, column: str) -> FormatError:
        """Return the error that says that the value of a column cannot be."""
        value = self[column][:_SHOWN]
        return FormatError(
            "directory.flat_value",
            file=self.file.name,
            line=self.number,
            column=column,
            value=value,
        )

    def text(self) -> str:
        """Return the line as it stands in the file. Raises `FormatError` (``flat_value``)."""
        for column, value in zip(self.file.columns, self.values, strict=True):
            if SEPARATOR in value or (value and not value.isprintable()):
                raise self.refuse(column)
        return SEPARATOR.join(self.values) + SEPARATOR


def write(file: FlatFile, lines: Iterable[FlatLine], folder: Path, stamp: str) -> Path:
    """Write lines into an archive in a folder, whole or not at all; returns where it is.

    ``stamp`` is the moment in the names, ``YYYYMMDDhhmm``. Raises `FormatError`, `StateError`.
    """
    path = folder / f"{file.archive}_{stamp}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{path.name}.{os.getpid()}"
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open(f"{file.name}_{stamp}.txt", "w", force_zip64=True) as out:
                _write_lines(file, lines, out)
        unfinished.replace(path)
    except OSError as error:
        raise StateError("directory.flat_unreadable", file=path.name, reason=error) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _write_lines(file: FlatFile, lines: Iterable[FlatLine], out: IO[bytes]) -> None:
    out.write((SEPARATOR.join(file.columns) + SEPARATOR + "\n").encode())
    for line in lines:
        out.write((line.text() + "\n").encode())


def read(file: FlatFile, path: Path) -> Iterator[FlatLine]:
    """Yield the lines of a file, or of the one in an archive (``.zip``), one at a time.

    Raises `FormatError` (``directory.flat_*``) and `StateError` (``directory.flat_unreadable``).
    """
    try:
        with _opened(file, path) as stream:
            yield from _lines(file, stream)
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise StateError("directory.flat_unreadable", file=path.name, reason=reason) from error


@contextmanager
def _opened(file: FlatFile, path: Path) -> Iterator[IO[bytes]]:
    if path.suffix.lower() != ".zip":
        with path.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(path) as archive:
        names = [item for item in archive.namelist() if item.startswith(file.name)]
        if len(names) != 1:
            reason = f"{len(names)} x {file.name}"
            raise StateError("directory.flat_unreadable", file=path.name, reason=reason)
        with archive.open(names[0]) as stream:
            yield stream


def _lines(file: FlatFile, stream: IO[bytes]) -> Iterator[FlatLine]:
    header = _raw(file, stream, 1).removeprefix(codecs.BOM_UTF8)
    encoding = _encoding(header)
    _check_header(file, _split(header.decode(encoding)))
    number = 1
    while raw := _raw(file, stream, number := number + 1):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            raise FormatError(
                "directory.flat_text", file=file.name, line=number, encoding=encoding
            ) from None
        values = _split(text)
        if len(values) != len(file.columns):
            raise FormatError(
                "directory.flat_columns",
                file=file.name,
                line=number,
                found=len(values),
                expected=len(file.columns),
            )
        line = FlatLine(file, values, number)
        line.text()
        yield line


def _raw(file: FlatFile, stream: IO[bytes], number: int) -> bytes:
    raw = stream.readline(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise FormatError("directory.flat_long", file=file.name, line=number, most=MOST_BYTES)
    return raw


def _encoding(header: bytes) -> str:
    try:
        header.decode()
    except UnicodeDecodeError:
        return "iso-8859-1"
    return "utf-8"


def _split(text: str) -> tuple[str, ...]:
    """Return the columns of a line; what follows the last ``|`` counts as one, unless empty."""
    parts = text.removesuffix("\n").removesuffix("\r").split(SEPARATOR)
    return tuple(parts[:-1] if parts[-1] == "" else (*parts, ""))


def _check_header(file: FlatFile, found: tuple[str, ...]) -> None:
    for place, expected in enumerate(file.columns):
        name = found[place] if place < len(found) else ""
        if name != expected:
            raise FormatError(
                "directory.flat_header",
                file=file.name,
                column=place + 1,
                found=name[:_SHOWN],
                expected=expected,
            )
    if len(found) != len(file.columns):
        raise FormatError(
            "directory.flat_columns",
            file=file.name,
            line=1,
            found=len(found),
            expected=len(file.columns),
        )

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Files of an IAS-ECC card: selected once, read in as few commands as their size allows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from caducee.base.errors import CardError, FormatError
from caducee.base.secret import Secret
from caducee.codec import tlv
from caducee.codec.apdu import CommandApdu, ResponseApdu
from caducee.codec.ber import read_length
from caducee.cryptolib.channel import refusal
from caducee.spec.instructions import Instruction
from caducee.spec.status import StatusWord, bytes_waiting, exact_le
from caducee.spec.tags import FcpTag

__all__ = ["CPS3_FILES", "CardChannel", "FileCommands", "IasFiles"]

_WRITE_CHUNK = 0xFF
_MAX_FILE = 0x8000
"""READ BINARY with an offset of 15 bits reaches no further."""

_FROM_MASTER_FILE = 0x09  # SELECT, P1: by path; the issuer's library gives it from 3F00 on
_WITH_FCP, _WITHOUT_ANSWER = 0x04, 0x0C  # SELECT, P2


class CardChannel(Protocol):
    """How commands reach the card; see `caducee.cryptolib.channel.Channel`."""

    def exchange(self, command: CommandApdu) -> ResponseApdu:
        """Send one command and return the answer as it is."""

    def send(self, command: CommandApdu) -> ResponseApdu:
        """Send a command and return its whole answer."""

    def present(self, command: CommandApdu, pin: Secret) -> ResponseApdu:
        """Send a command with a PIN for its data, and return the answer."""

    def demand(self, action: str, command: CommandApdu) -> bytes:
        """Send a command that must succeed and return its data."""


@dataclass(frozen=True, slots=True)
class FileCommands:
    """How a card generation selects its files."""

    cla: int
    chunk: int
    """How many bytes are read at once."""

    select_folder: Callable[[bytes], CommandApdu]
    """From an absolute path."""

    select_file: Callable[[bytes], CommandApdu]
    """From an absolute path; the answer holds the size."""


def _by_whole_path(p2: int, le: int | None = None) -> Callable[[bytes], CommandApdu]:
    return lambda path: CommandApdu(0, Instruction.SELECT, _FROM_MASTER_FILE, p2, path, le)


CPS3_FILES: Final = FileCommands(
    cla=0x00,
    chunk=0xE7,  # the issuer's library asks for no more
    select_folder=_by_whole_path(_WITHOUT_ANSWER),
    select_file=_by_whole_path(_WITH_FCP, 0x100),
)


class IasFiles:
    """Selects, reads and writes transparent files; knows within a transaction what is selected."""

    def __init__(self, channel: CardChannel, commands: FileCommands = CPS3_FILES) -> None:
        self._channel = channel
        self._commands = commands
        self._asks_sizes = False
        """Whether this card refuses to be read beyond the end of a file."""

        self.begin()

    def begin(self) -> None:
        """Forget what is selected on the card."""
        self._now_in(None)

    def _now_in(self, folder: bytes | None, file: bytes | None = None) -> None:
        self.folder, self._file = folder, file

    def enter(self, folder: bytes) -> None:
        """Select a folder, unless it is selected. Raises `CardError`."""
        if self.folder != folder:
            self._now_in(None)  # first: a SELECT that fails leaves an unknown place
            self._select(self._commands.select_folder(folder))
            self._now_in(folder)

    def open(self, path: bytes) -> int | None:
        """Select a file; return its size, when the card returns it without a further command.

        Under T=0 the control parameters wait to be fetched. They are left there: READ BINARY
        finds the end of a file as well, and the next command clears what waits.
        """
        self._now_in(None)
        template = self._select(self._commands.select_file(path))
        self._now_in(path[:-2], path)
        return _fcp_size(template)

    def _select(self, command: CommandApdu) -> bytes:
        """Send a SELECT and return what comes at once; what waits to be fetched is left there."""
        answer = self._channel.exchange(command)
        # 6Cxx: the card names the length that it expects (T=0).
        le = exact_le(answer.sw)
        if le is not None and command.le is not None:
            answer = self._channel.exchange(replace(command, le=le))
        if not answer.ok and bytes_waiting(answer.sw) is None:
            raise refusal("SELECT", answer.sw)
        return answer.data

    def read(self, path: bytes, *, one_object: bool = False) -> bytes:
        """Read a file; with ``one_object`` only its first data object. Raises `CardError`."""
        size = self.size(path) if self._asks_sizes else self.open(path)
        if size is not None and size > _MAX_FILE:
            raise CardError("cryptolib.too_much", what="bytes", limit=_MAX_FILE)
        try:
            return self._read_open(_MAX_FILE if size is None else size, one_object=one_object)
        except CardError as error:
            if size is not None or error.facts.get("sw") != f"{StatusWord.WRONG_LENGTH:04X}":
                raise
        # Remembered, because each attempt beyond the end would cost one command more.
        self._asks_sizes = True
        return self.read(path, one_object=one_object)

    def _read_open(self, limit: int, *, one_object: bool) -> bytes:
        found = bytearray()
        while len(found) < limit:
            wanted = min(self._commands.chunk, limit - len(found))
            part = self.read_at(len(found), wanted)
            found += part
            if one_object and found:
                limit = min(limit, _object_size(bytes(found)))
            if len(part) < wanted:  # the end of a file whose size is not known
                break
        return bytes(found[:limit])

    def read_part(self, path: bytes, offset: int, size: int) -> bytes:
        """Read at most one chunk somewhere in a file; 2 commands. Raises `CardError`."""
        self.open(path)
        return self.read_at(offset, size)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read the selected file once; fewer bytes at its end. Raises `CardError`."""
        command = self._command(Instruction.READ_BINARY, offset, le=size)
        answer = self._channel.send(command)
        if answer.sw == StatusWord.WRONG_OFFSET and offset:
            return b""
        if not answer.ok and answer.sw != StatusWord.END_OF_FILE:
            raise refusal("READ BINARY", answer.sw)
        if len(answer.data) > size:
            raise CardError("cryptolib.answer_invalid", what="length")
        return answer.data

    def size(self, path: bytes) -> int:
        """Select a file and return the size that its control parameters tell."""
        self._now_in(None)
        size = _fcp_size(self._channel.demand("SELECT", self._commands.select_file(path)))
        self._now_in(path[:-2], path)
        if size is None or size > _MAX_FILE:
            raise CardError("cryptolib.answer_invalid", what="FCP")
        return size

    def write(self, path: bytes, data: bytes) -> None:
        """Write a file from its beginning on by UPDATE BINARY. Raises `CardError`."""
        if self._file != path:
            self.open(path)
        for offset in range(0, len(data), _WRITE_CHUNK):
            part = data[offset : offset + _WRITE_CHUNK]
            self._channel.demand(
                "UPDATE BINARY", self._command(Instruction.UPDATE_BINARY, offset, part)
            )

    def _command(
        self, instruction: Instruction, offset: int, data: bytes = b"", le: int | None = None
    ) -> CommandApdu:
        cla = self._commands.cla
        return CommandApdu(cla, instruction, offset >> 8, offset & 0xFF, data, le)


def _fcp_size(answer: bytes) -> int | None:
    """Return the size that file control parameters tell, if they do and can be read."""
    try:
        items = tlv.parse_padded(answer)
        for template in (FcpTag.FCP, FcpTag.FCI):
            inner = tlv.first(items, template)
            if inner is None:
                continue
            for tag in (FcpTag.SIZE, FcpTag.TOTAL_SIZE):
                size = tlv.first_value(inner.children(), tag)
                if size:
                    return int.from_bytes(size)
    except FormatError:
        pass
    return None


def _object_size(data: bytes) -> int:
    """Return how long the first data object is, from its tag and length alone."""
    try:
        size, start = read_length(data, tlv.read_tag(data)[1])
    except FormatError:
        return len(data)
    return start + size

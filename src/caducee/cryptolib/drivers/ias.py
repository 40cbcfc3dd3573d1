# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the drivers of all generations have in common: a PKCS#15 directory, and files below it."""

from caducee.cryptolib.drivers.ias_files import IasFiles
from caducee.cryptolib.layout import Layout, ReadFile, find_application, read_layout
from caducee.spec.files import FileId
from caducee.spec.files import path as path_of

__all__ = ["IasSide"]

_DIRECTORY = path_of(FileId.MF, FileId.DIR)


class IasSide:
    """The dialogue with one side of a card, as far as it is the same on all."""

    application: bytes
    """The name under which EF.DIR has the application of this side."""

    _files: IasFiles

    def layout(self, read: ReadFile) -> Layout:
        """Find the application in EF.DIR and read its directory files."""
        return read_layout(find_application(read(_DIRECTORY), self.application), read)

    def read(self, path: bytes, *, one_object: bool = False) -> bytes:
        """Read a file by one SELECT and as few READ BINARY as its size allows."""
        return self._files.read(path, one_object=one_object)

    def read_part(self, path: bytes, offset: int, size: int) -> bytes:
        """Read as much as one READ BINARY gives somewhere in a file; 2 commands."""
        return self._files.read_part(path, offset, size)

    def size(self, path: bytes) -> int:
        """Return the size of a file from its control parameters."""
        return self._files.size(path)

    def write(self, path: bytes, data: bytes) -> None:
        """Write a file from its beginning on by UPDATE BINARY."""
        self._files.write(path, data)

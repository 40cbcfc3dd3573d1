# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where things are on a card: what its own directory files say (PKCS#15 v1.1, ISO 7816-15).

EF.DIR names the application, its EF.ODF names the directory files, and these name PINs, keys,
certificates and data objects with their paths and references. Nothing of this is assumed: only
the identifiers that the standards fix (2F00, 5031, 5032) and the name of the application are.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from caducee.base.errors import CardError, FormatError
from caducee.codec import tlv
from caducee.codec.pkcs15 import (
    CertificateEntry,
    DataEntry,
    DirRecord,
    OdfEntry,
    PinEntry,
    PrivateKeyEntry,
    TokenInfo,
)
from caducee.codec.tlv import Tlv
from caducee.cryptolib.model import KeyUse
from caducee.spec import files as spec_files
from caducee.spec.files import FileId
from caducee.spec.labels import DataLabel
from caducee.spec.pkcs15 import DirectoryKind, KeyUsage, ObjectFlags, PinFlags

__all__ = ["MASTER_FILE", "CardPin", "Layout", "ReadFile", "find_application", "read_layout"]

type ReadFile = Callable[[bytes], bytes]
"""Returns the content of the file at an absolute path."""

_log = logging.getLogger(__name__)

MASTER_FILE = spec_files.path(FileId.MF)
_DIRECTORY = spec_files.path(FileId.MF, FileId.DIR)
_ODF = spec_files.path(FileId.ODF)  # PKCS#15 v1.1 section 5.5.1
_TOKEN_INFO = spec_files.path(FileId.TOKEN_INFO)  # PKCS#15 v1.1 section 5.5.8
_MAX_PATH = 16
_MAX_FILES = 16
_MAX_ENTRIES = 64
"""A CPS has 3 keys and some 30 data objects."""

_SIGNS = KeyUsage.SIGN | KeyUsage.SIGN_RECOVER
_FOR_CODES_OF_OTHERS = PinFlags.UNBLOCKING_PIN | PinFlags.SO_PIN


@dataclass(frozen=True, slots=True)
class CardPin:
    """A PIN of the card: the holder's, or the one that unblocks it."""

    entry: PinEntry
    home: bytes
    """The absolute path of the folder that it belongs to; the master file when none is named."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What one application of a card holds. Paths in the entries may be relative: `absolute`."""

    folder: bytes
    """The absolute path of the application."""

    token: TokenInfo
    pins: tuple[PinEntry, ...]
    keys: tuple[PrivateKeyEntry, ...]
    certificates: tuple[CertificateEntry, ...]
    data: tuple[DataEntry, ...]

    @property
    def pin(self) -> CardPin | None:
        """The PIN that guards private keys, else the first that unblocks nothing."""
        guards = {key.auth_id for key in self.keys if key.auth_id is not None}
        own = [item for item in self.pins if not item.pin_flags & _FOR_CODES_OF_OTHERS]
        own.sort(key=lambda item: item.id not in guards)
        return self._code(own)

    @property
    def puk(self) -> CardPin | None:
        """The PUK of the PIN."""
        pin = self.pin
        able = [item for item in self.pins if PinFlags.UNBLOCKING_PIN in item.pin_flags]
        able.sort(key=lambda item: pin is None or item.id != pin.entry.auth_id)
        return self._code(able)

    def _code(self, entries: Sequence[PinEntry]) -> CardPin | None:
        if not entries:
            return None
        home = entries[0].path
        return CardPin(entries[0], self.absolute(home) if home else MASTER_FILE)

    def key(self, use: KeyUse) -> PrivateKeyEntry:
        """Return the key for a use; a signature key is one with non-repudiation, as the issuer's
        library distinguishes them, an authentication key one that the PIN guards, and a technical
        key one that no PIN guards.

        Raises `CardError` (``cryptolib.key_missing``).
        """
        found = [key for key in self.keys if key.reference is not None and self._is_for(key, use)]
        found.sort(key=lambda key: key.auth_id is None)
        if not found:
            raise CardError("cryptolib.key_missing", use=use.value)
        return found[0]

    def _is_for(self, key: PrivateKeyEntry, use: KeyUse) -> bool:
        if KeyUsage.NON_REPUDIATION in key.usage:
            return use is KeyUse.SIGNATURE
        guarded = key.auth_id is not None or ObjectFlags.PRIVATE in key.flags
        if use is KeyUse.AUTHENTICATION:
            # A card with PINs may leave out which one guards the key.
            return bool(key.usage & _SIGNS) and (guarded or bool(self.pins))
        return use is KeyUse.TECHNICAL and bool(key.usage & _SIGNS) and not guarded

    def certificate(self, use: KeyUse) -> CertificateEntry:
        """Return the certificate of a key. Raises `CardError` (``cryptolib.*_missing``)."""
        key = self.key(use)
        for item in self.certificates:
            if item.id == key.id and item.path is not None:
                return item
        raise CardError("cryptolib.certificate_missing", use=use.value)

    def object(self, label: str) -> DataEntry:
        """Return a data object by its label. Raises `CardError` (``cryptolib.object_missing``)."""
        for item in self.data:
            if item.label == label and item.path is not None:
                return item
        raise CardError("cryptolib.object_missing", label=label)

    def absolute(self, path: bytes | None) -> bytes:
        """Return a path from the master file on (PKCS#15 v1.1 section 6.1.5)."""
        return _absolute(path or b"", self.folder)

    def is_public(self, path: bytes) -> bool:
        """Tell whether a cache may keep a file: no object behind a PIN, none that changes.

        CPS_DATA is changed through the contacts, although the contactless side does not say so.
        """
        return all(
            not item.flags & (ObjectFlags.PRIVATE | ObjectFlags.MODIFIABLE)
            and item.auth_id is None
            and item.label != DataLabel.CPS_DATA
            for item in self.data
            if self.absolute(item.path) == path
        )


def find_application(directory: bytes, name: bytes) -> bytes:
    """Return the absolute path of an application from the content of EF.DIR.

    Raises `CardError`: ``cryptolib.application_missing``, ``cryptolib.directory_invalid``.
    """
    for record in _entries(DirRecord, _items(directory, _DIRECTORY)):
        if record.aid == name and record.path:
            return _absolute(record.path, MASTER_FILE)
    raise CardError("cryptolib.application_missing")


def read_layout(folder: bytes, read: ReadFile) -> Layout:
    """Read the directory files of the application in ``folder``.

    An entry that cannot be understood is left out; a file that cannot is an error.
    Raises `CardError` (``cryptolib.directory_invalid``, ``cryptolib.too_much``), and what
    ``read`` raises.
    """
    odf = folder + _ODF
    files: dict[DirectoryKind, list[Tlv]] = {}
    named = _entries(OdfEntry, _items(read(odf), odf))
    for item in _at_most(_MAX_FILES, "files", named):
        if item.kind in _READ_KINDS and item.path:
            path = _absolute(item.path, folder)
            items = files.setdefault(item.kind, [])
            items += _items(read(path), path)
            _at_most(_MAX_ENTRIES, "objects", items)

    def entries[T: (PinEntry, PrivateKeyEntry, CertificateEntry, DataEntry)](
        kind: type[T], where: DirectoryKind
    ) -> Iterator[T]:
        for entry in _entries(kind, files.get(where, ())):
            if entry.path is None or _fits(entry.path, folder):
                yield entry

    return Layout(
        folder=folder,
        token=_token_info(read(folder + _TOKEN_INFO), folder + _TOKEN_INFO),
        pins=tuple(
            element
            for element in entries(PinEntry, DirectoryKind.AUTHENTICATION_OBJECTS)
            if element.reference <= 0xFF
        ),
        keys=tuple(entries(PrivateKeyEntry, DirectoryKind.PRIVATE_KEYS)),
        certificates=tuple(entries(CertificateEntry, DirectoryKind.CERTIFICATES)),
        data=tuple(entries(DataEntry, DirectoryKind.DATA_OBJECTS)),
    )


_READ_KINDS = (
    DirectoryKind.AUTHENTICATION_OBJECTS,
    DirectoryKind.PRIVATE_KEYS,
    DirectoryKind.CERTIFICATES,
    DirectoryKind.DATA_OBJECTS,
)
"""Public keys are in the certificates: their directory is not read."""


def _token_info(content: bytes, path: bytes) -> TokenInfo:
    found = next(_entries(TokenInfo, _items(content, path)), None)
    if found is None:
        raise _invalid(path, "codec.pkcs15_structure")
    return found


def _items(content: bytes, path: bytes) -> tuple[Tlv, ...]:
    try:
        return tlv.parse_padded(content)
    except FormatError as error:
        raise _invalid(path, error.code) from error


def _entries[
    T: (DirRecord, OdfEntry, PinEntry, PrivateKeyEntry, CertificateEntry, DataEntry, TokenInfo)
](kind: type[T], items: Iterable[Tlv]) -> Iterator[T]:
    for item in items:
        try:
            if kind.accepts(item.tag):
                yield kind(item)
        except FormatError as error:
            _log.warning("left out an entry of the card's directory: %s", error.code)


def _at_most[T](limit: int, what: str, things: Iterable[T]) -> list[T]:
    found = list(things)
    if len(found) > limit:
        raise CardError("cryptolib.too_much", what=what, limit=limit)
    return found


def _absolute(path: bytes, folder: bytes) -> bytes:
    whole = path if path.startswith(MASTER_FILE) else folder + path
    if not _fits(path, folder):
        raise _invalid(whole, "path")
    return whole


def _fits(path: bytes, folder: bytes) -> bool:
    whole = len(path) if path.startswith(MASTER_FILE) else len(folder + path)
    return whole % 2 == 0 and whole <= _MAX_PATH


def _invalid(path: bytes, reason: str) -> CardError:
    return CardError("cryptolib.directory_invalid", path=path.hex().upper(), reason=reason)

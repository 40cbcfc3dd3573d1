# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a verifier needs, in one folder of files that a person can look at.

::

    trust/
    ├── anchors/               roots of cards, PEM or DER
    ├── authorities/           authorities below them
    ├── crl/                   revocation lists, DER or PEM
    └── holders.json           who may log in, and with which cards (optional)

``caducee sandbox export`` writes such a folder.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import ConfigError
from caducee.relying.registry import HolderRegistry, MemoryHolders
from caducee.trust.loading import certificates
from caducee.trust.revocation import CrlSource

__all__ = ["ANCHORS", "AUTHORITIES", "HOLDERS", "LISTS", "TrustFolder"]

ANCHORS: Final = "anchors"
AUTHORITIES: Final = "authorities"
LISTS: Final = "crl"
HOLDERS: Final = "holders.json"

_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".der", ".crl"})


@dataclass(frozen=True, slots=True)
class TrustFolder:
    """The content of a folder, read once: a list that was replaced is read by a new one."""

    path: Path
    anchors: tuple[x509.Certificate, ...]
    authorities: tuple[x509.Certificate, ...]
    revocation: CrlSource
    """The lists, each verified when it was read."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a folder.

        Raises `ConfigError` (``verifier.folder_empty``, ``verifier.certificates_unreadable``) and
        `TrustError` for a list that is not of an authority of the folder.
        """
        anchors = certificates(_files(path / ANCHORS))
        if not anchors:
            raise ConfigError("verifier.folder_empty", folder=str(path))
        authorities = certificates(_files(path / AUTHORITIES))
        lists = CrlSource((*anchors, *authorities))
        for file in _files(path / LISTS):
            lists.load(_der(file.read_bytes()))
        return cls(path, anchors, authorities, lists)

    def holders(self) -> HolderRegistry:
        """Return those of ``holders.json``. Raises `ConfigError` (``verifier.holders_missing``)."""
        file = self.path / HOLDERS
        if not file.is_file():
            raise ConfigError("verifier.holders_missing", folder=str(self.path), name=HOLDERS)
        return MemoryHolders.load(file)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the certificates or lists in a folder, by name."""
    if folder.is_dir():
        yield from sorted(it for it in folder.iterdir() if it.suffix.lower() in _SUFFIXES)


def _der(data: bytes) -> bytes:
    if b"-----BEGIN X509 CRL" not in data:
        return data
    try:
        return x509.load_pem_x509_crl(data).public_bytes(Encoding.DER)
    except ValueError:
        return data  # the list is refused where it is read

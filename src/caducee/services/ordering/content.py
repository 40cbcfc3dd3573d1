# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What waits to be handed over: a card with its PINs, or a certificate with its key."""

import zlib

import msgspec

from caducee.services.ordering.vault import Vault

__all__ = ["CardContent", "CertificateContent", "Content", "read_content", "seal_content"]


class CardContent(msgspec.Struct, frozen=True, tag="card", eq=False):
    """A card."""

    number: str
    image: bytes
    """The file of the card image."""

    pin: bytes
    puk: bytes
    certificates: tuple[bytes, ...]
    """Certificates on the card, DER."""

    def __repr__(self) -> str:
        return "<CardContent>"


class CertificateContent(msgspec.Struct, frozen=True, tag="certificate", eq=False):
    """A certificate in software."""

    serial: str
    """Hexadecimal."""

    certificate: bytes
    """DER."""

    chain: tuple[bytes, ...]
    """Certificates above it, DER."""

    bundle: bytes | None
    """PKCS#12 with the key, under ``passphrase``; none when the applicant has the key."""

    passphrase: bytes | None

    def __repr__(self) -> str:
        return "<CertificateContent>"


type Content = CardContent | CertificateContent


def seal_content(vault: Vault, shipment: str, place: int, content: Content) -> bytes:
    """Return content as the database keeps it."""
    return vault.seal(shipment, place, zlib.compress(msgspec.msgpack.encode(content), 1))


def read_content(vault: Vault, shipment: str, place: int, sealed: bytes) -> Content:
    """Return content that was sealed. Raises `StateError` (``ordering.content_lost``)."""
    plain = zlib.decompress(vault.open(shipment, place, sealed))
    return msgspec.msgpack.decode(plain, type=CardContent | CertificateContent)

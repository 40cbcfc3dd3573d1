# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The certificate on a card image, for programs that admit virtual cards by their file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from cryptography import x509

from caducee.base.errors import ConfigError, TrustError
from caducee.trust.certificate import CardCertificate

__all__ = ["CardImageFiles", "CardSource", "certificate_of"]

_MOST = 1 << 20
"""Bytes of an image file at most."""


class CardImageFiles(Protocol):
    """A card image, as far as its certificates go (`caducee.virtualcard.image.CardImage`)."""

    @property
    def files(self) -> Sequence[object]:
        """The files of the card; one with ``content`` (bytes) may hold a certificate."""


type CardSource = CardImageFiles | x509.Certificate | bytes | Path | str
"""A card: its image, the path of one, or its certificate (an object or DER)."""


class _File(msgspec.Struct):
    content: str | list[str] = ""
    """Hex, or lines of it."""


class _Image(msgspec.Struct):
    files: list[_File]


def certificate_of(card: CardSource) -> CardCertificate:
    """Return what a certificate of a card says; all of an image name the same holder and card.

    Raises `ConfigError` (``verifier.image_unreadable``), `TrustError`:
    ``verifier.image_without_certificate``, or as `CardCertificate.read` does for a certificate.
    """
    if isinstance(card, bytes | x509.Certificate):
        return CardCertificate.read(card)
    for content in _of_file(Path(card)) if isinstance(card, Path | str) else _of_object(card):
        try:
            return CardCertificate.read(content)
        except TrustError:
            continue  # a file of another kind
    raise TrustError("verifier.image_without_certificate")


def _of_object(image: CardImageFiles) -> Iterator[bytes]:
    for file in getattr(image, "files", ()):
        content = getattr(file, "content", None)
        if isinstance(content, bytes):
            yield bytes(content)


def _of_file(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            image = msgspec.json.decode(stream.read(_MOST + 1), type=_Image)
        found = [bytes.fromhex("".join(file.content)) for file in image.files]
    except (OSError, ValueError) as error:
        raise ConfigError("verifier.image_unreadable", path=str(path), reason=str(error)) from None
    yield from found

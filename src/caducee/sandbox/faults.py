# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Faults of cards that take the authorities of a sandbox: dates, another holder, revocation."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import StateError, TrustError
from caducee.sandbox.world import Sandbox
from caducee.spec.files import FileId
from caducee.trust.certificate import CardCertificate
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.image import CardImage
from caducee.virtualcard.image_parts import DataFile, Fault, Hex

__all__ = ["make_fault", "sandbox_of"]

_YEAR = dt.timedelta(days=365)
_FILES = (
    FileId.SIGNATURE_CERTIFICATE,
    FileId.AUTHENTICATION_CERTIFICATE,
    FileId.TECHNICAL_CERTIFICATE,
)


def sandbox_of(card: Path, named: Path | None = None) -> Path:
    """Return the folder of the sandbox that a card image lies in, else the one that is named.

    Raises `StateError` (``sandbox.needed``).
    """
    around = card.resolve().parent.parent
    if (around / "sandbox.toml").is_file():
        return around
    if named is None:
        raise StateError("sandbox.needed", path=str(card))
    return named


def make_fault(world: Sandbox, card: Path, name: FaultName) -> Fault | None:
    """Return a fault of a card of this world, ready for the card's switch.

    None for ``revoked``: that is done here, and the card itself does not change. Raises
    `StateError` (``sandbox.card_not_of_it``, ``sandbox.no_other_card``), `IssueError`, and
    `LookupError` for a fault that takes no sandbox.
    """
    image = CardImage.load(card)
    number = _number(world, card, image)
    if name is FaultName.REVOKED:
        world.revoke(number)
        return None
    return Fault(name=name, certificates=_CERTIFICATES[name](world, image))


def _number(world: Sandbox, card: Path, image: CardImage) -> str:
    """Return the number of a card that this world issued."""
    for _, der in _certificates(image):
        with suppress(TrustError):
            number = CardCertificate.read(der).card_id.rpartition("/")[2]
            if der in (item.der for item in world.registry.certificates.of_card(number)):
                return number
    raise StateError("sandbox.card_not_of_it", path=str(card), folder=str(world.folder))


def _expired(world: Sandbox, image: CardImage) -> dict[str, Hex]:
    """Return the certificates of the card as if they had ended a year ago."""
    return _redated(world, image, lambda length: -length - _YEAR)


def _not_yet_valid(world: Sandbox, image: CardImage) -> dict[str, Hex]:
    """Return the certificates of the card as if they began in a year."""
    return _redated(world, image, lambda length: _YEAR)


def _redated(
    world: Sandbox, image: CardImage, shift: Callable[[dt.timedelta], dt.timedelta]
) -> dict[str, Hex]:
    now = world.authority.now()
    found = {}
    for path, der in _certificates(image):
        old = x509.load_der_x509_certificate(der)
        length = old.not_valid_after_utc - old.not_valid_before_utc
        new = world.authority.redated(old, now + shift(length))
        found[path] = Hex(new.public_bytes(Encoding.DER))
    return found


def _of_another(world: Sandbox, image: CardImage) -> dict[str, Hex]:
    """Return the certificates of another card that has them in the same files."""
    own = dict(_certificates(image))
    for place in world.card_paths():
        others = dict(_certificates(CardImage.load(place)))
        if others.keys() == own.keys() and others != own:
            return {path: Hex(der) for path, der in others.items()}
    raise StateError("sandbox.no_other_card", folder=str(world.folder))


def _certificates(image: CardImage) -> Iterator[tuple[str, bytes]]:
    """Yield the certificate files of a card, as they truly are."""
    endings = tuple(f"/{item:04X}" for item in _FILES)
    for file in image.files:
        if isinstance(file, DataFile) and file.path.endswith(endings):
            yield file.path, file.content


_CERTIFICATES = {
    FaultName.EXPIRED: _expired,
    FaultName.NOT_YET_VALID: _not_yet_valid,
    FaultName.OTHER_HOLDER: _of_another,
}

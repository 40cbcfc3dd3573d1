# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Faults of the PINs: done once to the image, and then as a holder's wrong tries would be."""

import msgspec

from caducee.virtualcard.faults.content import active
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.image import CardImage

__all__ = ["restored", "settled"]

_TRIES = {
    FaultName.LAST_TRY: (1, None),
    FaultName.BLOCKED: (0, None),
    FaultName.BLOCKED_FOR_EVER: (0, 0),
}
"""Tries left of the PIN and of its PUK; None: as they are."""


def settled(image: CardImage) -> CardImage:
    """Return the image with the faults of its PINs done, and no longer named."""
    faults = [item for item in active(image) if item.name in _TRIES]
    if not faults:
        return image
    for fault in faults:
        image = _spent(image, *_TRIES[fault.name])
    rest = tuple(item for item in active(image) if item not in faults)
    return msgspec.structs.replace(image, faults=rest or msgspec.UNSET)


def restored(image: CardImage) -> CardImage:
    """Return the image without faults; every PIN has all its tries again."""
    for pin in image.pins:
        if pin.tries_left != pin.max_tries:
            image = image.with_pin(msgspec.structs.replace(pin, tries_left=pin.max_tries))
    return image if not active(image) else msgspec.structs.replace(image, faults=msgspec.UNSET)


def _spent(image: CardImage, tries: int, unblocking: int | None) -> CardImage:
    for pin in image.pins:
        if pin.unblocked_by is None:
            continue
        image = image.with_pin(msgspec.structs.replace(pin, tries_left=tries))
        other = image.pin(pin.unblocked_by)
        if other is not None and unblocking is not None:
            image = image.with_pin(msgspec.structs.replace(other, tries_left=unblocking))
    return image

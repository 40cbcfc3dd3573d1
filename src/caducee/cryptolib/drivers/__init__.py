# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The drivers, one for each card generation and face, and how one is found."""

from collections.abc import Callable, Iterator

from caducee.base.errors import NotACpsError
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.driver import Driver
from caducee.cryptolib.drivers.cps3_contact import Cps3Contact
from caducee.cryptolib.drivers.cps3_contactless import Cps3Contactless
from caducee.cryptolib.drivers.cps4 import Cps4
from caducee.cryptolib.drivers.uid import read_uid
from caducee.cryptolib.model import CardIdentity
from caducee.spec.atrs import CardFace, face_of, is_storage_card, resembles

__all__ = ["recognise"]

_DRIVERS: dict[CardFace, Callable[[Channel], Driver]] = {
    CardFace.CPS3_CONTACT: Cps3Contact,
    CardFace.CPS3_CONTACTLESS: Cps3Contactless,
    CardFace.CPS4: Cps4,
}


def recognise(channel: Channel) -> tuple[Driver, CardIdentity]:
    """Return the driver for a card, and which card it is; costs two or three commands.

    The answer to reset is compared under the masks of the issuer's library, so that later batches
    of a generation are taken too; then the card is asked. The caller holds a transaction. Raises
    `NotACpsError` (``cryptolib.not_a_cps``, ``cryptolib.identifies_only``,
    ``cryptolib.serial_invalid``).
    """
    atr = channel.transport.atr
    refusals = []
    for face in _faces(atr):
        driver = _DRIVERS[face](channel)
        driver.begin()
        try:
            return driver, driver.identity()
        except NotACpsError as error:
            refusals.append(error)
    uid = read_uid(channel) if is_storage_card(atr) else None
    if uid:
        raise NotACpsError("cryptolib.identifies_only", uid=uid.hex().upper(), size=len(uid))
    raise refusals[0] if refusals else NotACpsError("cryptolib.not_a_cps", atr=atr.hex().upper())


def _faces(atr: bytes) -> Iterator[CardFace]:
    """Yield the faces that a card may be, the likeliest first."""
    likeliest = resembles(atr)
    if likeliest is None:
        return
    yield likeliest
    # The mask of the CPS3 also covers CPS4 that offer T=0 alone, known and unknown ones.
    if likeliest is CardFace.CPS3_CONTACT and face_of(atr) is None:
        yield CardFace.CPS4

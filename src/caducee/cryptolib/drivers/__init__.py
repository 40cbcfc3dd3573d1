# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The drivers, one for each card generation and face, and how one is found."""

from collections.abc import Callable

from caducee.base.errors import NotACps
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.driver import Driver
from caducee.cryptolib.drivers.cps3_contact import Cps3Contact
from caducee.spec.atrs import CardFace, resembles

__all__ = ["choose"]

_DRIVERS: dict[CardFace, Callable[[Channel], Driver]] = {CardFace.CPS3_CONTACT: Cps3Contact}


def choose(channel: Channel) -> Driver:
    """Return the driver for the answer to reset of a card; nothing is sent.

    The answer to reset is compared under the masks of the issuer's library, so that later batches
    of a generation are taken too; the driver's ``identity`` then probes the card. Raises
    `NotACps` (``cryptolib.not_a_cps``, ``cryptolib.face_not_supported``).
    """
    atr = channel.transport.atr
    face = resembles(atr)
    if face is None:
        raise NotACps("cryptolib.not_a_cps", atr=atr.hex().upper())
    if face not in _DRIVERS:
        raise NotACps("cryptolib.face_not_supported", face=face.value)
    return _DRIVERS[face](channel)

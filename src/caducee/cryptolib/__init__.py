# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The Cryptolib: drivers, the card of an application, key adapters, presence and the cache."""

from caducee.base.errors import CardError, FormatError
from caducee.codec.carddata import EfActua
from caducee.cryptolib.cache import PublicDataCache
from caducee.cryptolib.card import CpsCard
from caducee.cryptolib.channel import Channel
from caducee.cryptolib.drivers import recognise
from caducee.cryptolib.files import CardFiles
from caducee.cryptolib.model import (
    Billing,
    BillingActivity,
    CardActivity,
    CardIdentity,
    DataObject,
    Hash,
    Holder,
    KeyUse,
    PinState,
)
from caducee.reader.transport import Ending, Reader, Transport

__all__ = [
    "Billing",
    "BillingActivity",
    "CardActivity",
    "CardIdentity",
    "CpsCard",
    "DataObject",
    "Hash",
    "Holder",
    "KeyUse",
    "PinState",
    "PublicDataCache",
    "open_card",
    "open_transport",
]


def open_card(
    reader: Reader, *, cache: PublicDataCache | None = None, unfinished: bool = False
) -> CpsCard:
    """Connect to the card in a reader, find its driver and read its directory files.

    With a ``cache`` that knows the card, this takes four to six commands. A card whose last update
    is incomplete is refused, unless ``unfinished`` is set (see `CpsCard.complete`). Raises
    `NotACpsError`, `CardError` (``cryptolib.*``) and what a reader raises.
    """
    return open_transport(reader.connect(), cache=cache, unfinished=unfinished)


def open_transport(
    transport: Transport, *, cache: PublicDataCache | None = None, unfinished: bool = False
) -> CpsCard:
    """Open the card behind a connection, which then belongs to the `CpsCard`; see `open_card`."""
    channel = Channel(transport)
    try:
        with transport.transaction(Ending.LEAVE):
            driver, identity = recognise(channel)
            actuality = driver.actuality()
            complete = _is_complete(actuality)
            if not complete and not unfinished:
                raise CardError("cryptolib.update_incomplete")
            files = CardFiles(driver, identity, cache)
            layout = files.open(actuality)
    except BaseException:
        transport.close()
        raise
    return CpsCard(driver, channel, identity, files, layout, complete=complete)


def _is_complete(actuality: bytes | None) -> bool:
    """Tell whether the last update of the card ended; else its data are old, new or mixed."""
    if actuality is None:
        return True
    try:
        return EfActua.from_file(actuality).complete
    except FormatError:
        return False

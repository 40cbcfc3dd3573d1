# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From the objects of the CPS2ter side to values, where their layout is understood."""

import logging
from collections.abc import Callable
from dataclasses import replace

from caducee.base.errors import FormatError
from caducee.codec.billing import BillingSituation, SituationObject, SituationsObject
from caducee.cryptolib.model import Billing

__all__ = ["understood"]

_log = logging.getLogger(__name__)


def understood(found: Billing) -> Billing:
    """Return what a driver read, with the values of the objects that follow the layout of ours.

    The layout of real cards was never published: their objects stay bytes.
    """
    activities = tuple(
        replace(activity, situation=_decode(_one, activity.raw, None))
        for activity in found.activities
    )
    situations = _decode(_all, found.situation, ())
    return replace(found, situations=situations, activities=activities)


def _one(content: bytes) -> BillingSituation:
    return SituationObject.from_file(content).situation


def _all(content: bytes) -> tuple[BillingSituation, ...]:
    return SituationsObject.from_file(content).situations


def _decode[V, D](read: Callable[[bytes], V], content: bytes | None, default: D) -> V | D:
    if not content:
        return default
    try:
        return read(content)
    except FormatError as error:
        _log.info("a billing object of the card is not understood: %s", error.code)
        return default

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PIN pad of a reader: what it can do, and entering a PIN there (PC/SC part 10).

The PIN goes from the PIN pad to the card; this machine never has it::

    pad = find_pin_pad(transport)
    if pad is not None and pad.verifies:
        sw = pad.enter(transport, PinVerify(...))
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from caducee.base.errors import CardRemovedError, FormatError, MuteCardError, ReaderError
from caducee.codec.pinpad import PadProperties, PinModify, PinVerify, read_features
from caducee.reader.transport import Transport
from caducee.spec.pinpad import GET_FEATURES, Feature, PadProperty, PadStatus

__all__ = ["PinPad", "find_pin_pad"]

_log = logging.getLogger(__name__)

_REFUSALS: Final = {
    PadStatus.TIMEOUT: "pin.timeout",
    PadStatus.CANCELLED: "pin.cancelled",
    PadStatus.NEW_CODES_DIFFER: "pin.new_codes_differ",
    PadStatus.CODE_LENGTH: "pin.pad_length",
    PadStatus.STRUCTURE_REFUSED: "pin.pad_refuses",
}


@dataclass(frozen=True, slots=True)
class PinPad:
    """What a reader's PIN pad can do."""

    features: Mapping[int, int]
    """Whole control codes, by `Feature`."""

    properties: PadProperties = field(default_factory=PadProperties)

    @property
    def verifies(self) -> bool:
        """Whether a PIN can be entered and sent to the card."""
        return Feature.VERIFY_PIN_DIRECT in self.features

    @property
    def changes(self) -> bool:
        """Whether a new PIN can be entered."""
        return Feature.MODIFY_PIN_DIRECT in self.features

    def within(self, least: int, most: int) -> tuple[int, int]:
        """Return how many digits can be entered of a PIN of ``least`` to ``most``."""
        fewest = self.properties.number(PadProperty.LEAST_PIN) or 0
        longest = self.properties.number(PadProperty.MOST_PIN) or most
        least = min(max(least, fewest), most)
        return least, max(least, min(most, longest))

    def enter(self, transport: Transport, plan: PinVerify | PinModify) -> bytes:
        """Let the holder enter what a plan asks for, and return the answer of the card.

        Raises `ReaderError`: ``pin.cancelled``, ``pin.timeout``, ``pin.new_codes_differ``,
        ``pin.pad_length``, ``pin.pad_refuses``, ``reader.feature_absent``, and what a
        removal raises.
        """
        verifies = isinstance(plan, PinVerify)
        feature = Feature.VERIFY_PIN_DIRECT if verifies else Feature.MODIFY_PIN_DIRECT
        code = self.features.get(feature)
        if code is None:
            raise ReaderError("reader.feature_absent", reader="", feature=feature.name)
        answer = transport.control(code, plan.to_bytes(), whole=True)
        if len(answer) < 2:
            raise ReaderError("reader.answer_malformed", reader="PIN pad")
        refusal = _REFUSALS.get(int.from_bytes(answer[-2:]))  # type: ignore[call-overload]
        if refusal is not None:
            raise ReaderError(refusal)
        return answer


def find_pin_pad(transport: Transport) -> PinPad | None:
    """Return what the PIN pad of a reader can do; None for a reader without one.

    Raises what a removal raises.
    """
    try:
        features = read_features(transport.control(GET_FEATURES))
    except (CardRemovedError, MuteCardError):
        raise
    except (ReaderError, FormatError) as error:
        _log.debug("no features: %s", error.code)
        return None
    if Feature.VERIFY_PIN_DIRECT not in features:
        return None
    return PinPad(features, _properties(transport, features))


def _properties(transport: Transport, features: Mapping[int, int]) -> PadProperties:
    code = features.get(Feature.GET_TLV_PROPERTIES)
    if code is None:
        return PadProperties()
    try:
        return PadProperties.from_bytes(transport.control(code, whole=True))
    except (CardRemovedError, MuteCardError):
        raise
    except (ReaderError, FormatError) as error:
        _log.info("a PIN pad does not tell its properties: %s", error.code)
        return PadProperties()

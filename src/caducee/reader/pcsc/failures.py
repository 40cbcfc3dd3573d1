# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""From a result of PC/SC to an error of our tree."""

from caducee.base.errors import CardRemovedError, MuteCardError, ReaderError
from caducee.spec.pcsc import PcscResult

__all__ = ["as_lost", "failure"]

_CODES: dict[PcscResult, tuple[type[ReaderError], str]] = {
    PcscResult.E_NO_SMARTCARD: (CardRemovedError, "reader.no_card"),
    PcscResult.W_REMOVED_CARD: (CardRemovedError, "reader.card_removed"),
    PcscResult.W_UNRESPONSIVE_CARD: (MuteCardError, "reader.card_mute"),
    PcscResult.W_UNPOWERED_CARD: (MuteCardError, "reader.card_mute"),
    PcscResult.W_UNSUPPORTED_CARD: (MuteCardError, "reader.card_mute"),
    PcscResult.W_RESET_CARD: (ReaderError, "reader.card_reset"),
    PcscResult.E_SHARING_VIOLATION: (ReaderError, "reader.card_in_use"),
    PcscResult.E_PROTO_MISMATCH: (ReaderError, "reader.protocol_mismatch"),
    PcscResult.E_NO_SERVICE: (ReaderError, "reader.service_absent"),
    PcscResult.E_SERVICE_STOPPED: (ReaderError, "reader.service_stopped"),
    PcscResult.F_COMM_ERROR: (ReaderError, "reader.service_stopped"),
    PcscResult.P_SHUTDOWN: (ReaderError, "reader.service_stopped"),
    PcscResult.E_NO_READERS_AVAILABLE: (ReaderError, "reader.no_reader"),
    PcscResult.E_UNKNOWN_READER: (ReaderError, "reader.unknown_reader"),
    PcscResult.E_READER_UNAVAILABLE: (ReaderError, "reader.unavailable"),
    PcscResult.E_READER_UNSUPPORTED: (ReaderError, "reader.unavailable"),
    PcscResult.E_NOT_READY: (ReaderError, "reader.unavailable"),
    PcscResult.E_NO_ACCESS: (ReaderError, "reader.access_denied"),
    PcscResult.W_SECURITY_VIOLATION: (ReaderError, "reader.access_denied"),
    PcscResult.E_UNSUPPORTED_FEATURE: (ReaderError, "reader.feature_absent"),
    PcscResult.E_TIMEOUT: (ReaderError, "reader.timeout"),
    PcscResult.F_WAITED_TOO_LONG: (ReaderError, "reader.timeout"),
    PcscResult.E_CANCELLED: (ReaderError, "reader.cancelled"),
    PcscResult.E_SYSTEM_CANCELLED: (ReaderError, "reader.cancelled"),
    PcscResult.W_CANCELLED_BY_USER: (ReaderError, "reader.cancelled"),
}


def failure(result: int, reader: str = "", feature: str = "") -> ReaderError:
    """Return the error for a result; its facts name the result and give its number."""
    number = result & 0xFFFFFFFF
    kind, code = _CODES.get(number, (ReaderError, "reader.pcsc_failed"))  # type: ignore[call-overload]
    return kind(  # type: ignore[no-any-return]
        code,
        reader=reader,
        feature=feature,
        name=PcscResult.name_of(number),
        number=f"{number:08X}",
    )


def as_lost(error: ReaderError) -> ReaderError:
    """Return the error of a connection that was good: who was let in and then is not, lost it.

    pcsc-lite says "security violation" when the service dies between a command and its answer.
    """
    if error.code not in ("reader.access_denied", "reader.service_absent"):
        return error
    return ReaderError("reader.service_stopped", **error.facts)

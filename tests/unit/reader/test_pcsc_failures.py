# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Every result of PC/SC becomes an error of the tree that says what to do."""

import pytest

from caducee.base.errors import CardRemovedError, MuteCardError, ReaderError
from caducee.reader.pcsc.failures import failure
from caducee.spec.pcsc import PcscResult


@pytest.mark.parametrize("result", [member for member in PcscResult if member])
def test_every_known_result_has_facts_and_advice(result: PcscResult) -> None:
    error = failure(result, "Reader 1", "0xd48")
    assert isinstance(error, ReaderError)
    assert error.facts["number"] == f"{result:08X}"
    assert error.facts["name"] == f"SCARD_{result.name}"
    assert "{" not in error.sentence() + error.advice()


@pytest.mark.parametrize(
    ("result", "kind", "code"),
    [
        (PcscResult.W_REMOVED_CARD, CardRemovedError, "reader.card_removed"),
        (PcscResult.E_NO_SMARTCARD, CardRemovedError, "reader.no_card"),
        (PcscResult.W_UNRESPONSIVE_CARD, MuteCardError, "reader.card_mute"),
        (PcscResult.W_UNPOWERED_CARD, MuteCardError, "reader.card_mute"),
        (PcscResult.W_RESET_CARD, ReaderError, "reader.card_reset"),
        (PcscResult.E_SHARING_VIOLATION, ReaderError, "reader.card_in_use"),
        (PcscResult.E_NO_SERVICE, ReaderError, "reader.service_absent"),
        (PcscResult.F_COMM_ERROR, ReaderError, "reader.service_stopped"),
        (PcscResult.W_SECURITY_VIOLATION, ReaderError, "reader.access_denied"),
        (PcscResult.E_INVALID_PARAMETER, ReaderError, "reader.pcsc_failed"),
    ],
)
def test_a_result_becomes_its_error(result: PcscResult, kind: type[ReaderError], code: str) -> None:
    error = failure(result)
    assert type(error) is kind
    assert error.code == code


def test_a_negative_result_is_the_same_number() -> None:
    assert failure(0x80100069 - (1 << 32)).code == "reader.card_removed"


def test_an_unknown_result_keeps_its_number() -> None:
    error = failure(0x80109999)
    assert error.code == "reader.pcsc_failed"
    assert error.facts["number"] == "80109999"
    assert error.facts["name"] == "unknown"
    assert PcscResult.name_of(0) == "SCARD_S_SUCCESS"

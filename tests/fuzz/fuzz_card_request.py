# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Lines of services and of managers, and confirmations, from outside: read exactly, or refused."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec.card_request import (
        Confirmation,
        ErrorMessage,
        RequestMessage,
        Statement,
        StateMessage,
        WithdrawMessage,
        answer_from_bytes,
        request_from_bytes,
    )
    from caducee.spec.card_request import RequestState

ASK = RequestMessage(service="Portail", binding_message="42", nonce="n" * 43, seconds=60)
STATEMENT = Statement("Portail", "42", "n" * 43, 1_700_000_000, 1_700_000_060, b"0\x03\x02\x01\x01")


def check(data: bytes) -> None:
    """Whatever is read is written as something that reads the same."""
    for read in (request_from_bytes, answer_from_bytes):
        try:
            found = read(data)
        except FormatError:
            continue
        assert read(found.to_bytes()) == found
    try:
        text = data.decode()
        assert Confirmation.from_compact(text).to_compact() == text
    except (FormatError, UnicodeDecodeError):
        return


def _seeds() -> list[bytes]:
    return [
        ASK.to_bytes(),
        WithdrawMessage().to_bytes(),
        StateMessage(state=RequestState.WAITING, before=3).to_bytes(),
        StateMessage(state=RequestState.CONFIRMED, confirmation="a.b.c").to_bytes(),
        ErrorMessage(code="request.version", versions=(1,)).to_bytes(),
        Confirmation(STATEMENT, b"signature").to_compact().encode(),
    ]


if __name__ == "__main__":
    run(check, _seeds())

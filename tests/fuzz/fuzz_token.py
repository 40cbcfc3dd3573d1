# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Tokens, forwarded certificates and certificates from outside: a verdict, never anything else."""

import datetime as dt
import json
from pathlib import Path

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.clock import FixedClock
    from caducee.base.errors import CpsError
    from caducee.codec.origin_token import OriginToken
    from caducee.relying.headers import parse_certificate, parse_chain, parse_verify
    from caducee.relying.nonces import Challenge
    from caducee.relying.policy import CardPolicy
    from caducee.relying.registry import MemoryHolders
    from caducee.relying.verdict import CheckName, Verdict
    from caducee.relying.verifier import Verifier
    from caducee.trust.revocation import CrlSource

VECTORS = Path(__file__).parents[1] / "vectors" / "origin-token"
NOW = FixedClock(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
CHALLENGE = Challenge("https://ria.ee", "12345678123456781234567812345678912356789123")
VERIFIER = Verifier([], [], CrlSource([]), MemoryHolders(), CardPolicy(), NOW)


def check(data: bytes) -> None:
    """Take bytes as a token, as a certificate and as headers; nobody may be let in."""
    _refused(VERIFIER.verify_token(data, CHALLENGE, seen_origin=data[:30].decode("latin-1")))
    _refused(VERIFIER.verify([data]))
    half = len(data) // 2
    _refused(VERIFIER.verify([data[:half], data[half:]]))
    text = data.decode("latin-1")
    for parse in (parse_certificate, parse_chain, parse_verify):
        try:
            parse(text)
        except CpsError:
            continue


def _refused(verdict: Verdict) -> None:
    assert not verdict.ok
    assert {entry.name for entry in verdict.checks} <= set(CheckName)
    json.dumps(verdict.to_dict())
    for item in verdict.checks:
        assert item.sentence()


def _seeds() -> list[bytes]:
    tokens = [
        path.read_text(encoding="utf-8").partition("\n\n")[2].strip().encode()
        for path in sorted(VECTORS.glob("*.txt"))
    ]
    certificates = [OriginToken.from_json(token).certificate for token in tokens]
    headers = [b":AQID:", b":AQID:, :BAUG:", b"FAILED:certificate has expired"]
    return [
        *tokens,
        *certificates,
        *headers,
        b"-----BEGIN%20CERTIFICATE-----%0AAQID%0A-----END%20CERTIFICATE-----",
    ]


if __name__ == "__main__":
    run(check, _seeds())

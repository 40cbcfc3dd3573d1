# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Identifiers and card data objects: read whole or refused."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec.carddata import (
        ActivityPs,
        CardObject,
        EfActua,
        IdCard,
        InfoPs,
        LangPs,
        NamePs,
        SerialNumber,
    )
    from caducee.codec.identifiers import PsIdNat, StructIdNat
    from caducee.codec.origin_token import OriginToken

OBJECTS = (IdCard, NamePs, LangPs, InfoPs, ActivityPs, EfActua, SerialNumber)


def check(data: bytes) -> None:
    """Take bytes as a text, as each object of a card and as a login token."""
    text = data.decode("latin-1")
    for identifier in (PsIdNat, StructIdNat):
        try:
            assert str(identifier.parse(text)) == text
        except FormatError:
            continue
    for kind in OBJECTS:
        _object(kind, data)
    try:
        token = OriginToken.from_json(data)
    except FormatError:
        return
    assert OriginToken.from_json(token.to_json()) == token


def _object(kind: type[CardObject] | type[SerialNumber], data: bytes) -> None:
    try:
        read = kind.from_bytes(data)
    except FormatError:
        return
    assert read.to_bytes() == data
    for name in dir(kind):
        if isinstance(getattr(kind, name), property):
            try:
                getattr(read, name)
            except FormatError:
                continue


SEEDS = [
    b"899700218896",
    b"00B6087510",
    b"30B0057881/CPET0002",
    b"499700735741008",
    bytes.fromhex("E319 800100 81052900995235 820180 830420260115 840420290731"),
    bytes.fromhex("ED1F 800100 810C 383939373030303030303132 820100 830100 8406 5052454E4F4D"),
    bytes.fromhex("EC12 8107 20261124070500 8207 20261124070559"),
    bytes.fromhex("5A0A8025000001290099525F"),
    b'{"unverifiedCertificate":"MAA=","algorithm":"RS256","signature":"AAAA","format":"web-eid:1"}',
]

if __name__ == "__main__":
    run(check, SEEDS)

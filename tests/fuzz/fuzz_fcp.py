# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""File control parameters and answers to reset: exact, or a FormatError."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec.atr import Atr
    from caducee.codec.fcp import EfMode, Fcp, read_rules, write_rules


def check(data: bytes) -> None:
    """Read bytes as file control parameters, access rules and an answer to reset."""
    try:
        fcp = Fcp.from_bytes(data)
    except FormatError:
        pass
    else:
        assert fcp.to_bytes() == data
        assert read_rules(write_rules(fcp.rules)) == fcp.rules
        assert all((fcp.condition(mode) or 0) <= 0xFF for mode in EfMode)
    try:
        atr = Atr.from_bytes(data)
    except FormatError:
        return
    assert atr.to_bytes() == data
    assert atr.protocols
    assert atr.rate is None or min(atr.rate) > 0


SEEDS = (
    "62188002000C8201018302D0038801E0A1058C0303FF008A0105",
    "621F82013883020001840DE828BD080F8025000001FF00108A0105A1048C020200",
    "3BAC00402A001225006480000310009000",
    "3B8F80010031B86404B0ECC1739401808290000E",
    "3B9B188001001225006480040100009044",
)
"""A file, a folder, and the answers to reset of the family."""


if __name__ == "__main__":
    run(check, map(bytes.fromhex, SEEDS))

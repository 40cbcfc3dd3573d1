# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Billing situations of a card: read whole or refused."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec.billing import BillingSituation, SituationObject, SituationsObject


def check(data: bytes) -> None:
    """Take bytes as one situation and as all; what is understood is made again and read again."""
    for kind in (SituationObject, SituationsObject):
        try:
            read = kind.from_bytes(data)
        except FormatError:
            continue
        assert read.to_bytes() == data
        try:
            known = _known(read)
        except FormatError:
            continue
        assert SituationsObject.make(known).situations == known


def _known(read: SituationObject | SituationsObject) -> tuple[BillingSituation, ...]:
    if isinstance(read, SituationObject):
        return (read.situation,)
    return read.situations


_ONE = BillingSituation(
    activity=1,
    struct_idnat="499700735741008",
    number="0B100073",
    key="4",
    convention="1",
    agreements=("01", "04"),
    sign_fse=True,
    replaced="899700218896",
)
SEEDS = [
    SituationObject.make(_ONE).to_bytes(),
    SituationsObject.make([_ONE, BillingSituation(activity=2)]).to_bytes(),
    SituationsObject.make([]).to_bytes(),
]

if __name__ == "__main__":
    run(check, SEEDS)

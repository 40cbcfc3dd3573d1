# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Commands and answers: what is accepted comes back byte for byte, all else is a FormatError."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec.apdu import CommandApdu, ResponseApdu
    from caducee.spec.status import describe


def check(data: bytes) -> None:
    """Read bytes as a command and as an answer, and write them again."""
    try:
        command = CommandApdu.from_bytes(data)
    except FormatError:
        pass
    else:
        assert command.to_bytes() == data
        assert CommandApdu(**{name: getattr(command, name) for name in FIELDS}) == command
        assert 0 <= command.channel <= 19
        assert command.with_chaining(command.chained or command.proprietary).data == command.data
    try:
        answer = ResponseApdu.from_bytes(data)
    except FormatError:
        return
    assert answer.to_bytes() == data
    assert describe(answer.sw)


FIELDS = ("cla", "ins", "p1", "p2", "data", "le", "extended")


SEEDS = (
    "00A40904043F00D003",
    "00840000",
    "0084000008",
    "00B0000000000000",
    "002A9E9A000002AABB0000",
    "112A8086FF" + "81" * 255,
    "9000",
)
"""Each case, short and extended, chained, and an answer."""


if __name__ == "__main__":
    run(check, map(bytes.fromhex, SEEDS))

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The wire between façade and daemon: what is accepted is written again as it came."""

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from caducee.base.errors import FormatError
    from caducee.codec.pkcs11 import Call, Frame, FrameDeframer, Hello, Reply, Welcome
    from caducee.spec.pkcs11.functions import by_number

SEEDS = (
    Hello(8, bytes(16), 1, token=b"token").to_frame().to_bytes(),
    Welcome().to_frame().to_bytes(),
    Call.build("C_FindObjectsInit", 1, session=3, template=()).to_frame().to_bytes(),
    Reply.build("C_OpenSession", session=3).to_frame().to_bytes(),
)


def check(data: bytes) -> None:
    """Read a stream of frames, each as everything that it may be."""
    try:
        frames = FrameDeframer().feed(data)
    except FormatError:
        return
    for frame in frames:
        assert Frame.from_bytes(frame.to_bytes()) == frame
        message(frame)


def message(frame: Frame) -> None:
    """Read a frame as a greeting, a call, and the reply to a call of every number."""
    for kind in (Hello, Welcome, Call):
        try:
            found = kind.from_frame(frame)
        except FormatError:
            continue
        assert found.to_frame() == frame
    function = by_number(frame.code % 92 + 1)
    assert function is not None
    try:
        reply = Reply.from_frame(frame, function)
    except FormatError:
        return
    assert reply.to_frame() == frame


if __name__ == "__main__":
    run(check, SEEDS)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Bodies of requests, read within bounds of size and of time."""

import asyncio
from enum import StrEnum, unique

from starlette.requests import ClientDisconnect, Request

__all__ = ["BodyError", "BodyProblem", "read_bounded"]


@unique
class BodyProblem(StrEnum):
    """Why a body was not taken."""

    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    CUT_OFF = "cut off"
    """The client went away before its end."""


class BodyError(Exception):
    """A body that was not taken; the connection it came by is of no use any more."""

    def __init__(self, problem: BodyProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


async def read_bounded(request: Request, most: int, *, seconds: float) -> bytes:
    """Return the body of a request, at most so many bytes within so many seconds.

    What says itself that it is larger is refused before anything is read. Raises `BodyError`.
    """
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:20]) > most:
        raise BodyError(BodyProblem.TOO_LARGE)
    data = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                data += part
                if len(data) > most:
                    raise BodyError(BodyProblem.TOO_LARGE)
    except TimeoutError:
        raise BodyError(BodyProblem.TOO_SLOW) from None
    except ClientDisconnect:
        raise BodyError(BodyProblem.CUT_OFF) from None
    return bytes(data)

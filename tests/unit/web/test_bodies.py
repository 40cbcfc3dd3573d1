# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Bodies within bounds: however a client sends them, no request holds more or longer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.requests import Request

from caducee.services.web.bodies import BodyError, BodyProblem, read_bounded

MOST = 10


def request(*parts: bytes, then: str = "end", length: str = "") -> tuple[Request, list[int]]:
    """Return a request whose body comes in parts, and how many of them were taken."""
    taken: list[int] = []

    async def receive() -> dict[str, Any]:
        turn = len(taken)
        if turn < len(parts):
            taken.append(turn)
            return {"type": "http.request", "body": parts[turn], "more_body": True}
        if then == "silence":
            await asyncio.Event().wait()
        if then == "gone":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"content-length", length.encode())] if length else []
    reported: Callable[[], Awaitable[Any]] = receive
    return Request({"type": "http", "method": "POST", "headers": headers}, reported), taken


def read(asked: Request) -> bytes:
    return asyncio.run(read_bounded(asked, MOST, seconds=0.05))


def trouble(asked: Request) -> BodyProblem:
    with pytest.raises(BodyError) as caught:
        read(asked)
    return caught.value.problem


@pytest.mark.parametrize("parts", [(), (b"12345", b"67890"), (b"1" * MOST,)])
def test_a_body_within_bounds_is_read_whole(parts: tuple[bytes, ...]) -> None:
    assert read(request(*parts)[0]) == b"".join(parts)


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    asked, taken = request(b"x", length="11")
    assert (trouble(asked), taken) == (BodyProblem.TOO_LARGE, [])


@pytest.mark.parametrize("length", ["", "10", "-1", "1e9", "\u0661"])
def test_a_body_is_counted_whatever_it_says(length: str) -> None:
    asked, taken = request(*[b"12345"] * 9, length=length)
    assert trouble(asked) is BodyProblem.TOO_LARGE
    assert len(taken) == 3


def test_a_body_that_does_not_come_is_given_up() -> None:
    assert trouble(request(b"1", then="silence")[0]) is BodyProblem.TOO_SLOW


def test_a_client_that_goes_away_is_reported_apart() -> None:
    assert trouble(request(b"1", then="gone")[0]) is BodyProblem.CUT_OFF

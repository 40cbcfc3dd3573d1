# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Forms as browsers send them: urlencoded, bounded in size, each value a clean text."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.requests import Request

from caducee.base.errors import FormatError, IssueError
from caducee.services.web.bodies import BodyError, BodyProblem, read_bounded

__all__ = ["LARGEST_BODY", "Posted", "read_body", "read_posted"]

LARGEST_BODY = 2_000_000
_MOST_FIELDS = 2_000
_BODY_SECONDS = 20.0


class Posted:
    """The fields of a form."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            text = value.replace("\r\n", "\n").replace("\r", "\n")
            self._values.setdefault(name, []).append(text)

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a field."""
        return self._values.get(name, [default])[0]

    def all(self, name: str) -> list[str]:
        """Return every value of a field that may be chosen several times."""
        return self._values.get(name, [])

    def has(self, name: str) -> bool:
        """Tell whether a field or button was sent."""
        return name in self._values

    def pairs(self) -> list[tuple[str, str]]:
        """Return every name with each of its values."""
        return [(name, value) for name, values in self._values.items() for value in values]

    def names(self) -> list[str]:
        """Return the names of what was sent, in its order."""
        return list(self._values)


async def read_body(request: Request) -> bytes:
    """Read a body within bounds of size and time.

    Raises `IssueError` (``ordering.request_too_large``, ``ordering.request_slow``), `FormatError`.
    """
    try:
        return await read_bounded(request, LARGEST_BODY, seconds=_BODY_SECONDS)
    except BodyError as error:
        if error.problem is BodyProblem.TOO_LARGE:
            raise IssueError("ordering.request_too_large", limit=LARGEST_BODY) from None
        if error.problem is BodyProblem.TOO_SLOW:
            raise IssueError("ordering.request_slow") from None
        raise FormatError("portal.request_unreadable") from None


def read_posted(body: bytes) -> Posted:
    """Read a form. Raises `FormatError` (``portal.request_unreadable``)."""
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise FormatError("portal.request_unreadable") from error
    if any("\0" in value or "\0" in name for name, value in pairs):
        raise FormatError("portal.request_unreadable")
    return Posted(pairs)

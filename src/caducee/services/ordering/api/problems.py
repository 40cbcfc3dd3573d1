# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Refusals as problem details (RFC 9457), with the code of the catalogue."""

import msgspec
from starlette.responses import Response

from caducee.base.errors import CpsError, Fact, FormatError, StateError

__all__ = ["MEDIA_TYPE", "ApiError", "Problem", "problem"]

MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request is not answered as it specs."""

    type: str
    """``urn:caducee:error:`` and the code."""

    title: str
    """What happened, in the language of ``Accept-Language``."""

    status: int
    detail: str
    """What to do next."""

    code: str
    """Code of the catalogue, for programs."""


class ApiError(CpsError):
    """A request that the API refuses as such, with the status that says so."""

    def __init__(self, status: int, code: str, /, **facts: Fact) -> None:
        super().__init__(code, **facts)
        self.status = status
        self.headers: dict[str, str] = {}

    def with_header(self, name: str, value: str) -> "ApiError":
        """Add a header to the answer."""
        self.headers[name] = value
        return self


_STATUS = {
    "ordering.unknown": 404,
    "ordering.card_unknown": 404,
    "ordering.product_unknown": 404,
    "ordering.link_unknown": 404,
    "ordering.account_unknown": 404,
    "ordering.link_used": 410,
    "ordering.link_expired": 410,
    "ordering.role_wrong": 403,
    "ordering.own_order": 403,
    "ordering.call_back_missing": 403,
    "ordering.reason_missing": 422,
    "ordering.request_key_reused": 409,
    "ordering.reason_wrong": 422,
    "ordering.incomplete": 409,
    "ordering.state_wrong": 409,
    "ordering.card_state": 409,
    "ordering.item_changed": 409,
    "ordering.changed_meanwhile": 409,
    "ordering.nothing_waits": 409,
    "ordering.no_reader": 409,
    "ordering.letter_first": 409,
    "ordering.not_taken": 409,
    "ordering.content_lost": 409,
    "ordering.trail_broken": 409,
    "ordering.trail_counter": 409,
    "ordering.checkpoint_broken": 409,
    "ordering.checkpoint_unreadable": 409,
    "ordering.checkpoint_overdue": 409,
}


def _status(error: CpsError) -> int:
    if isinstance(error, ApiError):
        return error.status
    if error.code in _STATUS:
        return _STATUS[error.code]
    if isinstance(error, StateError):
        return 503
    return 422 if isinstance(error, FormatError) or error.code.startswith("issuance.") else 409


def problem(error: CpsError) -> Response:
    """Return the answer to an error of ours; the database's own words stay inside."""
    status = _status(error)
    shown = ApiError(503, "api.fault") if status == 503 else error
    said = Problem(
        type=f"urn:caducee:error:{shown.code}",
        title=shown.sentence(),
        status=status,
        detail=shown.advice(),
        code=shown.code,
    )
    headers = error.headers if isinstance(error, ApiError) else None
    return Response(msgspec.json.encode(said), status, headers, MEDIA_TYPE)

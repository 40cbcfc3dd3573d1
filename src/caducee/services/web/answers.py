# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Answers that every service writes alike: JSON, and cookies out of reach of scripts."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

__all__ = ["json_response", "set_cookie"]


def json_response(content: Mapping[str, object], status: int = 200) -> Response:
    """Answer a program."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


def set_cookie(answer: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie for this host alone, out of reach of scripts; ``seconds`` 0 removes it."""
    answer.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )

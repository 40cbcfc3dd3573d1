# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A body that never comes holds no connection of the portal for ever."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from caducee.base.errors import LoginRefusedError
from caducee.services.portal import pages


def test_a_body_that_does_not_come_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_BODY_SECONDS", 0.01)

    async def silence() -> Any:
        await asyncio.Event().wait()

    asked = Request({"type": "http", "method": "POST", "headers": []}, silence)
    with pytest.raises(LoginRefusedError) as caught:
        asyncio.run(pages.read_body(asked))
    assert caught.value.code == "portal.request_unreadable"

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs the publication points over plain HTTP, as their addresses in certificates have it.

Lists and answers are signed, so that HTTP needs no protection of its own (RFC 5280 8).
"""

import contextlib
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from caducee.authority.authority import Authority
from caducee.base.clock import Clock
from caducee.directory.registry import Registry
from caducee.services.publication.app import create_app
from caducee.services.publication.settings import PublicationSettings
from caducee.services.web.dates import http_date
from caducee.services.web.plain import plain_config, running_plain

__all__ = ["running"]


@contextlib.contextmanager
def running(
    settings: PublicationSettings, authority: Authority, registry: Registry, clock: Clock
) -> Iterator[str]:
    """Run the publication points in a thread for the length of a ``with`` block.

    Gives the address, e.g. ``http://127.0.0.1:8080``. Raises `ConfigError`
    (``publication.address_taken``).
    """
    app = create_app(authority, registry, clock, title=settings.title)
    config = plain_config(_Dated(app, clock))
    config.date_header = False
    with running_plain(
        config,
        (settings.bind, settings.port),
        name="caducee-publication",
        taken="publication.address_taken",
    ) as address:
        yield address


class _Dated:
    """Writes the time of the world into each answer: its documents are dated by it too."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", http_date(self._clock.now()).encode())
                message["headers"] = [*message.get("headers", ()), date]
            await send(message)

        await self._app(scope, receive, dated)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Requests with a password: few at a time, on threads of their own, counted apart.

Hashing one takes a core for some 100 ms. On the threads of all other requests, sixty anonymous
logins kept everybody waiting. Browsers that are known for the account have places and a count of
their own, so that a flood from elsewhere does not keep them out.
"""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from caducee.base.errors import IssueError
from caducee.services.ordering.accounts import Accounts
from caducee.services.ordering.codes import digest
from caducee.services.ordering.site.page_request import PageRequest
from caducee.services.web.pool import BoundedPool, PoolFull
from caducee.services.web.rate_limit import RateLimiter
from caducee.spec import ours

__all__ = ["PasswordPool"]

_LONGEST = 200


class PasswordPool:
    """Runs the handlers that hash a password."""

    def __init__(self, accounts: Accounts, rate_limiter: RateLimiter | None = None) -> None:
        own = ours.table("ordering").integer
        self._accounts = accounts
        each_second = own("password_ten_seconds") / 10
        self._rate_limiter = rate_limiter or RateLimiter(
            burst=own("password_burst"), each_second=each_second
        )
        self._pool = BoundedPool(
            threads=own("password_threads"),
            waiting=own("password_waiting"),
            reserved=own("password_reserved"),
            each=own("password_each"),
        )

    async def run(self, visit: PageRequest, work: Callable[[], Response]) -> Response:
        """Return the answer of a handler.

        Raises `IssueError`: ``ordering.busy`` for a client that comes too often,
        ``ordering.passwords_busy`` when all places are taken.
        """
        source = visit.source
        if source.browser:
            email = visit.posted.get("email")[:_LONGEST]
            source = await run_in_threadpool(self._accounts.placed, email, source)
        client = digest(*source.parts())
        if not self._rate_limiter.admits(client):
            raise IssueError("ordering.busy")
        try:
            return await self._pool.run(work, client=client, trusted=source.known)
        except PoolFull as error:
            raise IssueError("ordering.passwords_busy") from error

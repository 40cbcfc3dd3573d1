# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""My data: what the service knows of a person, to take along and to have erased."""

from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from caducee.base.errors import IssueError
from caducee.services.ordering.personal import erase, export
from caducee.services.ordering.site.house import House
from caducee.services.ordering.site.visits import SESSION_COOKIE, VISITOR_COOKIE, Visit, go

__all__ = ["DataPages"]


@dataclass(frozen=True, slots=True)
class DataPages:
    """The handlers."""

    house: House

    def show(self, visit: Visit) -> Response:
        """Show the account."""
        return self._page(visit)

    def export(self, visit: Visit) -> Response:
        """Give everything as JSON."""
        told = export(self.house.ordering, self.house.accounts, visit.me.id)
        data = msgspec.json.format(msgspec.json.encode(told))
        headers = {"content-disposition": 'attachment; filename="caducee-my-data.json"'}
        return Response(data, media_type="application/json", headers=headers)

    def erase(self, visit: Visit) -> Response:
        """Erase everything that says who this person is, and log them out."""
        if visit.posted.get("sure") != "yes":
            return self._page(visit, IssueError("ordering.missing"))
        erase(self.house.ordering, self.house.accounts, visit.me.id)
        visit.account = None
        visit.cookies |= {SESSION_COOKIE: None, VISITOR_COOKIE: None}
        return go("/erased")

    def erased(self, visit: Visit) -> Response:
        """Say that it was done."""
        return self.house.pages.html(visit, "erased.html")

    def _page(self, visit: Visit, error: IssueError | None = None) -> Response:
        return self.house.pages.html(
            visit, "account.html", 400 if error else 200, me=visit.me, error=error
        )

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""My data: what the service knows of a person, to take along and to have erased; their keys."""

from dataclasses import dataclass

import msgspec
from starlette.responses import Response

from caducee.base.errors import CpsError, IssueError
from caducee.services.ordering.api.keys import ApiKeys
from caducee.services.ordering.personal import erase, export
from caducee.services.ordering.site.page_request import (
    SESSION_COOKIE,
    VISITOR_COOKIE,
    PageRequest,
    go,
)
from caducee.services.ordering.site.site_context import SiteContext
from caducee.services.web.answers import json_response

__all__ = ["DataPages"]

_LABEL = 100


@dataclass(frozen=True, slots=True)
class DataPages:
    """The handlers."""

    context: SiteContext

    def show(self, visit: PageRequest) -> Response:
        """Show the account."""
        return self._page(visit)

    def export(self, visit: PageRequest) -> Response:
        """Give everything as JSON."""
        exported = export(self.context.ordering, self.context.accounts, visit.me.id)
        data = msgspec.json.format(msgspec.json.encode(exported))
        headers = {"content-disposition": 'attachment; filename="caducee-my-data.json"'}
        return Response(data, media_type="application/json", headers=headers)

    def erase(self, visit: PageRequest) -> Response:
        """Erase everything that says who this person is, and log them out."""
        if visit.posted.get("sure") != "yes":
            return self._page(visit, IssueError("ordering.missing"), erasing=True)
        me = visit.me.id
        try:
            erase(self.context.ordering, self.context.accounts, me)
        except CpsError:
            # A second click, at the same moment as the first, finds everything erased by that one.
            if self.context.accounts.account(me).erased_at is None:
                raise
        visit.account = None
        visit.cookies |= {SESSION_COOKIE: None, VISITOR_COOKIE: None}
        return go("/erased")

    def erased(self, visit: PageRequest) -> Response:
        """Say that it was done."""
        return self.context.pages.html(visit, "erased.html")

    # Keys of programs

    def make_key(self, visit: PageRequest) -> Response:
        """Make a key for a program and show it, once."""
        label = " ".join(visit.posted.get("label").split())
        try:
            if not label:
                raise IssueError("ordering.missing")
            if len(label) > _LABEL:
                raise IssueError("ordering.too_long", most=_LABEL)
            if not label.isprintable():
                raise IssueError("ordering.characters")
            with self.context.ordering.registry.transaction():
                key = self._keys.make(visit.me.id, label, visit.access)
                # A new password, at the same moment, ends sessions and withdraws keys: not after.
                self.context.sessions.require(visit.session)
        except IssueError as error:
            if error.code == "ordering.not_logged_in":
                raise
            return self._page(visit, error, label=label)
        return self._page(visit, key=key.reveal().decode("ascii"))

    def withdraw_key(self, visit: PageRequest) -> Response:
        """Make a key worthless; one that is so already stays so."""
        self._keys.withdraw(visit.me.id, visit.posted.get("name"))
        return go("/account#keys")

    # The card that logs in here

    def ask_card(self, visit: PageRequest) -> Response:
        """Show whose card the connection has, before it is linked."""
        me = visit.me
        if not visit.site.asks:
            way = visit.site.way13 if visit.asked("tls", 4) == "13" else visit.site.way12
            return go(f"{way.removesuffix('/login/certificate')}/account/card")
        identity = self.context.by_certificate(visit)
        return self.context.pages.html(visit, "link-card.html", identity=identity, me=me)

    def link_card(self, visit: PageRequest) -> Response:
        """Let the holder of the connection's certificate log in to this account."""
        identity = self.context.by_certificate(visit)
        self._link(visit, identity.ps_idnat)
        return go(f"{self.context.home}/account")

    def nonce(self, visit: PageRequest) -> Response:
        """Give a nonce for linking a card by token."""
        return self.context.nonce(visit, _purpose(visit))

    def link_by_token(self, visit: PageRequest) -> Response:
        """Let the holder who answered that nonce log in to this account."""
        identity = self.context.by_token(visit, _purpose(visit))
        self._link(visit, identity.ps_idnat)
        return json_response({"ok": True})

    def _link(self, visit: PageRequest, ps_idnat: str) -> None:
        with self.context.ordering.registry.transaction():
            self.context.accounts.link_card(visit.me.id, ps_idnat)
            self.context.sessions.require(visit.session)

    def unlink_card(self, visit: PageRequest) -> Response:
        """Let no card log in here any more."""
        try:
            self.context.accounts.unlink_card(visit.me.id)
        except CpsError as error:
            return self._page(visit, error)
        return go("/account")

    @property
    def _keys(self) -> ApiKeys:
        return ApiKeys(self.context.ordering.registry)

    def _page(
        self,
        visit: PageRequest,
        error: CpsError | None = None,
        *,
        key: str | None = None,
        label: str = "",
        erasing: bool = False,
    ) -> Response:
        return self.context.pages.html(
            visit,
            "account.html",
            400 if error else 200,
            me=visit.me,
            keys=self._keys.keys(visit.me.id),
            key=key,
            label=label,
            erasing=erasing,
            error=error,
        )


def _purpose(visit: PageRequest) -> str:
    return f"link:{visit.visitor}:{visit.me.id}"

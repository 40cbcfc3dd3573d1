# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Handing over: the letter with the codes, and the cards themselves."""

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, cast

from starlette.responses import Response, StreamingResponse

from caducee.base.errors import IssueError
from caducee.base.secret import Secret
from caducee.services.ordering.letters import Letter
from caducee.services.ordering.site.page_request import PageRequest, go
from caducee.services.ordering.site.printed import print_letter
from caducee.services.ordering.site.site_context import SiteContext
from caducee.services.ordering.states import OrderState

__all__ = ["DeliveryPages"]

_log = logging.getLogger(__name__)

_IN_MEMORY = 8_000_000
_PART = 65_536


@dataclass(frozen=True, slots=True)
class DeliveryPages:
    """The handlers."""

    context: SiteContext

    def show(self, visit: PageRequest) -> Response:
        """Show the three steps of the delivery."""
        order = self.context.own(visit)
        waits = self.context.ordering.items.waiting(order.id) is not None
        if not waits or order.state not in (OrderState.READY, OrderState.DELIVERED):
            return go(f"/orders/{order.id}")
        return self._page(visit)

    def letter(self, visit: PageRequest) -> Response:
        """Seal the codes and show the link to them, once."""
        order = self.context.own(visit)
        link = self.context.ordering.letters.make(order, visit.applicant)
        secret = link.secret.reveal().decode("ascii")
        return self._page(
            visit, link=f"{self.context.home}/letters/{secret}", until=link.expires_at
        )

    def archive(self, visit: PageRequest) -> Response:
        """Give the encrypted archive."""
        order = self.context.own(visit)
        into = tempfile.SpooledTemporaryFile(_IN_MEMORY)
        try:
            note = self.context.ordering.shipments.write(
                order, visit.applicant, cast(BinaryIO, into)
            )
        except BaseException:
            into.close()
            raise
        size = into.tell()
        into.seek(0)
        headers = {
            "content-disposition": f'attachment; filename="{note.name}"',
            "content-length": str(size),
        }
        return StreamingResponse(_parts(into), media_type="application/zip", headers=headers)

    def reader(self, visit: PageRequest) -> Response:
        """Put the cards into the reader."""
        order = self.context.own(visit)
        places = self.context.ordering.shipments.deliver(order, visit.applicant)
        return self._page(visit, places=places)

    def received(self, visit: PageRequest) -> Response:
        """Take note that everything arrived."""
        order = self.context.own(visit)
        self.context.ordering.shipments.received(order, visit.applicant)
        return go(f"/orders/{order.id}")

    def peek(self, visit: PageRequest) -> Response:
        """Show what a link to a letter leads to; opening it takes a button."""
        note = self.context.ordering.letters.peek(_secret(visit))
        if note.opened_at is not None:
            raise IssueError("ordering.link_used")
        return self.context.pages.html(visit, "letter-closed.html", note=note)

    def open(self, visit: PageRequest) -> Response:
        """Open a letter, as a page or as a file to print; it is kept nowhere from then on."""
        letter = self.context.ordering.letters.open(_secret(visit))
        data = _printed(letter) if visit.posted.has("pdf") else None
        if data is not None:
            headers = {"content-disposition": f'attachment; filename="{letter.number}-codes.pdf"'}
            return Response(data, media_type="application/pdf", headers=headers)
        return self.context.pages.html(visit, "letter.html", letter=letter, lines=_shown(letter))

    def _page(self, visit: PageRequest, **found: Any) -> Response:  # noqa: ANN401 (what the page shows)
        order = self.context.own(visit)
        content: dict[str, Any] = {"link": None, "until": None, "places": None}
        waits = self.context.ordering.items.waiting(order.id) is not None
        return self.context.pages.html(
            visit,
            "delivery.html",
            order=order,
            waits=waits,
            State=OrderState,
            has_reader=self.context.ordering.shipments.has_reader,
            **(content | found),
        )


def _secret(visit: PageRequest) -> Secret:
    return Secret(visit.part("secret").encode("utf-8", "surrogatepass")[:200])


def _printed(letter: Letter) -> bytes | None:
    """Return a letter as PDF; none when that fails: its codes are here alone, the page has them."""
    try:
        return print_letter(letter)
    except Exception:
        # The log must not hold what was to be printed.
        _log.error("a letter could not be printed; its codes are shown on the page")
        return None


def _shown(letter: Letter) -> dict[str, object]:
    """Return the codes as texts, for the page that is shown once."""
    return {
        "archive": letter.archive.reveal().decode(),
        "cards": [
            (card.card_number, card.product, card.pin.reveal().decode(), card.puk.reveal().decode())
            for card in letter.cards
        ],
        "certificates": [
            (certificate.serial, certificate.product, certificate.passphrase.reveal().decode())
            for certificate in letter.certificates
        ],
    }


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(_PART):
            yield part

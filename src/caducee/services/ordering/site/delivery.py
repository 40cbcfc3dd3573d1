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
from caducee.services.ordering.site.house import House
from caducee.services.ordering.site.printed import print_letter
from caducee.services.ordering.site.visits import Visit, go
from caducee.services.ordering.states import OrderState

__all__ = ["DeliveryPages"]

_log = logging.getLogger(__name__)

_IN_MEMORY = 8_000_000
_PART = 65_536


@dataclass(frozen=True, slots=True)
class DeliveryPages:
    """The handlers."""

    house: House

    def show(self, visit: Visit) -> Response:
        """Show the three steps of the delivery."""
        order = self.house.own(visit)
        waits = self.house.ordering.waits(order)
        if not waits or order.state not in (OrderState.READY, OrderState.DELIVERED):
            return go(f"/orders/{order.id}")
        return self._page(visit)

    def letter(self, visit: Visit) -> Response:
        """Seal the codes and show the link to them, once."""
        order = self.house.own(visit)
        link = self.house.ordering.letter(order, visit.applicant)
        secret = link.secret.reveal().decode("ascii")
        return self._page(visit, link=f"{self.house.home}/letters/{secret}", until=link.expires_at)

    def archive(self, visit: Visit) -> Response:
        """Give the encrypted archive."""
        order = self.house.own(visit)
        into = tempfile.SpooledTemporaryFile(_IN_MEMORY)
        try:
            note = self.house.ordering.parcel(order, visit.applicant, cast(BinaryIO, into))
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

    def reader(self, visit: Visit) -> Response:
        """Put the cards into the reader."""
        order = self.house.own(visit)
        places = self.house.ordering.deliver(order, visit.applicant)
        return self._page(visit, places=places)

    def received(self, visit: Visit) -> Response:
        """Take note that everything arrived."""
        order = self.house.own(visit)
        self.house.ordering.received(order, visit.applicant)
        return go(f"/orders/{order.id}")

    def peek(self, visit: Visit) -> Response:
        """Show what a link to a letter leads to; opening it takes a button."""
        note = self.house.ordering.peek_letter(_secret(visit))
        if note.opened_at is not None:
            raise IssueError("ordering.link_used")
        return self.house.pages.html(visit, "letter-closed.html", note=note)

    def open(self, visit: Visit) -> Response:
        """Open a letter, as a page or as a file to print; it is kept nowhere from then on."""
        letter = self.house.ordering.open_letter(_secret(visit))
        data = _printed(letter) if visit.posted.has("pdf") else None
        if data is not None:
            headers = {"content-disposition": f'attachment; filename="{letter.number}-codes.pdf"'}
            return Response(data, media_type="application/pdf", headers=headers)
        return self.house.pages.html(visit, "letter.html", letter=letter, lines=_shown(letter))

    def _page(self, visit: Visit, **found: Any) -> Response:  # noqa: ANN401 (what the page shows)
        order = self.house.own(visit)
        content: dict[str, Any] = {"link": None, "until": None, "places": None}
        waits = self.house.ordering.waits(order)
        return self.house.pages.html(
            visit,
            "delivery.html",
            order=order,
            waits=waits,
            State=OrderState,
            has_reader=self.house.ordering.has_reader,
            **(content | found),
        )


def _secret(visit: Visit) -> Secret:
    return Secret(visit.part("secret").encode("utf-8", "surrogatepass")[:200])


def _printed(letter: Letter) -> bytes | None:
    """Return a letter as PDF; none when that fails: its codes are here alone, the page has them."""
    try:
        return print_letter(letter)
    except Exception:
        # What is told of the fault must not hold what was to be printed.
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

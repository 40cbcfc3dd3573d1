# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How the services of a world reach its responder and lists without a network between them."""

from collections.abc import Callable, Mapping
from functools import partial

from caducee.authority.authority import Authority
from caducee.authority.ocsp.responder import OcspResponder
from caducee.authority.records import AuthorityRecords
from caducee.base.errors import CpsError, TrustError
from caducee.spec.igc import CaFacts
from caducee.trust.fetch import HttpResponse

__all__ = ["OwnAuthorities", "at_once"]

_OK = 200
_NOT_FOUND = 404


class OwnAuthorities:
    """A `Way` that ends at the authorities of this process; what they publish is always there.

    It is asked as the network would be: at the addresses that stand in the certificates.
    """

    def __init__(self, authority: Authority, records: AuthorityRecords) -> None:
        self._authority = authority
        self._responder = OcspResponder(authority, records)

    def send(self, url: str, headers: Mapping[str, str]) -> HttpResponse:
        """Return the list at an address, if one of the authorities publishes it there.

        In the directory the lists of all keys of an authority stand at one address.
        """
        publishing = (self._published(item).get(url) for item in self._authority.existing())
        try:
            found = [publish() for publish in publishing if publish is not None]
        except CpsError as error:
            raise TrustError("trust.fetch_failed", url=url[:256], reason=error.sentence()) from None
        return HttpResponse(_OK if found else _NOT_FOUND, {}, b"".join(found))

    def post(self, url: str, request: bytes) -> bytes:
        """Return what the responder says, whatever its address."""
        return self._responder.answer(request).der

    def _published(self, facts: CaFacts) -> dict[str, Callable[[], bytes]]:
        full = partial(self._authority.crl, facts)
        delta = partial(self._authority.delta_crl, facts)
        return {facts.crl_url: full, facts.crl_ldap_url: full, facts.delta_ldap_url: delta}


def at_once(work: Callable[[], None]) -> None:
    """Do at once what would be done behind an answer: here nothing has to be waited for."""
    work()

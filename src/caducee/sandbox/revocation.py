# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Revocation straight from the world's own authorities, without a network between them."""

import datetime as dt
import threading

from cryptography import x509

from caducee.authority.authority import Authority
from caducee.spec import igc
from caducee.trust.revocation import CrlSource, RevocationAnswer

__all__ = ["AuthorityRevocation"]


class AuthorityRevocation:
    """A `RevocationSource` that takes the list which an authority holds now.

    A list that another process published is seen at the next question; a list that is due is made.
    """

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        known = (*authority.anchors(), *authority.intermediates())
        self._source = CrlSource(known)
        self._taken: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: dt.datetime
    ) -> RevocationAnswer:
        """Tell whether a certificate stands in the present list of its issuer."""
        self._refresh(issuer)
        return self._source.status(certificate, issuer, at)

    def _refresh(self, issuer: x509.Certificate) -> None:
        names = issuer.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        facts = igc.by_name(str(names[0].value)) if names else None
        if facts is None:
            return
        der = self._authority.crl(facts)
        with self._lock:
            if self._taken.get(facts.common_name) != der:
                self._source.load(der)
                self._taken[facts.common_name] = der

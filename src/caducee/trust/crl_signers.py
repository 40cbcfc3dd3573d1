# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Whose list may speak of whose certificates (RFC 5280 6.3.3 f).

The key that signed a list is not always the one that signed the certificate: an authority renews
its key, keeps one key for certificates and another for lists (as IGC-CPS2ter does), or leaves its
lists to another authority. Such a list is accepted when both keys chain to the same root.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from caducee.trust.names import normal
from caducee.trust.x509 import ParsedCertificate, signature_is_right

__all__ = ["CrlSigners"]

_MOST_LEVELS: Final = 8
_MOST_REMEMBERED: Final = 256


class CrlSigners:
    """Knows which of some authorities hang on the same root."""

    def __init__(self, authorities: Iterable[ParsedCertificate]) -> None:
        self._authorities = tuple(authorities)
        self._roots: dict[tuple[bytes, bytes, bytes], frozenset[bytes]] = {}

    def may_sign_for(
        self, signer: ParsedCertificate, issuer: ParsedCertificate, at: dt.datetime
    ) -> bool:
        """Tell whether a list of ``signer`` counts for certificates of ``issuer``."""
        alike = normal(signer.subject) == normal(issuer.subject)
        if alike and signer.spki == issuer.spki:
            return True
        if not signer.not_before <= at <= signer.not_after:
            return False
        if alike and _are_a_pair(signer, issuer):
            return True
        return bool(self._roots_of(signer) & self._roots_of(issuer))

    def trusts(
        self,
        signer: ParsedCertificate,
        issuer: ParsedCertificate,
        at: dt.datetime,
        asking: frozenset[bytes],
        is_good: Callable[[ParsedCertificate, ParsedCertificate, frozenset[bytes]], bool],
    ) -> bool:
        """Tell whether a list may speak and whoever signed it was not revoked.

        ``is_good`` asks about the signer, an authority and its issuer; ``asking`` are the keys
        that are being asked about already: an authority may list its own certificate, and only
        there (PKITS 4.14.30), so that a question which leads back to itself ends well.
        """
        if not self.may_sign_for(signer, issuer, at):
            return False
        if signer.spki == issuer.spki or signer.spki in asking:
            return True
        above = self._above(signer)
        return above is None or is_good(signer, above, asking | {signer.spki})

    def _above(self, view: ParsedCertificate) -> ParsedCertificate | None:
        """Return the issuer of an authority among those known, ``None`` for a root."""
        if _signs_itself(view):
            return None
        return next(iter(self._issuers(view)), None)

    def _issuers(self, view: ParsedCertificate) -> list[ParsedCertificate]:
        return [
            above
            for above in self._authorities
            if above is not view and _may_issue(above) and _named_by(view, above)
            if signature_is_right(view, above)
        ]

    def _roots_of(self, view: ParsedCertificate) -> frozenset[bytes]:
        """Return the keys of the roots above an authority; remembered."""
        key = view.subject, view.spki, view.issuer
        found = self._roots.get(key)
        if found is None:
            if len(self._roots) >= _MOST_REMEMBERED:
                self._roots.clear()
            found = self._roots[key] = frozenset(self._climb((view,)))
        return found

    def _climb(self, path: Sequence[ParsedCertificate]) -> set[bytes]:
        item = path[-1]
        if _signs_itself(item):
            return {item.spki}
        found: set[bytes] = set()
        if len(path) < _MOST_LEVELS:
            for above in self._issuers(item):
                if all(above.spki != other.spki for other in path):
                    found |= self._climb((*path, above))
        return found


def _signs_itself(view: ParsedCertificate) -> bool:
    return view.self_issued and signature_is_right(view, view)


def _may_issue(view: ParsedCertificate) -> bool:
    return view.is_ca and (view.key_usage is None or "key_cert_sign" in view.key_usage)


def _named_by(view: ParsedCertificate, above: ParsedCertificate) -> bool:
    return normal(view.issuer) == normal(above.subject)


def _are_a_pair(signer: ParsedCertificate, issuer: ParsedCertificate) -> bool:
    """Tell the two self-signed certificates of one name in IGC-CPS2ter.

    One key is for certificates only, the other for lists only: key usage says which is which.
    """
    return (
        signer.self_issued
        and issuer.self_issued
        and signer.key_usage is not None
        and issuer.key_usage is not None
        and "key_cert_sign" not in signer.key_usage
        and "crl_sign" not in issuer.key_usage
    )

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The documents that are published as files: certificates, chains, revocation lists."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates

from caducee.authority.authority import Authority
from caducee.spec import igc
from caducee.spec.igc import CaFacts, World

__all__ = ["Document", "Documents", "link_names"]

_CHAIN = "Chaine_de_certification-IGC-Sante"


@dataclass(frozen=True, slots=True)
class Document:
    """One published file."""

    content: bytes
    """The file, DER."""

    media_type: str
    """Its media type."""

    tag: str
    """Its entity tag, without quotes: another content has another."""

    modified: dt.datetime | None = None
    """Since when it is so, UTC, where that is known."""

    next_update: dt.datetime | None = None
    """Of a list: when the next one is there at the latest, UTC."""


class Documents:
    """Finds documents by the path under which the certificates name them."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    def find(self, folder: str, name: str) -> Document | None:
        """Return a document by folder (``AC``, ``AC TEST``, ``CRL``) and file name, or none.

        Only what an authority that exists has published is found; nothing is made but a list that
        is due.
        """
        stem, _, kind = name.rpartition(".")
        if kind == "p7b":
            return self._chain(folder, stem)
        ca = next((item for item in self._authority.existing() if item.file == stem), None)
        if ca is None:
            return self._link(folder, stem) if kind == "cer" else None
        if kind == "cer" and folder in ("AC", f"AC {ca.world}"):
            return self._certificate(ca)
        return self._list(ca) if (kind, folder) == ("crl", "CRL") else None

    def _certificate(self, ca: CaFacts) -> Document:
        return _as_file(self._authority.certificate(ca))

    def _link(self, folder: str, stem: str) -> Document | None:
        """Return a link between two keys of an authority: ``…-BY-…``, the signing key's after."""
        for ca in self._authority.existing():
            if folder in ("AC", f"AC {ca.world}") and stem in (names := link_names(ca)):
                return _as_file(self._authority.links(ca)[names.index(stem)])
        return None

    def _list(self, ca: CaFacts) -> Document:
        found = self._authority.crl_record(ca)
        # The number alone would do for one hierarchy; the content distinguishes two sandboxes too.
        tag = f"{found.number}-{_tag(found.der)}"
        return Document(
            found.der, "application/pkix-crl", tag, found.this_update, found.next_update
        )

    def _chain(self, folder: str, stem: str) -> Document | None:
        for world in World:
            if stem == f"{_CHAIN}-{world}" and folder in ("AC", f"AC {world}"):
                cas = [item for item in self._authority.existing() if item.world is world]
                if not cas:
                    return None
                certificates = [self._authority.certificate(item) for item in cas]
                certificates += [link for item in cas for link in self._authority.links(item)]
                der = serialize_certificates(certificates, Encoding.DER)
                return Document(der, "application/x-pkcs7-certificates", _tag(der))
        return None

    def chains(self) -> dict[World, str]:
        """Return the path of the chain file of each hierarchy that exists."""
        worlds = {item.world for item in self._authority.existing()}
        return {item: f"/AC%20{item}/{_CHAIN}-{item}.p7b" for item in igc.World if item in worlds}


def link_names(ca: CaFacts) -> tuple[str, ...]:
    """Return the file names, without ending, of the links of a generation (`Authority.links`)."""
    if ca.generation == 1:
        return ()
    before = ca.renewed(ca.generation - 1, ca.not_before, ca.not_after).file
    return f"{before}-BY-{ca.file}", f"{ca.file}-BY-{before}"


def _as_file(certificate: x509.Certificate) -> Document:
    der = certificate.public_bytes(Encoding.DER)
    return Document(der, "application/pkix-cert", _tag(der))


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]

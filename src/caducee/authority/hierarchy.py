# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The hierarchies with keys of ours: each authority made when it is first needed, and renewed.

An authority keeps its name when its key is renewed; each key is a *generation*. The new key is
certified as the first was, and two *links* join both (RFC 4210 4.4): the old key certified with the
new one, for those who know the new one only, and the new key certified with the old one.
"""

import datetime as dt
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cryptography import x509

from caducee.authority.keys import CaKey, KeySource, KeyStore, PublicKey, SignedKey
from caducee.authority.linting import Linter, sign_linted
from caducee.authority.names import ca_name
from caducee.authority.profiles import ca_extensions
from caducee.authority.records import AuthorityRecords
from caducee.base.dates import years_later
from caducee.base.errors import IssueError, StateError
from caducee.spec import igc
from caducee.spec.cards import CARD_YEARS
from caducee.spec.igc import CaFacts

__all__ = ["Hierarchy"]

type _Validity = tuple[dt.datetime, dt.datetime]

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Signer:
    """An authority with its key, before or after its certificate is there."""

    facts: CaFacts
    key: CaKey

    @property
    def key_id(self) -> x509.SubjectKeyIdentifier:
        return x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())


class Hierarchy:
    """Finds, makes or renews the authorities of the hierarchies in a store of keys."""

    def __init__(
        self,
        folder: KeyStore,
        records: AuthorityRecords,
        keys: KeySource,
        linter: Linter | None = None,
    ) -> None:
        self._linter = linter
        self._folder = folder
        self._records = records
        self._keys = keys
        self._known: dict[str, SignedKey] = {}
        self._generations: dict[str, tuple[CaFacts, ...]] = {}
        self._lock = threading.Lock()

    def existing(self, facts: CaFacts) -> SignedKey | None:
        """Return an authority, with the key of that generation, if it was made already."""
        found = self._known.get(facts.file) or self._folder.load(facts.file)
        if found is not None:
            self._known[facts.file] = found
        return found

    def generations(self, facts: CaFacts) -> tuple[CaFacts, ...]:
        """Return the generations of an authority that exist, oldest first; none: not made yet.

        A generation that another process made is seen at once.
        """
        first = igc.ca(facts.range, facts.domain, facts.world)
        found = self._generations.get(facts.common_name, ())
        if not found and self.existing(first) is not None:
            found = (first,)
        while found:
            # Its dates stand in its certificate.
            nameless = first.renewed(len(found) + 1, first.not_before, first.not_after)
            signed = self.existing(nameless)
            if signed is None:
                break
            own = signed.certificate
            dates = own.not_valid_before_utc, own.not_valid_after_utc
            found += (first.renewed(nameless.generation, *dates),)
        self._generations[facts.common_name] = found
        return found

    def current(self, facts: CaFacts) -> CaFacts:
        """Return the newest generation of an authority, which is made if there is none."""
        found = self.generations(facts)
        if not found:
            self.signer(igc.ca(facts.range, facts.domain, facts.world))
            found = self.generations(facts)
        return found[-1]

    def covering(self, facts: CaFacts, validity: _Validity) -> CaFacts:
        """Return the newest generation that lives as long as a certificate would.

        Raises `IssueError` (``authority.beyond_ca``) when there is none.
        """
        newest = self.current(facts)
        for generation in reversed(self.generations(facts)):
            if generation.not_before <= validity[0] and validity[1] <= generation.not_after:
                return generation
        raise _beyond(newest)

    def signer(self, facts: CaFacts) -> SignedKey:
        """Return an authority; it and its root are made if they do not exist yet.

        Raises `StateError` when the key files cannot be used.
        """
        found = self._known.get(facts.file)
        if found is not None:
            return found
        if facts.generation > 1:
            # Only renewing makes one; a caller knows it because it was there.
            raise StateError("authority.key_unreadable", path=facts.file, reason="file missing")
        with self._lock, self._folder.locked():
            self._make_missing(facts)
        return self._known[facts.file]

    def renew(self, facts: CaFacts, now: dt.datetime, keys: KeySource | None = None) -> CaFacts:
        """Give an authority another key (default: from where all keys come), and return it.

        It lives for twenty years, an issuing one at most until the day before its root's end.
        Raises `IssueError` (``authority.beyond_ca``) when the root does not live any longer.
        """
        root = self.current(igc.ca(facts.range, world=facts.world))
        self.current(facts)
        start = now.astimezone(dt.UTC).replace(microsecond=0)
        end = years_later(start, igc.CA_YEARS)
        with self._lock, self._folder.locked():
            old = self.generations(facts)[-1]
            if not facts.is_root:
                end = min(end, root.not_after - _DAY)
                if not root.not_before <= start < end:
                    raise _beyond(root)
            new = old.renewed(old.generation + 1, start, end)
            key = (keys or self._keys).ca_key(new.key_name)
            self._known[new.file] = self._renewed(old, new, key, root)
        return self.generations(facts)[-1]

    def _renewed(self, old: CaFacts, new: CaFacts, key: CaKey, root: CaFacts) -> SignedKey:
        """Certify the new key and link it with the old one; both are recorded, then kept."""
        before, after = _Signer(old, self._known[old.file].key), _Signer(new, key)
        issuer = after if new.is_root else _Signer(root, self._known[root.file].key)
        until = old.not_after
        if not new.is_root:
            # By then nobody has a certificate any more that the old key signed.
            until = min(until, years_later(new.not_before, CARD_YEARS))
        own = self._certificate(new, key.public_key(), issuer, (new.not_before, new.not_after))
        links = (
            self._certificate(old, before.key.public_key(), after, (old.not_before, old.not_after)),
            self._certificate(new, key.public_key(), before, (new.not_before, until)),
        )
        made = SignedKey(key, own, links)
        with self._records.transaction():
            for item in (own, *links):
                self._records.record_issued(_issuer_name(item), item)
        self._folder.save(new.file, made)
        return made

    def _make_missing(self, facts: CaFacts) -> None:
        root = igc.ca(facts.range, world=facts.world)
        needed = [root] if facts.is_root else [root, facts]
        missing = [entry for entry in needed if self.existing(entry) is None]
        # The keys are made side by side: key generation leaves Python's lock.
        for item, key in zip(missing, self._new_keys(missing), strict=True):
            self._known[item.file] = self._certify(item, root, key)

    def _new_keys(self, missing: Sequence[CaFacts]) -> list[CaKey]:
        with ThreadPoolExecutor(max(1, len(missing))) as pool:
            return list(pool.map(self._keys.ca_key, [item.key_name for item in missing]))

    def _certify(self, facts: CaFacts, root: CaFacts, key: CaKey) -> SignedKey:
        issuer = _Signer(root, key if facts.is_root else self._known[root.file].key)
        validity = facts.not_before, facts.not_after
        made = SignedKey(key, self._certificate(facts, key.public_key(), issuer, validity))
        # Recorded before the key is kept: a certificate that nobody can use does no harm, one
        # that nobody could revoke would.
        self._records.record_issued(facts.issuer_name, made.certificate)
        self._folder.save(facts.file, made)
        return made

    def _certificate(
        self, facts: CaFacts, key: PublicKey, issuer: _Signer, validity: _Validity
    ) -> x509.Certificate:
        prefix, size = issuer.facts.own_serials
        name = issuer.facts.common_name
        builder = (
            x509.CertificateBuilder()
            .subject_name(ca_name(facts))
            .issuer_name(ca_name(issuer.facts))
            .public_key(key)
            .serial_number(self._records.reserve_serials(name, prefix, size, 1)[0])
            .not_valid_before(validity[0])
            .not_valid_after(validity[1])
        )
        for extension, critical in ca_extensions(facts, issuer.facts, key, issuer.key_id):
            builder = builder.add_extension(extension, critical)
        return sign_linted(builder, issuer.key, self._linter)


def _issuer_name(certificate: x509.Certificate) -> str:
    return str(certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def _beyond(ca: CaFacts) -> IssueError:
    until = f"{ca.not_after:%Y-%m-%d}"
    return IssueError("authority.beyond_ca", issuer=ca.common_name, until=until)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The hierarchies with keys of ours: each authority made when it is first needed."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from caducee.authority.keys import KeySource, KeyStore, SignedKey
from caducee.authority.names import ca_name
from caducee.authority.profiles import ca_extensions
from caducee.authority.records import RecordBook
from caducee.base.errors import StateError
from caducee.spec import igc
from caducee.spec.igc import CaFacts

__all__ = ["Hierarchy"]


class Hierarchy:
    """Finds or makes the authorities of the hierarchies in a store of keys."""

    def __init__(self, folder: KeyStore, records: RecordBook, keys: KeySource) -> None:
        self._folder = folder
        self._records = records
        self._keys = keys
        self._known: dict[str, SignedKey] = {}
        self._lock = threading.Lock()

    def existing(self, facts: CaFacts) -> SignedKey | None:
        """Return an authority if it was made already."""
        found = self._known.get(facts.common_name) or self._folder.load(facts.file)
        if found is not None:
            self._known[facts.common_name] = found
        return found

    def signer(self, facts: CaFacts) -> SignedKey:
        """Return an authority; it and its root are made if they do not exist yet.

        Raises `StateError` when the key files cannot be used.
        """
        found = self._known.get(facts.common_name)
        if found is not None:
            return found
        with self._lock, self._folder.locked():
            self._make_missing(facts)
        return self._known[facts.common_name]

    def _make_missing(self, facts: CaFacts) -> None:
        root = igc.ca(facts.range, world=facts.world)
        needed = [root] if facts.is_root else [root, facts]
        missing = [one for one in needed if self.existing(one) is None]
        # The keys are made side by side: key generation leaves Python's lock.
        for one, key in zip(missing, self._new_keys(missing), strict=True):
            self._known[one.common_name] = self._certify(one, root, key)

    def _new_keys(self, missing: Sequence[CaFacts]) -> list[rsa.RSAPrivateKey]:
        with ThreadPoolExecutor(max(1, len(missing))) as pool:
            return list(pool.map(self._keys.ca_key, [one.common_name for one in missing]))

    def _certify(self, facts: CaFacts, root: CaFacts, key: rsa.RSAPrivateKey) -> SignedKey:
        issuer_key = key if facts.is_root else self._rsa(root)
        prefix, size = igc.CA_SERIAL_PREFIX, igc.CA_SERIAL_SIZE
        serial = self._records.reserve_serials(facts.issuer_name, prefix, size, 1)[0]
        builder = (
            x509.CertificateBuilder()
            .subject_name(ca_name(facts))
            .issuer_name(ca_name(root))
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(facts.not_before)
            .not_valid_after(facts.not_after)
        )
        for extension, critical in ca_extensions(
            facts, root, key.public_key(), _key_id(issuer_key)
        ):
            builder = builder.add_extension(extension, critical)
        made = SignedKey(key, builder.sign(issuer_key, hashes.SHA256()))
        # Recorded before the key is kept: a certificate that nobody can use does no harm, one
        # that nobody could revoke would.
        self._records.record_issued(facts.issuer_name, made.certificate)
        self._folder.save(facts.file, made)
        return made

    def _rsa(self, facts: CaFacts) -> rsa.RSAPrivateKey:
        key = self._known[facts.common_name].key
        if not isinstance(key, rsa.RSAPrivateKey):
            raise StateError("authority.key_mismatch", path=f"{facts.file}.pem")
        return key


def _key_id(key: rsa.RSAPrivateKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())

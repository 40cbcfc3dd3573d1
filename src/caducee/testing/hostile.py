# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Chains made to cost a validator much more than they cost whoever sends them.

Each family gives a leaf, the certificates sent with it, the anchors, and the codes by which a good
validator refuses it. Tests look at the codes, benchmarks at the time.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ObjectIdentifier

from caducee.codec.tlv import Tlv
from caducee.spec import oids
from caducee.testing.pki import LEAF, NOW, YEAR, Extension, Issued, authority, key, name, resign

__all__ = ["FAMILIES", "HostileChain"]


@dataclass(frozen=True, slots=True)
class HostileChain:
    """One attack."""

    leaf: x509.Certificate
    between: tuple[x509.Certificate, ...]
    anchors: tuple[x509.Certificate, ...]
    codes: frozenset[str]
    """What refuses it: any of these."""


def _chain(leaf: Issued, between: Iterable[Issued], anchor: Issued, *codes: str) -> HostileChain:
    others = tuple(item.certificate for item in between)
    found = frozenset(f"trust.{code}" for code in codes)
    return HostileChain(leaf.certificate, others, (anchor.certificate,), found)


def _look_alikes() -> HostileChain:
    """Issuers of one name, none of which leads to the anchor."""
    alike = [authority("ISSUING", key_name=f"alike {index}", key_ids=False) for index in range(120)]
    leaf = alike[-1].issue("LEAF", key_ids=False)
    return _chain(leaf, alike, authority("ROOT"), "chain_not_searched")


def _cycles() -> HostileChain:
    """Authorities that all certify each other, so that there is always one more way to go."""
    nodes = [
        authority(f"NODE {index % 6}", issuer=authority(f"NODE {other % 6}"), serial=100 + index)
        for index in range(12)
        for other in range(5)
    ]
    leaf = authority("NODE 0").issue("LEAF")
    return _chain(leaf, nodes, authority("ROOT"), "chain_not_searched")


def _long_keys() -> HostileChain:
    """Look-alikes with keys of RSA-8192, the longest that are taken."""
    alike = [_with_rsa((1 << 8191) | (index << 64) | 1, 65_537) for index in range(60)]
    leaf = _signed_by_rsa(alike[0], 1024)
    return _chain(leaf, alike, authority("ROOT"), "chain_not_searched")


def _with_rsa(modulus: int, exponent: int) -> Issued:
    """Return an authority that claims an RSA key of which nobody has the private half."""
    made = authority("ISSUING", issuer=authority("ROOT"), key_ids=False)
    own = made.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    numbers = Tlv.build(0x30, Tlv(0x02, _integer(modulus)), Tlv(0x02, _integer(exponent)))
    algorithm = Tlv(0x30, bytes.fromhex("06092A864886F70D010101 0500"))
    claimed = Tlv.build(0x30, algorithm, Tlv(0x03, b"\0" + numbers.to_bytes())).to_bytes()
    tbs = made.certificate.tbs_certificate_bytes.replace(own, claimed)
    changed = x509.load_der_x509_certificate(resign(authority("ROOT"), tbs))
    return Issued(changed, made.key)


def _integer(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1)


def _signed_by_rsa(issuer: Issued, size: int) -> Issued:
    """Return a leaf that says it was signed by an RSA key of that many bytes."""
    tbs = issuer.issue("LEAF", key_ids=False).certificate.tbs_certificate_bytes
    ecdsa = bytes.fromhex("300A 0608 2A8648CE3D040302")
    pkcs1 = bytes.fromhex("300D 0609 2A864886F70D01010B 0500")
    body = Tlv(0x30, Tlv.from_bytes(tbs).value.replace(ecdsa, pkcs1))
    signature = Tlv(0x03, b"\0" + b"\x01" * size)
    whole = Tlv(0x30, body.to_bytes() + pkcs1 + signature.to_bytes()).to_bytes()
    return Issued(x509.load_der_x509_certificate(whole), key("LEAF"))


def _huge_modulus() -> HostileChain:
    """An RSA key of 65,536 bits, which takes seconds to verify with."""
    issuer = _with_rsa((1 << 65_535) | (1 << 100) | 1, 65_537)
    leaf = _signed_by_rsa(issuer, 8192)
    return _chain(leaf, [issuer], authority("ROOT"), "signature_wrong", "chain_not_found")


def _huge_exponent() -> HostileChain:
    """An RSA key whose public exponent is as long as its modulus."""
    issuer = _with_rsa((1 << 8191) | (1 << 100) | 1, (1 << 8190) | 1)
    leaf = _signed_by_rsa(issuer, 1024)
    return _chain(leaf, [issuer], authority("ROOT"), "signature_wrong", "chain_not_found")


def _subtrees(count: int, text: str) -> list[x509.GeneralName]:
    return [x509.DNSName(f"{text}{index}.test") for index in range(count)]


def _name_constraints() -> HostileChain:
    """Limits on names at each level, and thousands of names in the leaf to compare with them."""
    root = authority("ROOT")
    chain, above = [], root
    for level in range(5):
        limits = x509.NameConstraints(_subtrees(400, f"a{level}x"), _subtrees(400, f"b{level}x"))
        above = above.authority(f"CA {level}", more=[(limits, True)])
        chain.append(above)
    names = x509.SubjectAlternativeName(_subtrees(2000, "www"))
    leaf = above.issue("LEAF", extensions=(*LEAF, (names, False)))
    return _chain(leaf, chain, root, "name_constraints_many", "name_refused")


def _parts(count: int) -> list[x509.NameAttribute[str]]:
    return [x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "x") for _ in range(count)]


def _nested_name_constraints() -> HostileChain:
    """Directory names of hundreds of parts inside name constraints, and as alternative names."""
    root = authority("ROOT")
    limits = x509.NameConstraints([x509.DirectoryName(x509.Name(_parts(300)))] * 8, None)
    issuing = root.authority("ISSUING", more=[(limits, True)])
    names = x509.SubjectAlternativeName([x509.DirectoryName(x509.Name(_parts(299)))] * 8)
    leaf = issuing.issue(x509.Name(_parts(299)), extensions=(*LEAF, (names, False)))
    return _chain(leaf, [issuing], root, "name_refused", "name_constraints_many")


def _long_subject() -> HostileChain:
    """A leaf whose subject has thousands of parts."""
    root = authority("ROOT")
    return _chain(root.issue(x509.Name(_parts(2000))), [], root, "name_too_large")


def _huge() -> HostileChain:
    """A leaf of 1.4 MB, of which nothing may be read."""
    made = authority(x509.Name(_parts(60_000)), key_name="huge")
    return _chain(made, [], authority("ROOT"), "certificate_too_large")


def _long_names() -> HostileChain:
    """As many intermediates as are taken, each of 32 kB, nearly all of it names to compare."""
    leaf = authority("ISSUING").issue("LEAF")
    names = [x509.Name([*_parts(1300), *name(str(index))]) for index in range(64)]
    between = [authority(item, key_name="long") for item in names]
    return _chain(leaf, between, authority("ROOT"), "chain_not_searched")


def _large_look_alikes() -> HostileChain:
    """Issuers of one name, each with an extension of thousands of parts to read."""
    many = x509.SubjectAlternativeName(_subtrees(2500, "n"))
    alike = [
        authority("ISSUING", serial=index + 1, key_name="large", more=[(many, False)])
        for index in range(70)
    ]
    return _chain(
        authority("ISSUING").issue("LEAF"), alike, authority("ROOT"), "chain_not_searched"
    )


def _policies() -> HostileChain:
    """Every policy mapped to every other at each level: a tree of them would have 30^7 leaves."""
    count = 30
    every = [ObjectIdentifier(f"1.2.3.{index}") for index in range(count)]
    said = x509.CertificatePolicies([x509.PolicyInformation(item, None) for item in every])
    pairs = [
        Tlv.build(0x30, Tlv(0x06, bytes((0x2A, 3, ours))), Tlv(0x06, bytes((0x2A, 3, theirs))))
        for ours in range(count)
        for theirs in range(count)
    ]
    mapping = x509.UnrecognizedExtension(
        ObjectIdentifier(oids.POLICY_MAPPINGS), Tlv.build(0x30, *pairs).to_bytes()
    )
    demand = x509.PolicyConstraints(0, None)
    root = authority("ROOT")
    chain, above = [], root
    for level in range(6):
        more: list[Extension] = [(said, False), (mapping, True), (demand, True)]
        above = above.authority(f"CA {level}", more=more)
        chain.append(above)
    other = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.9"), None)])
    leaf = above.issue("LEAF", extensions=(*LEAF, (other, False)))
    return _chain(leaf, chain, root, "policy_refused")


def _deep() -> HostileChain:
    """An extension of thousands of sequences, one in the other."""
    data = b""
    for _ in range(3000):
        data = Tlv(0x30, data).to_bytes()
    found: list[Extension] = [
        (x509.UnrecognizedExtension(ObjectIdentifier(oid), data), critical)
        for oid, critical in ((oids.POLICY_MAPPINGS, True), ("1.2.3.4.5", False))
    ]
    root = authority("ROOT")
    issuing = root.authority("ISSUING", more=found)
    leaf = issuing.issue("LEAF", extensions=(*LEAF, found[1]))
    codes = ("chain_not_found", "extensions_unreadable")
    return _chain(leaf, [issuing], root, *codes)


def _points() -> HostileChain:
    """Hundreds of distribution points, each of which could have a list of its own."""
    root = authority("ROOT")
    many = [
        x509.DistributionPoint(
            [x509.UniformResourceIdentifier(f"http://x.test/{index}")],
            None,
            frozenset({x509.ReasonFlags.key_compromise}),
            [x509.DirectoryName(name(f"LISTS {index}"))],
        )
        for index in range(250)
    ]
    leaf = root.issue("LEAF", extensions=(*LEAF, (x509.CRLDistributionPoints(many), False)))
    return _chain(leaf, [], root, "crl_missing")


def _names() -> HostileChain:
    """Thousands of alternative names, on a leaf that has ended."""
    root = authority("ROOT")
    names = x509.SubjectAlternativeName(_subtrees(2200, "www"))
    leaf = root.issue("LEAF", extensions=(*LEAF, (names, False)), ends=NOW - dt.timedelta(days=1))
    return _chain(leaf, [], root, "expired")


def _expired_ways() -> HostileChain:
    """Many ways to the anchor, all of which have ended: each must be checked to know."""
    root = authority("ROOT")
    ended = NOW - YEAR / 2
    alike = [root.authority("ISSUING", serial=index + 1, ends=ended) for index in range(60)]
    return _chain(authority("ISSUING").issue("LEAF"), alike, root, "expired")


FAMILIES: Final[Mapping[str, Callable[[], HostileChain]]] = MappingProxyType(
    {
        "look-alike issuers": _look_alikes,
        "authorities that issue each other": _cycles,
        "RSA-8192 issuers": _long_keys,
        "an RSA modulus of 65,536 bits": _huge_modulus,
        "a huge RSA exponent": _huge_exponent,
        "name constraints times names": _name_constraints,
        "constraints of hundreds of parts": _nested_name_constraints,
        "a subject of thousands of parts": _long_subject,
        "a certificate of a megabyte": _huge,
        "issuers with names of thousands of parts": _long_names,
        "look-alike issuers of 32 kB": _large_look_alikes,
        "policies that map to each other": _policies,
        "deep DER": _deep,
        "hundreds of distribution points": _points,
        "thousands of alternative names": _names,
        "many ways that have ended": _expired_ways,
    }
)
"""Each family by its name."""

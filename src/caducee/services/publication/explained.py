# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What stands in a certificate, extension by extension, in words.

Certificates of this sandbox are explained, whose form is known; an extension of another kind is
shown as it is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509

from caducee.base.errors import FormatError
from caducee.base.i18n import N_, gettext
from caducee.codec import card_extensions
from caducee.codec.ber import read_text
from caducee.codec.tlv import Tlv
from caducee.spec import oids
from caducee.spec.nomenclatures import Table, label
from caducee.trust.names import UNREADABLE
from caducee.trust.readable import readable_name

__all__ = ["ExtensionView", "explain"]

type _Reader = Callable[[bytes], Iterator[str]]


@dataclass(frozen=True, slots=True)
class ExtensionView:
    """One extension, for people."""

    name: str
    """What it is called in the standard, or its OID."""

    title: str
    """What it is about, in the language in use."""

    why: str
    """What it is good for, one sentence."""

    critical: bool
    """Whether who does not understand it must refuse the certificate."""

    values: tuple[str, ...]
    """What it says, a line each."""


_KNOWN: Final[dict[str, tuple[str, str]]] = {
    oids.BASIC_CONSTRAINTS: (
        N_("Authority or holder"),
        N_("Distinguishes authorities from holders, and limits the number of authorities below."),
    ),
    oids.SUBJECT_KEY_IDENTIFIER: (
        N_("Name of its key"),
        N_("A fingerprint of the public key, by which others refer to it."),
    ),
    oids.AUTHORITY_KEY_IDENTIFIER: (
        N_("Name of the issuer's key"),
        N_("Says which key of the issuer signed, when it has several."),
    ),
    oids.KEY_USAGE: (
        N_("What the key may do"),
        N_("A verifier refuses the key for anything else."),
    ),
    oids.EXTENDED_KEY_USAGE: (
        N_("Where it may be used"),
        N_("For which protocols the certificate was issued."),
    ),
    oids.CERTIFICATE_POLICIES: (
        N_("Policy"),
        N_("Under which rules it was issued, and where they can be read."),
    ),
    oids.SUBJECT_ALTERNATIVE_NAME: (
        N_("Other names of the holder"),
        N_("Windows takes the principal name for a logon; browsers take names of servers."),
    ),
    oids.CRL_DISTRIBUTION_POINTS: (
        N_("Where its revocation list is"),
        N_("The full list of the issuer, by HTTP and by LDAP."),
    ),
    oids.FRESHEST_CRL: (
        N_("Where the delta list is"),
        N_("What was revoked since the full list."),
    ),
    oids.AUTHORITY_INFORMATION_ACCESS: (
        N_("Responder and issuer"),
        N_("Where OCSP answers, and where the certificate of the issuer is."),
    ),
    oids.PRIVATE_KEY_USAGE_PERIOD: (
        N_("When the key may sign"),
        N_("A signature made outside this time is not valid, however long it can be verified."),
    ),
    oids.OCSP_NO_CHECK: (
        N_("Responder that is not asked about"),
        N_("Nobody needs to ask how it stands with this certificate; it lives for a short time."),
    ),
    oids.PRODUCT_CATEGORY: (
        N_("What holds the key"),
        N_("A card, a security module or software; real or test."),
    ),
    oids.CARD_TYPE: (N_("Family of the card"), N_("Who such a card is made for.")),
    oids.CARD_ID: (
        N_("Card"),
        N_("The identifier of its issuer, and its serial number."),
    ),
    oids.PROFESSION: (N_("Profession"), N_("Absent from cards of staff.")),
    oids.FUTURE_PROFESSION: (
        N_("Future profession"),
        N_("On the card of a professional in training."),
    ),
    oids.SPECIALTIES: (N_("Know-how"), N_("Specialties and the like.")),
}
"""Extensions by OID: what it is about, what it is good for."""

_USAGES: Final = {
    "digital_signature": N_("prove who is there (digitalSignature)"),
    "content_commitment": N_("sign documents (nonRepudiation)"),
    "key_encipherment": N_("receive keys (keyEncipherment)"),
    "data_encipherment": N_("receive data (dataEncipherment)"),
    "key_agreement": N_("agree on keys (keyAgreement)"),
    "key_cert_sign": N_("sign certificates (keyCertSign)"),
    "crl_sign": N_("sign revocation lists (cRLSign)"),
}

_PURPOSES: Final = {
    oids.CLIENT_AUTH: N_("log in to servers (clientAuth)"),
    oids.SERVER_AUTH: N_("be a server (serverAuth)"),
    oids.EMAIL_PROTECTION: N_("sign documents and mail (emailProtection)"),
    oids.SMARTCARD_LOGON: N_("log in to Windows (smart card logon)"),
    oids.OCSP_SIGNING: N_("answer OCSP requests (OCSPSigning)"),
    oids.TIME_STAMPING: N_("put time stamps (timeStamping)"),
}


def explain(certificate: x509.Certificate) -> tuple[ExtensionView, ...]:
    """Return the extensions of a certificate in their order, in the language in use."""
    return tuple(_view(extension) for extension in certificate.extensions)


def _view(extension: x509.Extension[Any]) -> ExtensionView:
    oid = extension.oid.dotted_string
    title, why = _KNOWN.get(oid, (N_("Another extension"), N_("Shown as it is.")))
    try:
        values = tuple(_values(extension.value, oid))
    except (FormatError, *UNREADABLE):
        values = (extension.value.public_bytes().hex(" "),)
    return ExtensionView(
        oids.NAMES.get(oid, oid), gettext(title), gettext(why), extension.critical, values
    )


def _values(value: x509.ExtensionType, oid: str) -> Iterator[str]:
    if oid in _PRIVATE and isinstance(value, x509.UnrecognizedExtension):
        yield from _PRIVATE[oid](value.value)
        return
    for kind, read in _READERS.items():
        if isinstance(value, kind):
            yield from read(value)
            return
    yield value.public_bytes().hex(" ")


def _basic(value: x509.BasicConstraints) -> Iterator[str]:
    if not value.ca:
        yield gettext("holder: it issues nothing")
    elif value.path_length is None:
        yield gettext("authority")
    else:
        text = gettext("authority; authorities that may come below: {count}")
        yield text.format(count=value.path_length)


def _usage(value: x509.KeyUsage) -> Iterator[str]:
    for name, text in _USAGES.items():
        if getattr(value, name):
            yield gettext(text)


def _purposes(value: x509.ExtendedKeyUsage) -> Iterator[str]:
    for item in value:
        yield gettext(_PURPOSES.get(item.dotted_string, item.dotted_string))


def _policies(value: x509.CertificatePolicies) -> Iterator[str]:
    for entry in value:
        yield entry.policy_identifier.dotted_string
        yield from (item for item in entry.policy_qualifiers or () if isinstance(item, str))


def _names(value: Iterable[x509.GeneralName]) -> Iterator[str]:
    for item in value:
        if isinstance(item, x509.OtherName):
            yield read_text(Tlv.from_bytes(item.value).value)
        elif isinstance(item, x509.DirectoryName):
            yield readable_name(item.value)
        else:
            yield str(item.value)


def _points(value: Iterable[x509.DistributionPoint]) -> Iterator[str]:
    for item in value:
        yield from _names(item.full_name or ())


def _access(value: x509.AuthorityInformationAccess) -> Iterator[str]:
    for item in value:
        yield from _names([item.access_location])


def _key_period(value: x509.PrivateKeyUsagePeriod) -> Iterator[str]:
    for moment in (value.not_before, value.not_after):
        if moment is not None:
            yield f"{moment:%Y-%m-%d %H:%M} UTC"


def _nothing(value: x509.ExtensionType) -> Iterator[str]:
    yield from ()


_READERS: Final[dict[type[x509.ExtensionType], Callable[[Any], Iterator[str]]]] = {
    x509.BasicConstraints: _basic,
    x509.KeyUsage: _usage,
    x509.ExtendedKeyUsage: _purposes,
    x509.CertificatePolicies: _policies,
    x509.SubjectAlternativeName: _names,
    x509.CRLDistributionPoints: _points,
    x509.FreshestCRL: _points,
    x509.AuthorityInformationAccess: _access,
    x509.PrivateKeyUsagePeriod: _key_period,
    x509.OCSPNoCheck: _nothing,
    x509.SubjectKeyIdentifier: lambda value: iter([value.digest.hex().upper()]),
    x509.AuthorityKeyIdentifier: lambda value: iter([(value.key_identifier or b"").hex().upper()]),
}


def _coded(table: Table, code: str) -> Iterator[str]:
    text = label(table, code)
    yield f"{code} – {text}" if text else code


def _reader[T](
    extension: card_extensions.CardExtension[T], table: Table, write: Callable[[T], str]
) -> _Reader:
    return lambda content: _coded(table, write(extension.read(content)))


def _specialties(content: bytes) -> Iterator[str]:
    for code in card_extensions.SPECIALTIES.read(content):
        yield from _coded(Table.SPECIALTIES, code)


_PRIVATE: Final[dict[str, _Reader]] = {
    oids.PRODUCT_CATEGORY: _reader(
        card_extensions.PRODUCT_CATEGORY, Table.PRODUCT_CATEGORIES, "{:02x}".format
    ),
    oids.CARD_TYPE: _reader(card_extensions.CARD_TYPE, Table.CARD_TYPES, "{:02}".format),
    oids.CARD_ID: lambda content: iter([card_extensions.CARD_ID.read(content)]),
    oids.PROFESSION: _reader(card_extensions.PROFESSION, Table.PROFESSIONS, str),
    oids.FUTURE_PROFESSION: _reader(
        card_extensions.FUTURE_PROFESSION, Table.FUTURE_PROFESSIONS, str
    ),
    oids.SPECIALTIES: _specialties,
}
"""What the private extensions hold: codes of the nomenclatures whose OIDs they bear."""

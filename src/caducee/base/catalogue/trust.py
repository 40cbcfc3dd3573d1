# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``trust``: certificates, chains, revocation."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_NOTHING = N_("No action needed.")
_ANOTHER_CARD = N_("Use another card; if none is accepted, contact the operator of the service.")
_RENEW = N_("Order a new card; an expired card cannot be used to log in.")
_OPERATOR = N_("Contact the operator of the service: its lists or its settings need attention.")
_FETCH = N_("Fetch the current list from the publication point of the authority, then try again.")
_LATER = N_("Try again in a few minutes; if it persists, contact the operator of the service.")
_PEER = N_("Check the address; if it is right, another server answers there: stop.")
_BUNDLE = N_("Get a new bundle from its issuer, then try again.")
_CLOCK = N_("Check the date of this computer; if it is right, wait until the given date.")

ENTRIES = (
    Entry(
        "trust.bundle_broken",
        N_("Invalid status bundle: {reason}."),
        _BUNDLE,
    ),
    Entry(
        "trust.bundle_expired",
        N_(
            "Status bundle expired on {expires}: the revocation status of {certificate} is unknown."
        ),
        _BUNDLE,
    ),
    Entry(
        "trust.bundle_signature",
        N_("The status bundle is not signed by {signer}."),
        _BUNDLE,
    ),
    Entry(
        "trust.ca_allowed",
        N_("{certificate} may issue certificates."),
        _NOTHING,
    ),
    Entry(
        "trust.ca_depth",
        N_("The chain exceeds the path length constraint of {certificate}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.ca_depth_kept",
        N_("The chain of {count} certificates satisfies every path length constraint."),
        _NOTHING,
    ),
    Entry(
        "trust.ca_not_allowed",
        N_("{certificate} is an issuer in the chain, but may not issue certificates."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.ca_usage",
        N_("{certificate} may not issue certificates for {purpose}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.certificate_too_large",
        N_("Certificate too large: {size} bytes, at most {most}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.certificate_unreadable",
        N_("The certificate cannot be read."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.chain_found",
        N_("The chain from {certificate} leads to {anchor}."),
        _NOTHING,
    ),
    Entry(
        "trust.chain_not_found",
        N_("No chain leads from {certificate} to an authority that is trusted here."),
        N_("Check that real and test cards are not mixed up, and that the authorities are there."),
    ),
    Entry(
        "trust.chain_not_searched",
        N_(
            "The search for a chain from {certificate} stopped at a limit ({limit}) before it was "
            "complete."
        ),
        N_("Send only the authorities of this certificate, then try again."),
    ),
    Entry(
        "trust.checks_not_finished",
        N_("The checks of {certificate} took too long; the last ones were not performed."),
        N_("Try again when this computer is less busy; if it persists, use another card."),
    ),
    Entry(
        "trust.crl_delta",
        N_("The CRL of {issuer} is a delta CRL: a complete CRL is needed."),
        _FETCH,
    ),
    Entry(
        "trust.crl_issuer_unknown",
        N_("Unknown CRL issuer: {issuer}."),
        _OPERATOR,
    ),
    Entry(
        "trust.crl_missing",
        N_("CRL of {issuer} missing: the revocation status of {certificate} is unknown."),
        _FETCH,
    ),
    Entry(
        "trust.crl_not_yet",
        N_("The CRL of {issuer} is not valid before {this_update}."),
        _CLOCK,
    ),
    Entry(
        "trust.crl_older",
        N_("CRL number {number} of {issuer} is older than {known}, already in use."),
        _FETCH,
    ),
    Entry(
        "trust.crl_partial",
        N_("The available CRLs of {issuer} do not cover every revocation reason of {certificate}."),
        _FETCH,
    ),
    Entry(
        "trust.crl_rules",
        N_("The CRL of {issuer} violates RFC 5280: {reason}."),
        _OPERATOR,
    ),
    Entry(
        "trust.crl_signature",
        N_("Invalid signature on the CRL of {issuer}."),
        _FETCH,
    ),
    Entry(
        "trust.crl_stale",
        N_(
            "The CRL of {issuer} expired on {next_update}: the current "
            "revocation status of {certificate} is unknown."
        ),
        _FETCH,
    ),
    Entry(
        "trust.crl_too_large",
        N_("CRL too large: {size} bytes, at most {most}."),
        _OPERATOR,
    ),
    Entry(
        "trust.crl_unreadable",
        N_("Invalid CRL."),
        _FETCH,
    ),
    Entry(
        "trust.crl_unsupported",
        N_("Unsupported CRL of {issuer}: {reason}."),
        _OPERATOR,
    ),
    Entry(
        "trust.expired",
        N_("{certificate} expired on {not_after}."),
        _RENEW,
    ),
    Entry(
        "trust.extension_critical",
        N_("Unknown critical extension {oid} in {certificate}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.extension_missing",
        N_("{certificate} lacks {extension}, which RFC 5280 requires."),
        _OPERATOR,
    ),
    Entry(
        "trust.extension_not_critical",
        N_("{extension} must be critical in {certificate} (RFC 5280)."),
        _OPERATOR,
    ),
    Entry(
        "trust.extension_wrongly_critical",
        N_("{extension} must not be critical in {certificate} (RFC 5280)."),
        _OPERATOR,
    ),
    Entry(
        "trust.extensions_known",
        N_("All critical extensions of {certificate} are understood."),
        _NOTHING,
    ),
    Entry(
        "trust.extensions_unreadable",
        N_("The extensions of {certificate} cannot be read."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.fetch_address",
        N_("Unsupported URL {url}: only http, https, ldap and ldaps."),
        _OPERATOR,
    ),
    Entry(
        "trust.fetch_failed",
        N_("Cannot fetch {url}: {reason}."),
        _LATER,
    ),
    Entry(
        "trust.fetch_too_large",
        N_("Response of {url} too large: more than {most} bytes."),
        _OPERATOR,
    ),
    Entry(
        "trust.fingerprint_differs",
        N_("The fingerprint of {name} is not the published one: its SHA-256 is {sha256}."),
        N_("Do not trust the file; get the certificate again from the site of the ANS."),
    ),
    Entry(
        "trust.fingerprint_unknown",
        N_("No fingerprint of {name} was published; its SHA-256 is {sha256}."),
        N_("Compare it with what the issuer gave you, then add --fingerprint {sha256}."),
    ),
    Entry(
        "trust.index_broken",
        N_("Invalid revocation index {path}: {reason}."),
        N_("Delete the file and load the current CRL again; then find out what damaged it."),
    ),
    Entry(
        "trust.index_missing",
        N_("Revocation index {path} missing."),
        _FETCH,
    ),
    Entry(
        "trust.issuer_nameless",
        N_("{certificate} has an empty issuer, or is an authority with an empty subject."),
        _OPERATOR,
    ),
    Entry(
        "trust.key_identifier_differs",
        N_("The authority key identifier of {certificate} does not match the key of {issuer}."),
        _OPERATOR,
    ),
    Entry(
        "trust.key_parameters_inherited",
        N_("Unsupported key: inherited DSA parameters."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.key_weak",
        N_("Key of {certificate} too weak or unsupported: {key}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.name_constraints_many",
        N_("Too many names or name constraints in {certificate}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.name_constraints_unsupported",
        N_("Unsupported name constraints in {certificate}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.name_refused",
        N_("The name {name} of {certificate} violates the name constraints of its issuers."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.name_too_large",
        N_("Name too large in {certificate}: at most {most} bytes."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.names_allowed",
        N_("The names in the chain of {certificate} satisfy all name constraints."),
        _NOTHING,
    ),
    Entry(
        "trust.not_a_card_certificate",
        N_("Not a certificate of a CPS card: {missing} is missing or differs."),
        N_("Choose a certificate of the card; those in software are not accepted here."),
    ),
    Entry(
        "trust.not_revoked",
        N_("{certificate} is not in the CRL of {issuer} of {this_update}."),
        _NOTHING,
    ),
    Entry(
        "trust.not_revoked_late",
        N_(
            "{certificate} was not revoked according to the status of "
            "{issuer}, valid until {next_update}; nothing newer is available, "
            "and this delay is accepted here."
        ),
        _NOTHING,
    ),
    Entry(
        "trust.not_yet_valid",
        N_("{certificate} is not valid before {not_before}."),
        _CLOCK,
    ),
    Entry(
        "trust.ocsp_nonce",
        N_("Wrong nonce in the OCSP response."),
        _LATER,
    ),
    Entry(
        "trust.ocsp_none",
        N_("{certificate} has no OCSP responder URL."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_not_yet",
        N_("The OCSP response of {responder} is not valid before {this_update}."),
        _CLOCK,
    ),
    Entry(
        "trust.ocsp_other",
        N_("The OCSP response does not concern {certificate}."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_refused",
        N_("The OCSP responder returned an error: {status}."),
        _LATER,
    ),
    Entry(
        "trust.ocsp_responder",
        N_("OCSP responder {responder} not authorised: {reason}."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_signature",
        N_("Invalid OCSP signature: not by {issuer} nor by a responder that it authorised."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_stale",
        N_(
            "The OCSP response of {responder} expired on {next_update}: the "
            "current revocation status of {certificate} is unknown."
        ),
        _LATER,
    ),
    Entry(
        "trust.ocsp_too_large",
        N_("OCSP response too large: {size} bytes, at most {most}."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_unknown",
        N_("{certificate} is unknown to {responder}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.ocsp_unreachable",
        N_("The OCSP responder {address} does not answer."),
        _LATER,
    ),
    Entry(
        "trust.ocsp_unreadable",
        N_("Invalid OCSP response."),
        _OPERATOR,
    ),
    Entry(
        "trust.peer_named",
        N_("{certificate} has one of the expected names."),
        _NOTHING,
    ),
    Entry(
        "trust.peer_not_named",
        N_("{certificate} has none of the expected names: {expected}."),
        _PEER,
    ),
    Entry(
        "trust.policies_allowed",
        N_("The policies of the chain allow {certificate}."),
        _NOTHING,
    ),
    Entry(
        "trust.policy_mapping_any",
        N_("{certificate} maps anyPolicy, which is forbidden."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.policy_refused",
        N_("No requested policy of {certificate} is valid for the whole chain."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.private_extension",
        N_("The extension {oid} of the certificate cannot be read."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.revocation_not_asked",
        N_("The revocation of {certificate} was not checked."),
        _NOTHING,
    ),
    Entry(
        "trust.revoked",
        N_("{certificate} was revoked on {revoked_at}."),
        N_("This card can no longer be used; order a new one."),
    ),
    Entry(
        "trust.revoked_by_bundle",
        N_("{certificate} was revoked before {this_update}, according to the status bundle."),
        N_("This card can no longer be used; order a new one."),
    ),
    Entry(
        "trust.rules_kept",
        N_("{certificate} conforms to RFC 5280."),
        _NOTHING,
    ),
    Entry(
        "trust.serial_not_positive",
        N_("The serial number of {certificate} is zero or negative."),
        _OPERATOR,
    ),
    Entry(
        "trust.serial_too_long",
        N_("The serial number of {certificate} has {size} bytes; {most} are allowed."),
        _OPERATOR,
    ),
    Entry(
        "trust.signature_right",
        N_("{certificate} was signed by {issuer}."),
        _NOTHING,
    ),
    Entry(
        "trust.signature_weak",
        N_("{certificate} was signed with {algorithm}, which is not secure any more."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.signature_wrong",
        N_("Invalid signature on {certificate}: not by {issuer}."),
        N_("The certificate was altered or forged; use another card and contact the operator."),
    ),
    Entry(
        "trust.source_missed",
        N_("{source} unavailable ({why}), and no recent status of {certificate} is known."),
        _LATER,
    ),
    Entry(
        "trust.source_replaced",
        N_(
            "{source} unavailable ({why}). {certificate} was checked with the "
            "status of {this_update}, {age} ago, accepted until {until}."
        ),
        _NOTHING,
    ),
    Entry(
        "trust.usage_allowed",
        N_("{certificate} may be used for {purpose}."),
        _NOTHING,
    ),
    Entry(
        "trust.usage_refused",
        N_("{certificate} may not be used for {purpose}."),
        N_("Choose the other certificate of the card: one is for login, the other for signatures."),
    ),
    Entry(
        "trust.valid_now",
        N_("{certificate} is valid until {not_after}."),
        _NOTHING,
    ),
    Entry(
        "trust.version_wrong",
        N_("{certificate} is not an X.509 version 3 certificate."),
        _OPERATOR,
    ),
)

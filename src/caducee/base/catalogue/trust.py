# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``trust``: certificates, chains, revocation."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_NOTHING = N_("Nothing is to be done.")
_ANOTHER_CARD = N_("Use another card; if none is accepted, tell the operator of the service.")
_RENEW = N_("Order a new card; an expired card cannot be used to log in.")
_OPERATOR = N_("Tell the operator of the service: its lists or its settings need attention.")
_FETCH = N_("Fetch the current list from the publication point of the authority, then try again.")
_LATER = N_("Try again in a few minutes; if it stays so, tell the operator of the service.")
_PEER = N_("Check the address; if it is right, another program answers there: do not go on.")
_BUNDLE = N_("Get a new bundle from whoever makes them, then try again.")
_CLOCK = N_("Check the date of this computer; if it is right, wait until the date that is given.")

ENTRIES = (
    Entry(
        "trust.bundle_broken",
        N_("The status bundle cannot be read: {reason}."),
        _BUNDLE,
    ),
    Entry(
        "trust.bundle_expired",
        N_("The status bundle ended on {expires}: whether {certificate} was revoked is unknown."),
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
        N_("{certificate} admits fewer certificates below it than the chain has."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.ca_depth_kept",
        N_("Every authority admits a chain of {count} certificates."),
        _NOTHING,
    ),
    Entry(
        "trust.ca_not_allowed",
        N_("{certificate} stands as an issuer in the chain and may not issue certificates."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.ca_usage",
        N_("{certificate} may not issue certificates for {purpose}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.certificate_too_large",
        N_("A certificate of {size} bytes is too large; {most} are taken."),
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
        N_("The checks of {certificate} took too long, and the last ones were not made."),
        N_("Try again when this computer is less busy; if it stays so, use another card."),
    ),
    Entry(
        "trust.crl_delta",
        N_("The list of {issuer} is a delta list; a complete list is needed."),
        _FETCH,
    ),
    Entry(
        "trust.crl_issuer_unknown",
        N_("The list comes from {issuer}, which is none of the authorities known here."),
        _OPERATOR,
    ),
    Entry(
        "trust.crl_missing",
        N_(
            "There is no revocation list of {issuer}: whether {certificate} was revoked is unknown."
        ),
        _FETCH,
    ),
    Entry(
        "trust.crl_not_yet",
        N_("The list of {issuer} begins on {this_update}, which is still to come."),
        _CLOCK,
    ),
    Entry(
        "trust.crl_older",
        N_("The list of {issuer} has number {number}; number {known} is already in use."),
        _FETCH,
    ),
    Entry(
        "trust.crl_partial",
        N_(
            "The lists of {issuer} that are here do not speak of every reason for which "
            "{certificate} may have been revoked."
        ),
        _FETCH,
    ),
    Entry(
        "trust.crl_rules",
        N_("The list of {issuer} is not as RFC 5280 demands: {reason}."),
        _OPERATOR,
    ),
    Entry(
        "trust.crl_signature",
        N_("The list of {issuer} is not signed by it."),
        _FETCH,
    ),
    Entry(
        "trust.crl_stale",
        N_(
            "The list of {issuer} ended on {next_update}: whether {certificate} was revoked since "
            "is unknown."
        ),
        _FETCH,
    ),
    Entry(
        "trust.crl_too_large",
        N_("A revocation list of {size} bytes is too large; {most} are taken."),
        _OPERATOR,
    ),
    Entry(
        "trust.crl_unreadable",
        N_("The revocation list cannot be read."),
        _FETCH,
    ),
    Entry(
        "trust.crl_unsupported",
        N_("The list of {issuer} is of a kind that cannot be used: {reason}."),
        _OPERATOR,
    ),
    Entry(
        "trust.expired",
        N_("{certificate} expired on {not_after}."),
        _RENEW,
    ),
    Entry(
        "trust.extension_critical",
        N_(
            "{certificate} has the extension {oid}, which is not understood and may not be "
            "overlooked."
        ),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.extension_missing",
        N_("{certificate} has no {extension}, which RFC 5280 demands of it."),
        _OPERATOR,
    ),
    Entry(
        "trust.extension_not_critical",
        N_("In {certificate}, {extension} is not critical, as RFC 5280 demands."),
        _OPERATOR,
    ),
    Entry(
        "trust.extension_wrongly_critical",
        N_("In {certificate}, {extension} is critical, which RFC 5280 forbids."),
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
        N_("{url} is no address that is fetched; only http, https, ldap and ldaps are."),
        _OPERATOR,
    ),
    Entry(
        "trust.fetch_failed",
        N_("{url} could not be fetched: {reason}."),
        _LATER,
    ),
    Entry(
        "trust.fetch_too_large",
        N_("{url} gives more than {most} bytes, which is not taken."),
        _OPERATOR,
    ),
    Entry(
        "trust.index_broken",
        N_("The revocation index {path} cannot be used: {reason}."),
        N_("Delete the file and take in the current list again; then find out what damaged it."),
    ),
    Entry(
        "trust.index_missing",
        N_("There is no revocation index {path}."),
        _FETCH,
    ),
    Entry(
        "trust.issuer_nameless",
        N_("{certificate} names no issuer, or issues certificates without a name."),
        _OPERATOR,
    ),
    Entry(
        "trust.key_identifier_differs",
        N_("{certificate} names another key of its issuer than that of {issuer}."),
        _OPERATOR,
    ),
    Entry(
        "trust.key_parameters_inherited",
        N_(
            "The key of the certificate leaves its DSA parameters to its issuer, which is not read."
        ),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.key_weak",
        N_("The key of {certificate} is too weak, or not of a kind that is taken: {key}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.name_constraints_many",
        N_("{certificate} has so many names or limits on names that they are not all compared."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.name_constraints_unsupported",
        N_("The limits that {certificate} sets on names are written in a way that is not read."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.name_refused",
        N_("An authority above {certificate} does not allow it the name {name}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.name_too_large",
        N_("The subject or the issuer of {certificate} is larger than {most} bytes."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.names_allowed",
        N_("Every name in the chain of {certificate} is one that its authorities allow."),
        _NOTHING,
    ),
    Entry(
        "trust.not_a_card_certificate",
        N_(
            "The certificate belongs to no card of the CPS family: {missing} is missing or differs."
        ),
        N_("Choose a certificate of the card; those in software are not accepted here."),
    ),
    Entry(
        "trust.not_revoked",
        N_("{certificate} does not stand in the list of {issuer} of {this_update}."),
        _NOTHING,
    ),
    Entry(
        "trust.not_revoked_late",
        N_(
            "{certificate} was not revoked by what {issuer} said until {next_update}; nothing "
            "newer could be had, and so much delay is accepted here."
        ),
        _NOTHING,
    ),
    Entry(
        "trust.not_yet_valid",
        N_("{certificate} is valid from {not_before} on."),
        _CLOCK,
    ),
    Entry(
        "trust.ocsp_nonce",
        N_("The answer of the OCSP responder is not the answer to this question."),
        _LATER,
    ),
    Entry(
        "trust.ocsp_none",
        N_("{certificate} names no OCSP responder."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_not_yet",
        N_("The answer of {responder} begins on {this_update}, which is still to come."),
        _CLOCK,
    ),
    Entry(
        "trust.ocsp_other",
        N_("The answer of the OCSP responder does not speak of {certificate}."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_refused",
        N_("The OCSP responder did not answer the question: {status}."),
        _LATER,
    ),
    Entry(
        "trust.ocsp_responder",
        N_("{responder} signed the OCSP answer and may not: {reason}."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_signature",
        N_("The OCSP answer is not signed by {issuer} or by whom it lets answer."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_stale",
        N_(
            "The answer of {responder} ended on {next_update}: whether {certificate} was revoked "
            "since is unknown."
        ),
        _LATER,
    ),
    Entry(
        "trust.ocsp_too_large",
        N_("An OCSP answer of {size} bytes is too large; {most} are taken."),
        _OPERATOR,
    ),
    Entry(
        "trust.ocsp_unknown",
        N_("{responder} does not know {certificate}."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.ocsp_unreachable",
        N_("The OCSP responder {address} does not answer."),
        _LATER,
    ),
    Entry(
        "trust.ocsp_unreadable",
        N_("The OCSP answer cannot be read."),
        _OPERATOR,
    ),
    Entry(
        "trust.peer_named",
        N_("{certificate} bears one of the names that were expected."),
        _NOTHING,
    ),
    Entry(
        "trust.peer_not_named",
        N_("{certificate} bears none of the names that were expected: {expected}."),
        _PEER,
    ),
    Entry(
        "trust.policies_allowed",
        N_("The policies of the chain allow {certificate}."),
        _NOTHING,
    ),
    Entry(
        "trust.policy_mapping_any",
        N_("{certificate} maps the policy that stands for all others, which is forbidden."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.policy_refused",
        N_("No policy of {certificate} is one that is asked for and that the whole chain allows."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.private_extension",
        N_("The extension {oid} of the certificate cannot be read."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.revocation_not_asked",
        N_("Whether {certificate} was revoked was not asked."),
        _NOTHING,
    ),
    Entry(
        "trust.revoked",
        N_("{certificate} was revoked on {revoked_at}."),
        N_("This card can no longer be used; order a new one."),
    ),
    Entry(
        "trust.revoked_by_bundle",
        N_("{certificate} was revoked before {this_update}, as the status bundle says."),
        N_("This card can no longer be used; order a new one."),
    ),
    Entry(
        "trust.rules_kept",
        N_("{certificate} keeps the rules of RFC 5280 for those who issue."),
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
        N_("{certificate} was signed with {algorithm}, which is no longer safe."),
        _ANOTHER_CARD,
    ),
    Entry(
        "trust.signature_wrong",
        N_("{certificate} says that {issuer} signed it, and it did not."),
        N_("The certificate was changed or forged; use another card and tell the operator."),
    ),
    Entry(
        "trust.source_missed",
        N_(
            "{source} gave nothing that can be used ({why}), and nothing that is known of "
            "{certificate} is new enough to stand in."
        ),
        _LATER,
    ),
    Entry(
        "trust.source_replaced",
        N_(
            "{source} gave nothing new ({why}). {certificate} was judged by what its issuer said "
            "on {this_update}, {age} ago; that is taken until {until}."
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
        N_("Choose the other certificate of the card: one is for login, one for signing."),
    ),
    Entry(
        "trust.valid_now",
        N_("{certificate} is valid until {not_after}."),
        _NOTHING,
    ),
    Entry(
        "trust.version_wrong",
        N_("{certificate} is not a certificate of version 3."),
        _OPERATOR,
    ),
)

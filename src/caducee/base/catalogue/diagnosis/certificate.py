# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the diagnosis: certificates and codes of the card."""

from caducee.base.catalogue.diagnosis import consequences
from caducee.base.catalogue.entry import Entry, Severity
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "diag.certificate_missing",
        N_("The card has no certificate for {use}."),
        N_("Check which card is in the reader; otherwise order a replacement card."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_damaged",
        N_("The certificate for {use} on the card cannot be read."),
        N_("Order a replacement card."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_expired",
        N_("The certificate for {use} expired on {date}."),
        N_("Request a renewed card from the issuer."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_early",
        N_("The certificate for {use} is valid only from {date}."),
        N_("Check the date of this machine, or wait until that day."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_soon",
        N_("The certificate for {use} expires in {days} days, on {date}."),
        N_("Check that the renewal is under way at the issuer."),
        consequence=consequences.LOGINSOON,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.certificate_key_size",
        N_("Key size mismatch for {use}: key {key_bits} bits, certificate {bits} bits."),
        N_("The card was personalised wrongly: order a replacement card."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_unlinked",
        N_("The card does not link the key for {use} to its certificate."),
        N_("The card was personalised wrongly: order a replacement card."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_other_key",
        N_("A signature by the key for {use} does not verify with its certificate."),
        N_("Do not use this card; order a replacement."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_swapped",
        N_("The key for {use} matches the certificate for {other}: the two keys are swapped."),
        N_("Do not use this card; order a replacement."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_purpose",
        N_("The certificate for {use} does not allow this key usage."),
        N_("The card was personalised wrongly: order a replacement card."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_holders",
        N_("The certificates of the card name different holders."),
        N_("Do not use this card; report it to the issuer."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_weak",
        N_("The certificate for {use} is weak ({bits} bits, or signed with SHA-1)."),
        N_("More and more services refuse such certificates: request a new card."),
        consequence=consequences.LOGIN,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.chain_untold",
        N_("No trusted authorities are configured: the certificate chain was not validated."),
        N_(
            "Import them with “caducee trust import”, specify them with --anchors, --authorities "
            "and --crl or in a site file, or use a sandbox (CADUCEE_SANDBOX)."
        ),
        consequence=consequences.REVOKED,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.revocation_unchecked",
        N_(
            "No revocation lists are configured: the revocation status of the "
            "certificate for {use} is unknown."
        ),
        N_("Specify the lists with --crl or in a site file, or query the issuer with --online."),
        consequence=consequences.REVOKED,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.certificate_unseen",
        N_("This address does not request a certificate: the card was not checked."),
        N_("Open this page over TLS 1.2 or TLS 1.3, where a certificate is requested."),
        consequence=consequences.REVOKED,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.keys_untried",
        N_("No signature was made: the keys were not compared with their certificates."),
        N_("Run the diagnosis again with --with-pin: each key then signs once."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.chain_unknown",
        N_("Untrusted issuer of the certificate for {use}."),
        N_(
            "Check that the card and the service belong to the same environment (test or "
            "production); otherwise update the authorities."
        ),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.chain_broken",
        N_("Path validation of the certificate for {use} failed ({reason})."),
        N_("Update the authorities; if the problem persists, report the card to the issuer."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_revoked",
        N_("The certificate for {use} was revoked."),
        N_(
            "The card was revoked (loss, replacement, end of activity): use your newest "
            "card, or contact the issuer."
        ),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.revocation_unknown",
        N_("The revocation status of the certificate for {use} is unknown ({reason})."),
        N_("Get the newest revocation lists, or check the network."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.code_wrong",
        N_("Wrong PIN (tries left: {left})."),
        N_("Run the diagnosis again without the PIN, or enter the correct PIN."),
        consequence=consequences.CODE,
    ),
    Entry(
        "diag.code_blocked",
        N_("The PIN is blocked: no tries left."),
        N_("Unblock it with the PUK from the PIN letter (tries left: {puk})."),
        consequence=consequences.CODE,
    ),
    Entry(
        "diag.code_dead",
        N_("The card is permanently blocked: no tries left for the PIN or the PUK."),
        N_("Order a replacement card."),
        consequence=consequences.CODE,
    ),
    Entry(
        "diag.code_last",
        N_("One try left for the PIN."),
        N_("Check the PIN before the next entry."),
        consequence=consequences.LASTTRY,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.code_fewer",
        N_("Wrong PIN entered earlier: {left} of {most} tries left."),
        N_("A correct PIN resets the retry counter."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.puk_blocked",
        N_("No tries left for the PUK: if the PIN is blocked, the card cannot be unblocked."),
        N_("Enter the PIN with care, and request a new card in time."),
        consequence=consequences.LASTTRY,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.puk_fewer",
        N_("Wrong PUK entered earlier: {left} tries left, which are never reset."),
        N_("Check the PUK before the next entry."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.code_absent",
        N_("No PIN on this side of the card."),
        N_("Use a contact reader to log in or sign."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.code_untold",
        N_("The card does not say how many tries are left."),
        N_("Enter the PIN with care."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
)

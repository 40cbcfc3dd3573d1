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
        N_("Check which card is in the reader; else order a replacement card."),
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
        N_("Request a new card from the issuer."),
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
        N_("The key for {use} has {key_bits} bits, and its certificate says {bits}."),
        N_("The card was personalised wrongly: order a replacement card."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_unlinked",
        N_("The card does not join the key for {use} to its certificate."),
        N_("The card was personalised wrongly: order a replacement card."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_other_key",
        N_("A signature with the key for {use} does not fit its certificate."),
        N_("Do not use this card; order a replacement."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_swapped",
        N_("The key for {use} fits the certificate for {other}: the two keys are exchanged."),
        N_("Do not use this card; order a replacement."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_purpose",
        N_("The certificate for {use} does not allow what its key is for."),
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
        N_("Services refuse such certificates one after the other: ask for a new card."),
        consequence=consequences.LOGIN,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.chain_untold",
        N_("No trusted authorities were named, so the chain of the certificates was not judged."),
        N_(
            "Name them with --anchors, --authorities and --crl, in a site file, or use a sandbox "
            "(CADUCEE_SANDBOX)."
        ),
        consequence=consequences.REVOKED,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.revocation_unchecked",
        N_(
            "No revocation lists were named, so it is unknown whether the certificate for {use} "
            "was revoked."
        ),
        N_("Name the lists with --crl or in a site file, or ask the issuer with --online."),
        consequence=consequences.REVOKED,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.certificate_unseen",
        N_("This address asks for no certificate, so the card was not looked at."),
        N_("Open this page again over TLS 1.2 or TLS 1.3, where the certificate is asked for."),
        consequence=consequences.REVOKED,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.keys_untried",
        N_("No key of the card signed, so none was compared with its certificate."),
        N_("Look again with --with-code: each key then signs once."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.chain_unknown",
        N_(
            "The certificate for {use} was issued by an authority that is not among the trusted "
            "ones."
        ),
        N_(
            "Check whether card and service belong to the same world (test or real); else update "
            "the authorities."
        ),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.chain_broken",
        N_("The chain of the certificate for {use} does not hold ({reason})."),
        N_("Update the authorities; if it stays so, report the card to the issuer."),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.certificate_revoked",
        N_("The certificate for {use} was revoked."),
        N_(
            "The card was stopped (loss, new card, end of activity): use the newest card, or ask "
            "the issuer."
        ),
        consequence=consequences.LOGIN,
    ),
    Entry(
        "diag.revocation_unknown",
        N_("Whether the certificate for {use} was revoked is not known ({reason})."),
        N_("Get the newest revocation lists, or check the network."),
        consequence=consequences.DOUBT,
        severity=Severity.UNCHECKED,
    ),
    Entry(
        "diag.code_wrong",
        N_("The code that was entered for the diagnosis is wrong (tries left: {left})."),
        N_("Look again without the code, or enter it once more with care."),
        consequence=consequences.CODE,
    ),
    Entry(
        "diag.code_blocked",
        N_("The card is blocked: no try is left for the code."),
        N_("Unblock it with the unblocking code of the letter ({puk} tries)."),
        consequence=consequences.CODE,
    ),
    Entry(
        "diag.code_dead",
        N_(
            "The card is blocked for good: no try is left for the code, nor for the unblocking "
            "code."
        ),
        N_("Order a replacement card."),
        consequence=consequences.CODE,
    ),
    Entry(
        "diag.code_last",
        N_("One try is left for the code."),
        N_("Look the code up before the next entry."),
        consequence=consequences.LASTTRY,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.code_fewer",
        N_("The code was entered wrongly before: {left} of {most} tries are left."),
        N_("A right entry brings all tries back."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.puk_blocked",
        N_("The unblocking code has no try left: once blocked, the card stays so."),
        N_("Enter the code with care; ask for a new card in time."),
        consequence=consequences.LASTTRY,
        severity=Severity.WARNING,
    ),
    Entry(
        "diag.puk_fewer",
        N_(
            "The unblocking code was entered wrongly before: {left} tries are left, and they do "
            "not come back."
        ),
        N_("Look it up before the next entry."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.code_absent",
        N_("This side of the card has no code."),
        N_("Use the contacts of the card to log in or to sign."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
    Entry(
        "diag.code_untold",
        N_("The card does not say how many tries are left."),
        N_("Enter the code with care."),
        consequence=consequences.NONE,
        severity=Severity.NOTE,
    ),
)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``authority``."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "authority.key_unreadable",
        N_("The key file of an authority, {path}, cannot be read: {reason}."),
        N_(
            "Check the rights of the file and the passphrase. If the file is lost, start a new "
            "sandbox: cards of the old authority can no longer be renewed."
        ),
    ),
    Entry(
        "authority.key_mismatch",
        N_("The key and the certificate in {path} do not belong together."),
        N_("Restore the file from a backup: another program changed it."),
    ),
    Entry(
        "authority.beyond_ca",
        N_("The certificate would outlive its issuer {issuer}, which expires on {until}."),
        N_("Move the clock of the sandbox to an earlier date."),
    ),
    Entry(
        "authority.certificate_unknown",
        N_("Unknown certificate: {issuer} did not issue the serial number {serial}."),
        N_("Check the issuer and the serial number, in hexadecimal."),
    ),
    Entry(
        "authority.ca_unknown",
        N_("Unknown authority {name} in the TEST hierarchy."),
        N_("Give the common name of one of its nine authorities."),
    ),
    Entry(
        "authority.certificate_revoked",
        N_("The certificate {serial} of {issuer} is revoked and cannot be renewed."),
        N_("Have a new key certified instead."),
    ),
    Entry(
        "authority.csr_unreadable",
        N_("Invalid certificate signing request."),
        N_("Send a PKCS#10 request, in PEM or DER, e.g. from openssl req -new."),
    ),
    Entry(
        "authority.csr_key",
        N_(
            "The key of the request is neither an RSA key of {bits} bits with the exponent 65537 "
            "nor on the curve P-256 or P-384."
        ),
        N_("Generate such a key and a new request: openssl req -new -newkey rsa:{bits}."),
    ),
    Entry(
        "authority.csr_signature",
        N_("Invalid request signature: it must be made with the key to certify, and with SHA-2."),
        N_(
            "Create a new request with the private key of that public key: "
            "openssl req -new -sha256."
        ),
    ),
    Entry(
        "authority.token_failed",
        N_("The token {token} with the keys of the authorities fails: {reason}."),
        N_("Check that the token is present, its label and its PIN, then try again."),
    ),
    Entry(
        "authority.token_key_missing",
        N_("The token {token} does not hold the key of {name}."),
        N_("Use the token in which this authority was created, or restore its copy."),
    ),
    Entry(
        "authority.lint_failed",
        N_("The certificate of {subject} was not signed; the linter finds: {findings}."),
        N_("Correct the name or the profile; see the documentation of pkilint for each finding."),
    ),
    Entry(
        "authority.ocsp_malformed",
        N_("Invalid OCSP request."),
        N_(
            "Send one OCSPRequest in DER, about 1 to 256 certificates, with a nonce "
            "of 1 to 128 bytes or none."
        ),
    ),
    Entry(
        "authority.host_not_allowed",
        N_("Server certificate not allowed for {host}."),
        N_("Use localhost, a loopback address, or a name under .test."),
    ),
)

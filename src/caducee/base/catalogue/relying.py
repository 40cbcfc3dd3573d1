# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``relying``: the checks of a login, and why it is refused."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

ENTRIES = (
    Entry(
        "relying.verdict_incomplete",
        N_("The login was not fully checked."),
        N_("Log in again; if it happens again, contact the operator of the service."),
    ),
    Entry(
        "relying.not_checked",
        N_("Not checked, because another check failed first ({because})."),
        N_("Look at the check that failed."),
    ),
    Entry(
        "relying.transport_proven",
        N_("The card proved its key in the TLS handshake."),
        "",
    ),
    Entry(
        "relying.certificate_absent",
        N_("No certificate of a card was presented."),
        N_(
            "Insert the card, choose its authentication certificate when the browser "
            "asks, and open the page again. A card that cannot sign with RSA-PSS (CPS3) "
            "shows none over TLS 1.3: use the address for TLS 1.2."
        ),
    ),
    Entry(
        "relying.session_resumed",
        N_(
            "The browser resumed an earlier TLS session, which does not prove that the "
            "card is there now."
        ),
        N_("Open the page again: the card is then asked anew."),
    ),
    Entry(
        "relying.front_verify_failed",
        N_("The front server did not accept the certificate (verify code {verify_code}). {reason}"),
        N_(
            "Look at the other checks; if they all pass, the operator must compare the "
            "authorities of the front with those of the service."
        ),
    ),
    Entry(
        "relying.front_accepted",
        N_("The front server found nothing against the certificate."),
        "",
    ),
    Entry(
        "relying.front_verify_missing",
        N_("The front server did not say what it found about the certificate."),
        N_("Configure the front server to send its verify code with the certificate."),
    ),
    Entry(
        "relying.front_connection_missing",
        N_("The front server did not name the connection of the client."),
        N_(
            "Configure the front server to send an identifier of the TLS "
            "connection with the certificate."
        ),
    ),
    Entry(
        "relying.front_certificate_invalid",
        N_("Invalid certificate forwarded by the front server."),
        N_(
            "The operator must check the header in which the front forwards certificates "
            "(RFC 9440, or the escaped PEM of nginx)."
        ),
    ),
    Entry(
        "relying.front_header_twice",
        N_("The header {header} came twice through the front server."),
        N_("Configure the front server to remove this header from the requests of clients."),
    ),
    Entry(
        "relying.certificate_read",
        N_("The certificate belongs to the card {card_id}."),
        "",
    ),
    Entry(
        "relying.chain_accepted",
        N_("The certificate leads to an accepted root."),
        "",
    ),
    Entry(
        "relying.validity_current",
        N_("The certificate is valid from {not_before} to {not_after}."),
        "",
    ),
    Entry(
        "relying.certificate_expired",
        N_("The certificate expired on {not_after}."),
        N_("Request a new card from the issuer."),
    ),
    Entry(
        "relying.certificate_not_yet_valid",
        N_("The certificate is valid only from {not_before}."),
        N_("Check the date of this computer, or wait until that day."),
    ),
    Entry(
        "relying.usage_authentication",
        N_("It is an authentication certificate."),
        "",
    ),
    Entry(
        "relying.usage_refused",
        N_("It is not an authentication certificate (found: {use})."),
        N_("Choose the authentication certificate of the card, not the one for signatures."),
    ),
    Entry(
        "relying.revocation_good",
        N_("The certificate is not revoked."),
        "",
    ),
    Entry(
        "relying.family_admitted",
        N_("Cards of the family {family} are admitted."),
        "",
    ),
    Entry(
        "relying.family_refused",
        N_("Cards of the family {family} are not admitted here (admitted: {admitted})."),
        N_("Use a card of an admitted family, or ask the operator of the service."),
    ),
    Entry(
        "relying.category_admitted",
        N_("Cards of this world, real or test, are admitted."),
        "",
    ),
    Entry(
        "relying.category_test",
        N_("This is a test card; the service admits real cards only."),
        N_("Use a real card, or the test address of the service."),
    ),
    Entry(
        "relying.category_real",
        N_("This is a real card; the service admits test cards only."),
        N_("Use a test card, or the real address of the service."),
    ),
    Entry(
        "relying.category_unknown",
        N_("The certificate is of an unknown product category ({category})."),
        N_("Ask the operator of the service whether such certificates are admitted."),
    ),
    Entry(
        "relying.individual",
        N_("The card names a person."),
        "",
    ),
    Entry(
        "relying.individual_not_asked",
        N_("The card names no person, and the service does not ask for one."),
        "",
    ),
    Entry(
        "relying.not_individual",
        N_("The card {ps_idnat} names no person; the service asks for a personal card."),
        N_("Use a card that bears the name of its holder."),
    ),
    Entry(
        "relying.profession_admitted",
        N_("The profession is admitted ({profession})."),
        "",
    ),
    Entry(
        "relying.profession_refused",
        N_("The profession is not admitted here ({profession})."),
        N_("Ask the operator of the service which professions it admits."),
    ),
    Entry(
        "relying.holder_active",
        N_("The holder {ps_idnat} is in the directory and active."),
        "",
    ),
    Entry(
        "relying.holder_unknown",
        N_("The directory does not know the holder {ps_idnat}."),
        N_("The holder asks their order or registration authority to correct the directory."),
    ),
    Entry(
        "relying.holder_inactive",
        N_("Holder inactive: {ps_idnat} does not practise at present, according to the directory."),
        N_("The holder asks their order or registration authority."),
    ),
    Entry(
        "relying.card_active",
        N_("The card {card_id} is in use."),
        "",
    ),
    Entry(
        "relying.card_not_asked",
        N_(
            "The directory does not follow the card {card_id}, and the service does not "
            "ask for that."
        ),
        "",
    ),
    Entry(
        "relying.card_opposed",
        N_("The card {card_id} was opposed or withdrawn."),
        N_("A card that was found again is not used any more; the holder uses the new one."),
    ),
    Entry(
        "relying.card_unknown",
        N_("The directory does not know the card {card_id}."),
        N_("The holder asks the issuer whether the card was withdrawn."),
    ),
    Entry(
        "relying.directory_unavailable",
        N_("The directory did not answer."),
        N_("Try again in a few minutes; the operator looks at the directory."),
    ),
    Entry(
        "relying.token_accepted",
        N_("The token is well formed, signed with {algorithm}."),
        "",
    ),
    Entry(
        "relying.token_algorithm",
        N_("The algorithm {algorithm} of the login token is not admitted."),
        N_("The operator may admit it if the card can do nothing better."),
    ),
    Entry(
        "relying.token_key_mismatch",
        N_(
            "The algorithm {algorithm} of the login token does not fit the key of the "
            "certificate ({key})."
        ),
        N_("Log in again; if it happens again, bring the browser extension up to date."),
    ),
    Entry(
        "relying.token_signature_valid",
        N_("The token is signed by the key of the certificate."),
        "",
    ),
    Entry(
        "relying.token_signature_invalid",
        N_(
            "The signature of the login token is wrong: another nonce, another site or "
            "another card signed it."
        ),
        N_("Log in again on the page of the service itself."),
    ),
    Entry(
        "relying.token_replayed",
        N_("This login token was used before."),
        N_("Start the login again: each login needs a new nonce."),
    ),
    Entry(
        "relying.origin_right",
        N_("The token is bound to this site ({origin})."),
        "",
    ),
    Entry(
        "relying.origin_wrong",
        N_("The token is bound to another site ({found}), not to {origin}."),
        N_(
            "Close the page and open the service by its own address: another site may "
            "have tried to use the card."
        ),
    ),
    Entry(
        "relying.nonce_fresh",
        N_("The token answers a fresh nonce of this session."),
        "",
    ),
    Entry(
        "relying.nonce_unknown",
        N_("This session did not ask for a login."),
        N_("Open the login page again and start the login there."),
    ),
    Entry(
        "relying.nonce_used",
        N_("This login token, or its nonce, was used before."),
        N_("Start the login again: each login needs a new nonce."),
    ),
    Entry(
        "relying.nonce_expired",
        N_("The login took too long: its nonce expired."),
        N_("Start the login again and present the card sooner."),
    ),
    Entry(
        "relying.session_unknown",
        N_("Unknown session, or logged out."),
        N_("Log in again."),
    ),
    Entry(
        "relying.session_expired",
        N_("The session expired."),
        N_("Log in again."),
    ),
    Entry(
        "relying.session_other_certificate",
        N_("The session belongs to another certificate."),
        N_("Insert the card that logged in, or log in again."),
    ),
    Entry(
        "relying.session_locked",
        N_("Session locked: the card was removed, or not presented in time."),
        N_("Insert the same card and log in with it to resume the session."),
    ),
    Entry(
        "relying.session_unproven",
        N_("Session ended: the card was not presented in time."),
        N_("Log in again."),
    ),
    Entry(
        "relying.proof_other_card",
        N_("This is another card than that of the session."),
        N_("Use the card that logged in; with another card, log in anew."),
    ),
    Entry(
        "relying.proof_old",
        N_("This token may be older than the removal of the card, or than a logout."),
        N_("Insert the card and start again with a new token."),
    ),
    Entry(
        "relying.touch_refused",
        N_("Contactless presentation cannot resume this session."),
        N_("Insert the card and log in with the PIN."),
    ),
    Entry(
        "relying.step_up_contacts",
        N_("This operation needs the card in a contact reader, and the PIN."),
        N_("Insert the card, log in with the PIN, then repeat the operation."),
    ),
    Entry(
        "relying.step_up_needed",
        N_("This operation needs a fresh proof of the card (limit: {seconds} seconds)."),
        N_("Show the card again, by a new login or a new connection, and repeat the operation."),
    ),
    Entry(
        "relying.connection_logged_out",
        N_("This connection was logged out, or is older than a logout with this card."),
        N_(
            "Close the browser window or wait a few seconds for a new "
            "connection, then log in again."
        ),
    ),
    Entry(
        "relying.activity_unknown",
        N_("The holder has no activity {activity} in the directory."),
        N_("Choose one of the activities shown."),
    ),
)

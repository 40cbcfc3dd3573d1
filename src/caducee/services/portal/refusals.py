# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The reason for each refusal, for the person who meets it."""

from typing import Final

from caducee.base.i18n import N_

__all__ = ["REASONS"]

_CHAIN = N_(
    "A certificate is trusted through a chain of issuers up to an authority that this portal "
    "trusts. This chain breaks a rule, so the card cannot be trusted."
)
_CRL = N_(
    "Whether a card was lost or stopped stands only in the revocation list of its issuer. Without "
    "a sound and current list nobody can tell, so nobody is admitted."
)
_UNREADABLE = N_(
    "What cannot be read to the last byte cannot be trusted; it may be damaged or made up."
)
_TOKEN = N_("A token that does not follow the Web eID format exactly cannot be judged.")
_WEAK = N_("Keys and signatures of this kind can be forged with means of today.")

_FINGERPRINT = N_(
    "An authority is trusted only when its certificate is the one whose fingerprint was published."
)

_FRONT = N_(
    "A server stands in front of this portal and reports what it saw of the card. When its report "
    "is incomplete or contradicts itself, nothing in it can be believed."
)

REASONS: Final = {
    "relying.verdict_incomplete": N_(
        "A login counts only when every check was made and passed; here one was never made."
    ),
    "relying.not_checked": N_(
        "Some checks need the result of others: without a readable certificate, for example, no "
        "holder can be looked up."
    ),
    "relying.certificate_absent": N_(
        "The portal asked for a certificate when the connection was made, and the browser sent "
        "none: there was no card in the reader, the browser does not know the module of the card, "
        "or no certificate was chosen."
    ),
    "portal.certificate_absent_tls13": N_(
        "TLS 1.3 lets RSA keys sign by RSA-PSS only. A CPS3 card cannot do that, so the browser "
        "does not offer its certificate and sends none, without saying so. It may also be that no "
        "card was in the reader or that no certificate was chosen."
    ),
    "relying.session_resumed": N_(
        "A resumed TLS session repeats the proof of an earlier connection. The card may have been "
        "taken out since."
    ),
    "relying.front_verify_failed": _FRONT,
    "relying.front_verify_missing": _FRONT,
    "relying.front_connection_missing": _FRONT,
    "relying.front_certificate_invalid": _FRONT,
    "relying.front_header_twice": _FRONT,
    "relying.session_locked": N_(
        "The portal sees no card; it knows only when one last proved itself. Until it does so "
        "again, nobody can use the session, neither its holder nor whoever sits there now."
    ),
    "relying.session_unproven": N_(
        "A session whose card does not show itself in time may have been left alone. It ends, and "
        "nothing of it can be brought back."
    ),
    "relying.proof_other_card": N_(
        "A session belongs to the holder of one card for ever. Another card never inherits "
        "anything of it."
    ),
    "relying.proof_old": N_(
        "Whoever has the browser could keep a token that the card signed while it was there, and "
        "use it when the card has left."
    ),
    "relying.touch_refused": N_(
        "A contactless proof needs no code. It counts only for a set time after a login with "
        "contacts and code, and where the portal allows it."
    ),
    "relying.step_up_contacts": N_(
        "Who holds a card to a contactless reader enters no code. For what binds the holder that "
        "is not enough."
    ),
    "relying.step_up_needed": N_(
        "For what binds the holder the card must have proven itself a short while ago, so that it "
        "is still the holder who sits there."
    ),
    "portal.front_not_trusted": N_(
        "Certificates are accepted from a front server only when the system says under which user "
        "it runs. Any other program on this machine could make them up."
    ),
    "relying.certificate_expired": N_(
        "A certificate of a card ends on a fixed day. After it, nobody follows any more whether "
        "the card was lost or the right to practise withdrawn."
    ),
    "relying.certificate_not_yet_valid": N_(
        "The certificate is valid only from that day on. If the day is already past, the clock of "
        "one of the two machines is wrong."
    ),
    "relying.usage_refused": N_(
        "A card holds two certificates. The one for signatures commits its holder to documents; "
        "used for a login, it could be made to sign something without the holder knowing."
    ),
    "relying.family_refused": N_(
        "Each service decides which families of cards it serves: registered professionals (CPS), "
        "those in training (CPF), staff of structures (CPE) or of authorised bodies (CPA)."
    ),
    "relying.category_test": N_(
        "Test cards bear the names of people who do not exist, and anyone may own one."
    ),
    "relying.category_real": N_(
        "A service for tests holds invented data and must never meet the identity of a real person."
    ),
    "relying.category_unknown": N_(
        "The certificate bears a code that no published table explains, and the unknown is never "
        "admitted."
    ),
    "relying.not_individual": N_(
        "Some cards of structures name no person. This service must know who acts."
    ),
    "relying.profession_refused": N_(
        "The service serves certain professions only, and reads them from the certificate."
    ),
    "relying.holder_unknown": N_(
        "The certificate was good when it was issued. Whether its holder still practises is known "
        "to the directory alone, and it has no record of them."
    ),
    "relying.holder_inactive": N_(
        "The right to practise can end or be suspended before the card does; the directory is "
        "asked at each login."
    ),
    "relying.card_opposed": N_(
        "Its holder or its issuer has declared that this card must not be used: lost, stolen, "
        "replaced or returned."
    ),
    "relying.card_unknown": N_(
        "The directory keeps a record of every card in use, and this one is not among them."
    ),
    "relying.directory_unavailable": N_(
        "Without the directory nobody can tell whether the holder still practises, so nobody is "
        "admitted until it answers."
    ),
    "relying.token_algorithm": N_(
        "The service admits only algorithms that are known to be sound and that the card supports."
    ),
    "relying.token_key_mismatch": N_(
        "The token names an algorithm that the key of its certificate cannot have used."
    ),
    "relying.token_signature_invalid": N_(
        "The signature covers the address of the site and the number used once. If either differs, "
        "it was not made for this login."
    ),
    "relying.origin_wrong": N_(
        "The address of the site is part of what the card signs, so that a proof made for one site "
        "cannot be used on another."
    ),
    "relying.token_replayed": N_(
        "The signature was made for an earlier login. A token is good for one login; a copy of it "
        "proves nothing."
    ),
    "relying.nonce_unknown": N_(
        "Each login begins with a number that the portal gives to one browser or program. Without "
        "it, an old or stolen token would pass for a fresh one."
    ),
    "relying.nonce_used": N_(
        "The number of a login serves once. A second token for it may be a copy of the first."
    ),
    "relying.nonce_expired": N_(
        "The number of a login serves for a few minutes only, so that a token prepared earlier is "
        "worth nothing."
    ),
    "relying.session_unknown": N_(
        "The cookie of the browser names no session of this portal: it was logged out, or the "
        "portal was started anew."
    ),
    "relying.session_expired": N_(
        "A session ends when it is not used for a while, so that nobody goes on in your name at a "
        "desk that you have left."
    ),
    "relying.session_other_certificate": N_(
        "A session opened with a card lives only as long as the connection shows that same card. "
        "Here there is another card, or none."
    ),
    "relying.connection_logged_out": N_(
        "Your browser still holds a connection from before the logout. The card proved itself "
        "on it then, which proves nothing now."
    ),
    "relying.activity_unknown": N_(
        "Activities come from the directory and never from the request; this one is not among "
        "those of the holder."
    ),
    "codec.token_algorithm": _TOKEN,
    "codec.token_format": _TOKEN,
    "codec.token_json": _TOKEN,
    "codec.token_member": _TOKEN,
    "codec.token_size": N_(
        "A real token holds one certificate and one signature. A much larger one is a fault or an "
        "attack, and is not read."
    ),
    "trust.ca_depth": _CHAIN,
    "trust.ca_not_allowed": _CHAIN,
    "trust.ca_usage": _CHAIN,
    "trust.chain_not_found": N_(
        "A certificate is trusted when an authority that this portal trusts issued it. None of "
        "them issued this one: the card belongs to another domain (real, test or another sandbox)."
    ),
    "trust.chain_not_searched": _CHAIN,
    "trust.checks_not_finished": _CHAIN,
    "trust.extension_critical": N_(
        "The issuer has marked something in the certificate as binding, and this portal does not "
        "know what it means."
    ),
    "trust.crl_rules": _CHAIN,
    "trust.extension_missing": _CHAIN,
    "trust.extension_not_critical": _CHAIN,
    "trust.extension_wrongly_critical": _CHAIN,
    "trust.issuer_nameless": _CHAIN,
    "trust.key_identifier_differs": _CHAIN,
    "trust.peer_not_named": _CHAIN,
    "trust.serial_not_positive": _CHAIN,
    "trust.serial_too_long": _CHAIN,
    "trust.version_wrong": _CHAIN,
    "trust.policy_refused": _CHAIN,
    "trust.policy_mapping_any": _CHAIN,
    "trust.name_constraints_many": _CHAIN,
    "trust.name_too_large": _CHAIN,
    "trust.name_constraints_unsupported": _CHAIN,
    "trust.name_refused": _CHAIN,
    "trust.signature_wrong": _CHAIN,
    "trust.signature_weak": _WEAK,
    "trust.key_weak": _WEAK,
    "trust.key_parameters_inherited": _WEAK,
    "trust.certificate_too_large": _UNREADABLE,
    "trust.certificate_unreadable": _UNREADABLE,
    "trust.extensions_unreadable": _UNREADABLE,
    "trust.private_extension": _UNREADABLE,
    "trust.not_a_card_certificate": N_(
        "This portal is for holders of cards of the CPS family, whose certificates bear marks that "
        "no other certificate has."
    ),
    "trust.expired": N_(
        "A certificate ends on a fixed day. After it, nobody follows any more whether it may still "
        "be used."
    ),
    "trust.not_yet_valid": N_(
        "The certificate is valid only from that day on. If the day is already past, the clock of "
        "one of the two machines is wrong."
    ),
    "trust.usage_refused": N_(
        "A card holds one certificate for logins and one for documents; each is good for its own "
        "purpose only."
    ),
    "trust.revoked_by_bundle": _CRL,
    "trust.bundle_broken": _CRL,
    "trust.bundle_expired": _CRL,
    "trust.bundle_signature": _CRL,
    "trust.revoked": N_(
        "The issuer has stopped this card, for example because it was lost, stolen or replaced, or "
        "because its holder stopped practising."
    ),
    "trust.crl_delta": _CRL,
    "trust.crl_issuer_unknown": _CRL,
    "trust.crl_missing": _CRL,
    "trust.crl_not_yet": _CRL,
    "trust.crl_older": _CRL,
    "trust.crl_partial": _CRL,
    "trust.crl_signature": _CRL,
    "trust.crl_stale": _CRL,
    "trust.crl_too_large": _CRL,
    "trust.crl_unreadable": _CRL,
    "trust.crl_unsupported": _CRL,
    "trust.ocsp_nonce": _CRL,
    "trust.ocsp_none": _CRL,
    "trust.ocsp_not_yet": _CRL,
    "trust.ocsp_other": _CRL,
    "trust.ocsp_refused": _CRL,
    "trust.ocsp_responder": _CRL,
    "trust.ocsp_signature": _CRL,
    "trust.ocsp_stale": _CRL,
    "trust.ocsp_too_large": _CRL,
    "trust.ocsp_unknown": _CRL,
    "trust.ocsp_unreachable": _CRL,
    "trust.ocsp_unreadable": _CRL,
    "trust.source_missed": N_(
        "When the servers that tell which cards were stopped are down, logins go on for a while by "
        "what they said last. That time is over, or nothing was ever heard from them."
    ),
    "trust.fingerprint_differs": _FINGERPRINT,
    "trust.fingerprint_unknown": _FINGERPRINT,
    "trust.fetch_address": _CRL,
    "trust.fetch_failed": _CRL,
    "trust.fetch_too_large": _CRL,
    "trust.index_broken": _CRL,
    "trust.index_missing": _CRL,
    "portal.not_logged_in": N_("This page shows what belongs to a logged-in holder."),
    "portal.activity_missing": N_(
        "What you may do and see can depend on where you work, so a holder with several "
        "activities chooses one first."
    ),
    "portal.request_from_elsewhere": N_(
        "A page of another site could otherwise act in your name while you are logged in here."
    ),
    "portal.wrong_host": N_(
        "A name that does not belong to the portal may have been pointed at it by somebody else."
    ),
    "portal.not_found": N_("The address may be mistyped, or an old link."),
    "portal.method_not_allowed": N_("The page exists, but does something else."),
    "portal.request_too_large": N_(
        "Nothing that this portal takes is that large; more would only fill its memory."
    ),
    "portal.request_unreadable": N_(
        "The portal acts only on requests that it understands to the last character."
    ),
    "portal.fault": N_(
        "Nothing that you did should lead here. The operator finds the cause in the log."
    ),
}
"""The code, and why it is refused: each code that has a reason here has a page of its own."""

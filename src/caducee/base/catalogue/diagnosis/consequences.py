# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What follows from findings, where several share it."""

from typing import Final

from caducee.base.i18n import N_

NONE: Final = N_("Everything else works as before.")
NOCARD: Final = N_("No program can reach any card.")
THISCARD: Final = N_("This card cannot be used here.")
WAIT: Final = N_("Programs wait for the card or report it as busy.")
LOGIN: Final = N_("Logins by certificate with this card are refused.")
LOGINSOON: Final = N_("Logins will fail from that date.")
SIGN: Final = N_("Documents signed with this card are refused.")
CODE: Final = N_("Operations that require the PIN fail: login, signature, private data.")
LASTTRY: Final = N_("One wrong entry blocks the card.")
MODULE: Final = N_("Browsers and other programs that load the module do not see the card.")
SHUTIN: Final = N_("This program does not see the card; others do.")
FIREFOX: Final = N_("Firefox does not offer the card when a site asks for a certificate.")
CHROMIUM: Final = N_("Chromium does not offer the card when a site asks for a certificate.")
HOST: Final = N_("The browser's extension cannot reach the card.")
FIGHT: Final = N_(
    "The same certificate is offered twice, or each module takes the card from the other."
)
P11KIT: Final = N_("Programs that use p11-kit (GnuTLS, curl, VPN clients) do not see the card.")
JAVA: Final = N_("Java programs do not see the card.")
TIME: Final = N_("Valid certificates look expired or not yet valid, and services refuse tokens.")
SERVICE: Final = N_("Logins to this service fail.")
TLS: Final = N_(
    "Logins by certificate fail: the signature of the card is bound to one TLS connection."
)
PORTAL: Final = N_("The login at the portal fails.")
DAEMON: Final = N_("Browsers and other programs that load the module do not see the card.")
SLOW: Final = N_("Opening the card takes longer.")
UNSAFE: Final = N_("Other users of this computer may read or change your data.")
WRITE: Final = N_("Nothing can be saved: no cache, no settings, no report.")
REVOKED: Final = N_("The card may have been revoked; then services refuse it.")
DOUBT: Final = N_("Dependent checks cannot be run.")

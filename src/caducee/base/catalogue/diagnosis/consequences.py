# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What follows from findings, where several share it."""

from typing import Final

from caducee.base.i18n import N_

NONE: Final = N_("Everything else works as before.")
NOCARD: Final = N_("No program can reach any card.")
THISCARD: Final = N_("This card cannot be used here.")
WAIT: Final = N_("Programs wait for the card, or say that it is busy.")
LOGIN: Final = N_("Logins by certificate with this card are refused.")
LOGINSOON: Final = N_("Until then everything works; afterwards no login does.")
SIGN: Final = N_("Documents signed with this card are refused.")
CODE: Final = N_("Nothing that asks for the code works: logging in, signing, private data.")
LASTTRY: Final = N_("One wrong entry blocks the card.")
MODULE: Final = N_("Browsers and other programs that load the module do not see the card.")
SHUTIN: Final = N_("This program sees no card; others do.")
FIREFOX: Final = N_("Firefox does not offer the card when a site asks for a certificate.")
CHROMIUM: Final = N_("Chromium does not offer the card when a site asks for a certificate.")
HOST: Final = N_("The browser's extension cannot reach the card.")
FIGHT: Final = N_(
    "The same certificate is offered twice, or each module takes the card from the other."
)
P11KIT: Final = N_("Programs that use p11-kit (GnuTLS, curl, VPN clients) do not see the card.")
JAVA: Final = N_("Java programs do not see the card.")
TIME: Final = N_("Valid certificates look expired or not yet valid, and services refuse tokens.")
SERVICE: Final = N_("Whoever logs in there gets no further.")
TLS: Final = N_(
    "Logins with a certificate cannot work: the card's answer counts for one connection only."
)
PORTAL: Final = N_("The login at the portal fails.")
DAEMON: Final = N_("Browsers and other programs that load our module see no card.")
SLOW: Final = N_("Each opening reads the card anew and takes longer.")
UNSAFE: Final = N_("Other users of this machine might read or change what belongs to you.")
WRITE: Final = N_("Nothing can be saved: no cache, no settings, no report.")
REVOKED: Final = N_("The card may have been revoked; then services refuse it.")
DOUBT: Final = N_("What depends on it cannot be judged.")

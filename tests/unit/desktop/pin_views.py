# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Questions of the PIN window."""

from caducee.desktop.pin_view import PinView
from caducee.middleware.pin_entry import PinKind, PinQuestion, PinRequest, PinRequester


def view(kind: PinKind = PinKind.LOGIN, tries: int | None = 3, *, wrong: bool = False) -> PinView:
    request = PinRequest(kind, "CPS3v3-2900995235", "KIT DOC0073574", "Reader 0", tries, 4, 8)
    asker = PinRequester("/usr/lib/firefox-esr/firefox-esr", 4242, "https://portail.test")
    return PinView(PinQuestion(request, asker, wrong=wrong))

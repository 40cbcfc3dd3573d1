# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keys for a window that shows progress: each key is reported before it is generated."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from caducee.authority.keys import FreshKeys, KeyKind
from caducee.base.i18n import gettext as _
from caducee.issuance.keys import FreshCardKeys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from caducee.authority.keys import CaKey

__all__ = ["ReportingKeys"]


class ReportingKeys:
    """Makes keys of authorities and of cards; what ``tell`` raises ends it before the next."""

    def __init__(self, tell: Callable[[str], None], kind: KeyKind = KeyKind.RSA_4096) -> None:
        self._tell = tell
        self._authorities, self._cards = FreshKeys(kind), FreshCardKeys()
        # Said here: authorities make their keys in threads that know no language.
        self._of_authority = _("The key of {name} is made…")
        self._of_card = _("A key of the card is made…")

    def ca_key(self, name: str) -> "CaKey":
        """Return a new key of an authority."""
        self._tell(self._of_authority.format(name=name))
        return self._authorities.ca_key(name)

    def card_key(self) -> "rsa.RSAPrivateKey":
        """Return a new key of a card."""
        self._tell(self._of_card)
        return self._cards.card_key()

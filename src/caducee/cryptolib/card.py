# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""`CpsCard`: what an application holds of a card."""

from cryptography import x509

from caducee.cryptolib.channel import Channel
from caducee.cryptolib.driver import Driver
from caducee.cryptolib.files import CardFiles
from caducee.cryptolib.key_operations import KeyOperations
from caducee.cryptolib.layout import Layout
from caducee.cryptolib.model import CardIdentity, KeyUse
from caducee.cryptolib.pin_operations import PinOperations
from caducee.cryptolib.pin_states import RecentStates

__all__ = ["CpsCard"]


class CpsCard(KeyOperations, PinOperations):
    """An open card; also a context manager that closes it. Threads may share it."""

    def __init__(
        self,
        driver: Driver,
        channel: Channel,
        identity: CardIdentity,
        files: CardFiles,
        layout: Layout,
        *,
        complete: bool = True,
    ) -> None:
        super().__init__(driver, channel, identity, files, layout)
        self.complete = complete
        """The last update of the card's data ended; else they are old, new or mixed."""

        self._certificates: dict[KeyUse, x509.Certificate] = {}
        self._recent = RecentStates(channel)

    @property
    def actuality(self) -> bytes | None:
        """EF_ACTUA as it was at the opening; None for a face without one."""
        return self._files.actuality

    @property
    def serial(self) -> str:
        """The serial number: 8 digits of EF.SN.ICC, as the issuer's library shows them."""
        return self.identity.serial

    @property
    def token_label(self) -> str:
        """The label of the token, e.g. ``CPS3v3-2900995235``."""
        return self._layout.token.label or ""

    @property
    def card_number(self) -> str:
        """The ten digits of the card number in the token label; empty when it has none."""
        number = self.token_label.rpartition("-")[2]
        return number if len(number) == 10 and number.isdigit() else ""

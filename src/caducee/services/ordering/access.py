# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How a session or an API key was opened, and whether it may still be used.

Access that a card opened ends with the card: at each use the directory is asked for the holder and
for the card, as the portal does (`caducee.services.portal.sessions`).
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from caducee.base.errors import CpsError, LoginRefusedError
from caducee.directory.holder_registry import DirectoryHolderRegistry
from caducee.directory.registry import Registry
from caducee.relying.verdict import Identity

__all__ = ["Access", "AccessJudge", "Way"]


@unique
class Way(StrEnum):
    """The way in which somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 (a way, no secret)
    CODE = "code"
    """A code that was sent to the confirmed address."""

    CERTIFICATE = "certificate"
    TOKEN = "token"  # noqa: S105 (a way, no secret)
    COMMAND_LINE = "command-line"
    """The operator of the service."""


@dataclass(frozen=True, slots=True)
class Access:
    """The way in which a session or a key was opened, and the card that opened it."""

    way: Way
    holder: str | None = None
    """PS_IdNat of the holder of the card; none when no card was used."""

    card: str | None = None
    """Issuer and number of the card, e.g. ``8025000001/2800636234``."""

    @classmethod
    def by_card(cls, way: Way, identity: Identity) -> "Access":
        """Return the access that an admitted holder opens."""
        return cls(way, identity.ps_idnat, identity.card_id or None)


class AccessJudge:
    """Asks the directory whether access may still be used."""

    def __init__(self, registry: Registry) -> None:
        self._holders = DirectoryHolderRegistry(registry)

    def judge(self, access: Access, linked: str | None) -> None:
        """Refuse access whose card may not be used any more; ``linked``: holder of the account.

        Raises `LoginRefusedError`: ``relying.holder_unknown``, ``relying.holder_inactive``,
        ``relying.card_opposed``, ``ordering.card_unlinked``; these end the access for good.
        ``relying.directory_unavailable`` does not.
        """
        if access.holder is None:
            return
        if access.holder != linked:
            raise LoginRefusedError("ordering.card_unlinked")
        try:
            holder = self._holders.holder(access.holder)
            active = self._holders.card_active(access.card) if access.card else None
        except CpsError as error:
            raise LoginRefusedError("relying.directory_unavailable") from error
        if holder is None:
            raise LoginRefusedError("relying.holder_unknown", ps_idnat=access.holder)
        if not holder.active:
            raise LoginRefusedError("relying.holder_inactive", ps_idnat=access.holder)
        if active is False and access.card:
            raise LoginRefusedError("relying.card_opposed", card_id=access.card)

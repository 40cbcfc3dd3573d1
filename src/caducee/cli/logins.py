# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Log out of everything: the logins of this user that this machine knows of."""

from caducee.base.i18n import gettext as _

__all__ = ["UserLogins"]


class UserLogins:
    """The logins of programs at the Cryptolib. What sites keep in a browser ends there."""

    def log_out(self) -> tuple[str, ...]:
        """End them; return a sentence for each kind that was ended, and what stays.

        Raises `StateError` (``daemon.*``).
        """
        from caducee.cryptolib.daemon.logins import log_out

        count = log_out()
        if not count:
            return ()
        return (
            _("Logins of programs at the card that were ended: {count}").format(count=count),
            _("Sites that are open in a browser have their own logout."),
        )

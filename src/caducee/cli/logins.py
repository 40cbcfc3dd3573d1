# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Log out of everything: the logins of this user that this machine knows of."""

from caducee.base.i18n import gettext as _

__all__ = ["UserLogins"]


class UserLogins:
    """The logins of programs at the Cryptolib, and of pages that watch the card."""

    def log_out(self) -> tuple[str, ...]:
        """End them; return a sentence for each kind that was ended, and what stays.

        Raises `StateError` (``daemon.*``).
        """
        from caducee.middleware.daemon.logins import log_out
        from caducee.middleware.webhost.logout_listener import tell_pages

        pages, programs = tell_pages(), log_out() or 0
        lines = []
        if programs:
            text = _("Logins of programs at the card that were ended: {count}")
            lines.append(text.format(count=programs))
        if pages:
            text = _("Pages with our extension asked to end their session: {count}")
            lines.append(text.format(count=pages))
        if lines:
            lines.append(_("Other sites that are open in a browser have their own logout."))
        return tuple(lines)

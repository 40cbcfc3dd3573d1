# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How long cards and certificates stay valid, in words."""

from caducee.base.i18n import gettext as _

__all__ = ["days_left"]


def days_left(count: int) -> str:
    """Return how long something is still valid, as a sentence."""
    if count == 0:
        return _("expires today")
    if count == 1:
        return _("expires tomorrow")
    return _("expires in {count} days").format(count=count)

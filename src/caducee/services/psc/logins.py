# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a login says: the holder, the moment, the means."""

import msgspec

__all__ = ["Login"]


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Who logged in, when and how."""

    ps_idnat: str
    given_name: str
    family_name: str
    auth_time: int
    """Seconds since 1970."""
    auth_mode: str
    acr: str
    sid: str
    """Names the session of the browser, for every client alike."""

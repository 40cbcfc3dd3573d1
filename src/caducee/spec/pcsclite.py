# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Which versions of pcsc-lite's library and service understand each other.

Source: pcsc-lite, ``src/winscard_msg.h`` (PROTOCOL_VERSION_MAJOR, _MINOR) at each release, and its
ChangeLog for 2.4.1, from which on either side accepts the other's older protocols, down to 4:4.
"""

from typing import Final

__all__ = ["BOTH_WAYS", "PROTOCOLS", "Release", "protocol", "understand"]

type Release = tuple[int, ...]

PROTOCOLS: Final[tuple[tuple[Release, tuple[int, int]], ...]] = (
    ((2, 5, 0), (4, 6)),
    ((2, 3, 0), (4, 5)),
    ((1, 8, 24), (4, 4)),
)
"""The protocol of each release on, the newest first."""

BOTH_WAYS: Final[Release] = (2, 4, 1)
"""The first release that speaks older protocols, too."""

_OLDEST: Final = (4, 4)


def protocol(release: Release) -> tuple[int, int] | None:
    """Return the protocol of a release; None for one before all that stand here.

    >>> protocol((2, 3, 3)), protocol((2, 0, 1)), protocol((1, 8, 20))
    ((4, 5), (4, 4), None)
    """
    return next((spoken for since, spoken in PROTOCOLS if release >= since), None)


def understand(library: Release, service: Release) -> bool:
    """Tell whether a library and a service of these releases understand each other.

    >>> understand((2, 0, 1), (2, 3, 3)), understand((2, 4, 1), (2, 3, 3))
    (False, True)
    >>> understand((2, 0, 1), (2, 4, 1)), understand((2, 5, 0), (2, 0, 1))
    (True, True)
    """
    theirs, ours = protocol(library), protocol(service)
    if theirs == ours:
        return True
    if theirs is None or ours is None or min(theirs, ours) < _OLDEST:
        return False
    newer = max(library, service)
    return newer >= BOTH_WAYS

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a person may set in ``[pin_entry]``."""

from typing import Annotated

import msgspec

from caducee.base.config import Settings

__all__ = ["PinEntrySettings"]


class PinEntrySettings(Settings, frozen=True):
    """How the PIN is asked by a window of ours."""

    protected_path: bool = False
    """Tell programs that the PIN is entered by ourselves: they then ask for none."""

    pin_pad: bool = True
    """Let the holder enter their PIN at the reader when it has a PIN pad (PC/SC part 10) and a
    program leaves the PIN out. The card then stays open until the login ends."""

    program: tuple[str, ...] = ()
    """The program that asks, with its arguments; empty: the window of caducee[desktop]."""

    seconds: Annotated[int, msgspec.Meta(ge=1)] = 120
    """After which the question is withdrawn (CKR_FUNCTION_CANCELED)."""

    least_seconds: Annotated[float, msgspec.Meta(ge=0, le=10)] = 1.5
    """How long such a login takes at least: Firefox's own notice stays after an instant one."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking the holder for a PIN: what is asked, the lines that carry it, and who asks them."""

from caducee.cryptolib.model import EnteredPins
from caducee.middleware.pin_entry.model import PinKind, PinRequest, PinRequester
from caducee.middleware.pin_entry.protocol import PinQuestion

__all__ = ["EnteredPins", "PinKind", "PinQuestion", "PinRequest", "PinRequester"]

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking the holder for a code: what is asked, the lines that carry it, and who asks them."""

from caducee.cryptolib.model import EnteredPins
from caducee.middleware.pin_entry.model import PinAsker, PinKind, PinRequest
from caducee.middleware.pin_entry.protocol import Question

__all__ = ["EnteredPins", "PinAsker", "PinKind", "PinRequest", "Question"]

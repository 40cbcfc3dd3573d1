# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Asking the holder for a code: what is asked, the lines that carry it, and who asks them."""

from caducee.cryptolib.pin_entry.model import PinAsker, PinCodes, PinKind, PinRequest
from caducee.cryptolib.pin_entry.protocol import Question

__all__ = ["PinAsker", "PinCodes", "PinKind", "PinRequest", "Question"]

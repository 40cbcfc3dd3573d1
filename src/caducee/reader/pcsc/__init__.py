# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Readers of this machine through PC/SC, by a ctypes binding of our own."""

from caducee.reader.pcsc.context import PcscContext, PcscReader
from caducee.reader.pcsc.transport import PcscTransport

__all__ = ["PcscContext", "PcscReader", "PcscTransport"]

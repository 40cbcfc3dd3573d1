# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The revocation index: large lists in a sorted, memory-mapped file that processes share."""

from caducee.trust.index.building import build, lay_over
from caducee.trust.index.file import IndexInfo, RevocationIndex
from caducee.trust.index.source import IndexSource

__all__ = ["IndexInfo", "IndexSource", "RevocationIndex", "build", "lay_over"]

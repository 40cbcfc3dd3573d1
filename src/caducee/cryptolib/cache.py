# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The cache of public card data."""

from pathlib import Path

__all__ = ["PublicDataCache"]


class PublicDataCache:
    """Public data of cards on disk; ``folder`` None is the cache folder of the user."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

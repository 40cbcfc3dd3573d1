# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The functions of the standard, by chapter; each registers itself."""

from importlib import import_module

__all__ = ["load"]

_CHAPTERS = (
    "slots",
    "sessions",
    "pins",
    "objects",
    "search",
    "digest",
    "sign",
    "verify",
    "cipher",
    "random",
    "unsupported",
)


def load() -> None:
    """Register every function."""
    for chapter in _CHAPTERS:
        import_module(f"{__name__}.{chapter}")

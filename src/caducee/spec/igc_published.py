# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fingerprints of the real IGC-Santé's authorities: ``data/igc_sante.toml``, with its sources.

>>> [item.name for item in published() if item.root][-1]
'AC RACINE IGC-SANTE FORT'
"""

import tomllib
from functools import cache
from importlib import resources

import msgspec

__all__ = ["PublishedAuthority", "published"]


class PublishedAuthority(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was published of one authority."""

    name: str
    """Common name."""

    sha1: str
    """Of the certificate, in capital hexadecimal digits."""

    sha256: str | None = None
    """The same, where it is known."""

    root: bool = False
    """Whether it is a root."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    authority: tuple[PublishedAuthority, ...]


@cache
def published() -> tuple[PublishedAuthority, ...]:
    """Return what was published, the roots first."""
    data = resources.files("caducee.spec").joinpath("data/igc_sante.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(data), _File).authority

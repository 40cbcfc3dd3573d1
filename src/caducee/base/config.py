# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Settings: TOML into frozen structs; a wrong or unknown key is refused."""

import tomllib
from pathlib import Path

import msgspec

from caducee.base.errors import ConfigError

__all__ = ["Settings", "load", "parse"]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of every settings struct; each field is documented where it is declared."""


def parse[T: Settings](text: str, kind: type[T], path: str = "-") -> T:
    """Read settings from TOML text. Raises `ConfigError` (``base.config_*``)."""
    try:
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Not every fault of a text is a TOMLDecodeError: a number of 5000 digits, a list in a list
        # in a list ….
        raise ConfigError("base.config_unreadable", path=path, reason=str(error)) from None
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise ConfigError("base.config_invalid", path=path, reason=str(error)) from error


def load[T: Settings](path: Path, kind: type[T]) -> T:
    """Read settings from a TOML file. Raises `ConfigError` (``base.config_*``)."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError("base.config_unreadable", path=str(path), reason=reason) from error
    return parse(text, kind, str(path))

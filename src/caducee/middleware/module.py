# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where the PKCS#11 module is: the native library that other programs load."""

import importlib
import os
import platform
import sys
from pathlib import Path
from typing import Final

from caducee.base.errors import StateError

__all__ = ["ENVIRONMENT", "find_module", "library_name"]

ENVIRONMENT: Final = "CADUCEE_PKCS11_MODULE"
"""The variable of the environment that names another module."""

_WHEEL: Final = "caducee_native"
"""The package of the second project, which brings the library built."""

_NAMES: Final = {"win32": "caducee_pkcs11.dll", "darwin": "libcaducee_pkcs11.dylib"}


def library_name() -> str:
    """Return the name of the library's file on this system."""
    return _NAMES.get(sys.platform, "libcaducee_pkcs11.so")


def find_module() -> Path:
    """Return the absolute path of the library.

    In this order: what ``CADUCEE_PKCS11_MODULE`` names, what the package ``caducee-native`` brings,
    what ``./run native`` built in a source tree.
    Raises `StateError` (``cryptolib.module_missing``).
    """
    named = os.environ.get(ENVIRONMENT)
    places = [Path(named)] if named else [*_installed(), *_built()]
    for place in places:
        if place.is_file():
            return place.absolute()
    raise StateError("cryptolib.module_missing", place=str(places[-1]))


def _installed() -> list[Path]:
    try:
        package = importlib.import_module(_WHEEL)
    except ImportError:
        return []
    return [Path(folder) / library_name() for folder in package.__path__]


def _built() -> list[Path]:
    tree = Path(__file__).resolve().parents[3]
    return [tree / ".cache" / "native" / _target() / library_name()]


def _target() -> str:
    """Return the folder's name as ``tools/native.py`` chooses it."""
    machine = platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if sys.platform == "win32":
        return f"{machine}-windows-gnu"
    if sys.platform == "darwin":
        return f"{machine}-macos"
    return f"{machine}-linux-{'gnu' if platform.libc_ver()[0] == 'glibc' else 'musl'}"

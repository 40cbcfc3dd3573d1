# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What pip asks of a project that is built here (PEP 517); the work is in ``tools``."""

import sys
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build the wheel of this machine; return its name."""
    del config_settings, metadata_directory
    from tools import native, native_wheel

    return native_wheel.write(native.host(), Path(wheel_directory)).name


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> NoReturn:
    """Refuse: the sources are those of the whole tree."""
    del sdist_directory, config_settings
    raise NotImplementedError("caducee-native is built in the source tree of caducee")

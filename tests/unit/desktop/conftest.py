# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Windows without a screen. Where Qt has no system libraries (--quick), they are left out."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_WITHOUT_QT = ("pin_views.py", "test_pin_view.py", "test_pin_page_view.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what imports Qt when pytest-qt is switched off."""
    if collection_path.suffix != ".py" or collection_path.name in _WITHOUT_QT:
        return None
    if collection_path.parent.name == "diagnosis" and "window" not in collection_path.name:
        return None
    return None if config.pluginmanager.hasplugin("pytest-qt") else True

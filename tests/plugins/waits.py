# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Generous limits for what a window waits for: a busy machine fails no test."""

import pytest

_MILLISECONDS = 60_000


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-qt wait longer than its five seconds, where a test names no limit."""
    if not config.pluginmanager.hasplugin("pytest-qt"):
        return
    from pytestqt.qtbot import QtBot

    for wait in (QtBot.waitUntil, QtBot.waitSignal, QtBot.waitSignals, QtBot.waitCallback):
        limits = wait.__kwdefaults__
        assert limits and limits["timeout"] == 5000
        limits["timeout"] = _MILLISECONDS

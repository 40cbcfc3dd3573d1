# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The table at the end of a run: what was skipped, and why."""

from collections import Counter, defaultdict

import pytest


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write each reason once, with the number of tests and their files."""
    files: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        files[reason.removeprefix("Skipped: ")][report.nodeid.partition("::")[0]] += 1
    deselected = len(terminalreporter.stats.get("deselected", []))
    terminalreporter.section("skipped tests, and why")
    for reason, counts in sorted(files.items()):
        terminalreporter.line(f"{counts.total():5}  {reason}: {', '.join(sorted(counts))}")
    if deselected:
        terminalreporter.line(f"{deselected:5}  left out by -m {config.option.markexpr!r}")
    if not files and not deselected:
        terminalreporter.line("    0  every test ran")

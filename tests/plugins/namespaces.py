# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``@pytest.mark.namespaces("mount", "network", "user")``: skipped where they are refused.

A container or the kernel may refuse new namespaces, and ``mount --make-rprivate /`` fails where
the root is not a mount point (a chroot). Each kind is tried once in a test process.
"""

import shutil
import subprocess
from functools import cache

import pytest

_TRIALS = {
    "mount": ("--mount", "sh", "-c", "mount --make-rprivate / && mount -t tmpfs none /mnt"),
    "network": ("--net", "true"),
    "user": ("--user", "--map-user=1000", "true"),
    "pid": ("--pid", "--fork", "--kill-child", "true"),
}
_OF_FIXTURES = {"pcscd": "network"}
"""What fixtures need that are not of this suite alone."""


@cache
def refusal(kind: str) -> str | None:
    """Return why namespaces of a kind cannot be made here; None where they can."""
    program = shutil.which("unshare")
    if program is None:
        return "unshare is not installed"
    done = subprocess.run(
        [program, *_TRIALS[kind]], capture_output=True, text=True, check=False, timeout=60
    )
    return None if done.returncode == 0 else done.stderr.strip() or f"status {done.returncode}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose namespaces are refused, with the reason."""
    kinds = {kind for mark in item.iter_markers("namespaces") for kind in mark.args}
    kinds |= {
        _OF_FIXTURES[name] for name in getattr(item, "fixturenames", ()) if name in _OF_FIXTURES
    }
    for kind in sorted(kinds):
        if reason := refusal(kind):
            pytest.skip(f"needs a {kind} namespace, refused here: {reason}")

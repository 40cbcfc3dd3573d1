# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Keeps the memory of a process from others; every program that a PIN passes through begins so."""

import sys

__all__ = ["protect_memory"]

_PR_SET_DUMPABLE = 4


def protect_memory() -> None:
    """See that nothing copies the memory of this process: a PIN may be in it.

    A crash leaves no core file; its children inherit that limit. Under Linux no other process
    of this user can read its memory or trace it (prctl(2), PR_SET_DUMPABLE); root can. What the
    system does not offer is passed over.
    """
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

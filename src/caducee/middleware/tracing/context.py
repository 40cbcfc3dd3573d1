# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The trace id of what a thread or task is doing: one number from the browser to the card."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["current", "fresh", "use"]

_trace: ContextVar[int] = ContextVar("caducee_trace", default=0)


def current() -> int:
    """Return the trace id in use; 0 for none."""
    return _trace.get()


def fresh() -> int:
    """Return a new trace id: 64 random bits, never 0."""
    return int.from_bytes(os.urandom(8)) or 1


@contextmanager
def use(trace: int) -> Iterator[None]:
    """Work under a trace id for the length of a ``with`` block."""
    token = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(token)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Signals that end a command which runs until interrupted."""

import signal

import click

__all__ = ["ENDS", "hold"]

ENDS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""What ends such a command."""


def hold() -> None:
    """Keep the ending signals for ``sigwait`` until the command ends: no thread dies of one.

    Afterwards the process, and what it starts, takes them as before.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    click.get_current_context().call_on_close(
        lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before)
    )

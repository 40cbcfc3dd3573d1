# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
import signal

import click
from click.testing import CliRunner

from caducee.cli.signals import ENDS, hold


def test_signals_are_held_while_the_command_runs_and_taken_as_before_afterwards() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    seen: list[set[signal.Signals | int]] = []

    @click.command()
    def waiting() -> None:
        hold()
        seen.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    assert CliRunner().invoke(waiting).exit_code == 0
    assert seen[0] >= ENDS
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs a fuzz target with seeds (needs atheris, which is not among the dependencies)."""

import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["run"]


def run(check: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Call ``check`` with bytes that atheris finds, beginning with the seeds.

    Arguments of the command line go to libFuzzer. A file or folder among them takes the place of
    the seeds. Ends the process.
    """
    import atheris

    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds):
            (Path(folder) / f"seed{number}").write_bytes(seed)
        own = any(not item.startswith("-") for item in sys.argv[1:])
        atheris.Setup(sys.argv if own else [*sys.argv, folder], check)
        atheris.Fuzz()

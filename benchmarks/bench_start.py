# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Start of the command line: ``caducee --version`` against a bare click program."""

import statistics
import subprocess
import sys
import time

from benchmarks.report import report

ROUNDS = 15
OURS = "import sys; sys.argv = ['caducee', '--version']; import caducee.cli.main as m; m.main()"
BARE = """
import sys
import click
@click.command()
@click.version_option("1", message="bare %(version)s")
def bare():
    pass
sys.argv = ["bare", "--version"]
bare()
"""


def _milliseconds(program: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Run both in turn, so that both meet the same machine."""
    pairs = [(_milliseconds(OURS), _milliseconds(BARE)) for _ in range(ROUNDS)]
    ours, bare = (statistics.median(times) for times in zip(*pairs, strict=True))
    report("caducee --version", ours, "ms", "bare click --version", bare)
    report("caducee --version, more than bare click", ours - bare, "ms")


if __name__ == "__main__":
    main()

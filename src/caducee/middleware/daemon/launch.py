# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Starts the daemon, in as little time as it can: a program waits for its first signature."""

import gc
import logging
import sys
from pathlib import Path

from caducee.base.errors import CpsError
from caducee.base.memory import protect_memory

__all__ = ["launch", "program"]


def launch(*, detach: bool = False, settings: Path | None = None) -> None:
    """Serve this user until the end, as `run` does, which says what is raised."""
    gc.disable()  # nothing that is imported becomes garbage, and looking for it takes a tenth
    from caducee.middleware.daemon import process
    from caducee.middleware.daemon.compose import make_engine
    from caducee.middleware.daemon.run import run

    gc.freeze()
    gc.enable()
    if detach:
        process.detach()
    process.log_to(process.log_path() if detach else None)
    process.open_many_files()
    run(make_engine, settings)


def program() -> None:
    """Be ``caducee cryptolibd --detach`` without the command line, whose import takes 10 ms."""
    protect_memory()
    try:
        launch(detach=True)
    except CpsError as error:
        if error.code != "daemon.running":
            logging.getLogger(__name__).error("%s", error)
            sys.exit(1)

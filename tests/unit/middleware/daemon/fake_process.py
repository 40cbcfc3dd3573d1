# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The daemon in a process of its own, with an engine that thinks nothing (`fakes`).

A call for reader-9 takes for ever.
"""

import sys
import time
from pathlib import Path

from tests.unit.middleware.daemon.fakes import FakeEngine

from caducee.base.errors import StateError
from caducee.middleware.daemon import process
from caducee.middleware.daemon.engine import Engine
from caducee.middleware.daemon.run import run
from caducee.middleware.daemon.settings import CryptolibSettings
from caducee.reader.transport import ReaderContext


def make_engine(readers: ReaderContext, settings: CryptolibSettings) -> Engine:
    engine = FakeEngine()
    engine.pace[9] = lambda: time.sleep(3600)
    return engine


if __name__ == "__main__":
    process.log_to(None)
    process.open_many_files()
    try:
        run(make_engine, Path(sys.argv[1]) if len(sys.argv) > 1 else None)
    except StateError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(0 if error.code == "daemon.running" else 1)

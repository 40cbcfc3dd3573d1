# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An application on a real socket, for the tests of the API."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from caducee.relying.uvicorn_tls import server_config
from caducee.services.web.listening import listen
from caducee.services.web.protocol import BoundedProtocol


@contextlib.contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Run an application in a thread; gives its address."""
    with listen("127.0.0.1", 0) as listening:
        config = server_config(app, keep_alive=5)
        config.http = BoundedProtocol
        # What is done after an answer ends before the database is closed.
        config.timeout_graceful_shutdown = 10
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

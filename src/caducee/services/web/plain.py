# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs an application over plain HTTP, in a thread of its own, with bounds for its clients.

For what needs no secrecy of its own, on loopback or behind a front that gives it TLS.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from caducee.relying.uvicorn_tls import server_config
from caducee.services.web.listening import listen_or_tell
from caducee.services.web.protocol import BoundedProtocol

__all__ = ["plain_config", "running_plain"]

_MOST_CONNECTIONS = 500
_KEEP_ALIVE_SECONDS = 10
_GRACE_SECONDS = 3


def plain_config(app: ASGIApp) -> uvicorn.Config:
    """Return the settings of a server for `running_plain`."""
    config = server_config(app, keep_alive=_KEEP_ALIVE_SECONDS)
    config.http = BoundedProtocol
    config.limit_concurrency = _MOST_CONNECTIONS
    config.timeout_graceful_shutdown = _GRACE_SECONDS
    return config


@contextlib.contextmanager
def running_plain(
    config: uvicorn.Config,
    address: tuple[str, int],
    *,
    name: str,
    taken: str,
) -> Iterator[str]:
    """Run a server for the length of a ``with`` block; gives its address, without a path.

    ``name`` is that of its thread. Raises `ConfigError` with the code ``taken`` when nobody can
    listen at the address.
    """
    bind, port = address
    with listen_or_tell(bind, port, taken) as listening:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=_run, args=(server, listening), name=name, daemon=True)
        thread.start()
        try:
            host = f"[{bind}]" if ":" in bind else bind
            yield f"http://{host}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(server.serve([listening]))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's loop, where it is there: without TLS it ends as it should."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory

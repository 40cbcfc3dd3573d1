# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs the Annuaire Santé over plain HTTP on loopback; a front gives it TLS elsewhere."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn

from caducee.base.clock import Clock
from caducee.base.errors import ConfigError
from caducee.directory.registry import Registry
from caducee.relying.uvicorn_tls import server_config
from caducee.services.annuaire.app import BASE, create_app
from caducee.services.annuaire.settings import AnnuaireSettings
from caducee.services.web.listening import listen
from caducee.services.web.protocol import BoundedProtocol

__all__ = ["running"]

_MOST_CONNECTIONS = 500
_KEEP_ALIVE_SECONDS = 10
_GRACE_SECONDS = 3


@contextlib.contextmanager
def running(settings: AnnuaireSettings, registry: Registry, clock: Clock) -> Iterator[str]:
    """Run the directory in a thread for the length of a ``with`` block.

    Gives the address of the interface, e.g. ``http://127.0.0.1:8080/fhir/v2``. Raises
    `ConfigError` (``directory.address_taken``).
    """
    app = create_app(registry, clock, settings)
    with _bound(settings) as listening:
        config = server_config(app, keep_alive=_KEEP_ALIVE_SECONDS)
        config.http = BoundedProtocol
        config.limit_concurrency = _MOST_CONNECTIONS
        config.timeout_graceful_shutdown = _GRACE_SECONDS
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=_run, args=(server, listening), name="caducee-annuaire", daemon=True
        )
        thread.start()
        try:
            host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
            yield f"http://{host}:{listening.getsockname()[1]}{BASE}"
        finally:
            server.should_exit = True
            thread.join()


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    with asyncio.Runner() as runner:
        runner.run(server.serve([listening]))


@contextlib.contextmanager
def _bound(settings: AnnuaireSettings) -> Iterator[socket.socket]:
    try:
        listening = listen(settings.bind, settings.port)
    except OSError as error:
        where, reason = f"{settings.bind}:{settings.port}", error.strerror or str(error)
        raise ConfigError("directory.address_taken", address=where, reason=reason) from error
    with listening:
        yield listening

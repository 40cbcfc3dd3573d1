# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Puts the daemon together and runs it until it is reported to end."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from caducee.base.i18n import set_language
from caducee.base.private_folder import prepare_folder
from caducee.middleware.daemon import activation, endpoint
from caducee.middleware.daemon.engine import Engine
from caducee.middleware.daemon.reader_contexts import open_reader_contexts
from caducee.middleware.daemon.server import Server
from caducee.middleware.daemon.settings import CryptolibSettings, load_settings
from caducee.middleware.pin_entry.entry import PinEntry
from caducee.middleware.tracing import Tracer
from caducee.middleware.tracing.transport import TracedContext
from caducee.reader.transport import ReaderContext

__all__ = ["run"]

_log = logging.getLogger(__name__)

type MakeEngine = Callable[[ReaderContext, CryptolibSettings], Engine]


def run(make_engine: MakeEngine, settings: Path | None = None) -> None:
    """Serve this user until SIGTERM, SIGINT, or, if so set, until nobody needs it.

    Raises `StateError`: ``daemon.running`` when another serves already, and other
    ``daemon.*`` when the place to listen at cannot be used.
    """
    found, trouble = load_settings(settings)
    if trouble is not None:
        _log.warning("%s", trouble)
    if found.language:
        set_language(found.language)
    with ExitStack() as stack:
        listener = activation.handed_over()
        if listener is None:
            listener = _listen(stack)
        asyncio.run(_serve(listener, make_engine, found, settings))


def _listen(stack: ExitStack) -> socket.socket:
    """Become the one daemon of the socket's place, and listen there."""
    path = endpoint.socket_path()
    prepare_folder(path.parent)
    lock = endpoint.DaemonLock(path)
    lock.take()
    stack.callback(lock.release)
    listener = endpoint.bind(path)
    stack.callback(endpoint.unbind, path, os.lstat(path).st_ino)
    return listener


async def _serve(
    listener: socket.socket,
    make_engine: MakeEngine,
    settings: CryptolibSettings,
    path: Path | None,
) -> None:
    tracer = Tracer("daemon", settings.trace)
    readers = TracedContext(
        open_reader_contexts(settings.readers, settings.card.wait_seconds), tracer
    )
    server = Server(
        make_engine(readers, settings),
        readers,
        settings.limits,
        PinEntry(settings.pin_entry, settings.language),
        tracer,
        idle_exit=settings.idle_exit_seconds,
        rest_after=settings.card.idle_seconds,
    )
    loop = asyncio.get_running_loop()
    for item in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(item, server.stop)
    loop.add_signal_handler(signal.SIGHUP, _trace_anew, tracer, path)
    activation.notify("READY=1")
    await server.run(listener)
    activation.notify("STOPPING=1")
    tracer.close()


def _trace_anew(tracer: Tracer, path: Path | None) -> None:
    """Read the settings of the trace again; the others hold until the next start."""
    found, trouble = load_settings(path)
    if trouble is not None:
        _log.warning("%s", trouble)
        return
    tracer.configure(found.trace)

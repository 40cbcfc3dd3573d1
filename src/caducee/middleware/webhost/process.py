# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The process that the browser starts: from the settings to a running service.

The standard output belongs to the wire; whatever is reported to people goes to the standard error,
which browsers put into their own log.
"""

import logging
import os
import sys
from collections.abc import Sequence
from typing import BinaryIO

import msgspec

from caducee.base.errors import CpsError
from caducee.middleware.daemon.reader_contexts import open_reader_contexts
from caducee.middleware.daemon.settings import load_settings
from caducee.middleware.tracing import Tracer
from caducee.middleware.tracing.transport import TracedContext
from caducee.middleware.webhost.callers import OURS, caller_of
from caducee.middleware.webhost.cards import LoginCards
from caducee.middleware.webhost.holder_prompts import AskedHolder, asker
from caducee.middleware.webhost.host import Host
from caducee.middleware.webhost.logout_listener import LogoutListener
from caducee.middleware.webhost.service import ExtensionService
from caducee.middleware.webhost.watch import LoginCardWatch

__all__ = ["main", "serve"]

_log = logging.getLogger(__name__)
_ALLOW = "--allow="


def main(arguments: Sequence[str]) -> int:
    """Serve the browser that started this process; return the exit status.

    ``--allow=NAME`` before the arguments of the browser lets an extension of another name call,
    e.g. one that a store has renamed.
    """
    logging.basicConfig(stream=sys.stderr, format="caducee: %(message)s")
    allowed = {
        argument.removeprefix(_ALLOW) for argument in arguments if argument.startswith(_ALLOW)
    }
    said = [argument for argument in arguments if not argument.startswith(_ALLOW)]
    try:
        caller_of(said, OURS | allowed)
        source, sink = _pipes()
        with source, sink:
            serve(source, sink)
    except CpsError as error:
        _log.error("%s", error)
        return 1
    return 0


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Serve one extension by two pipes, with the readers and the window of the settings."""
    settings, wrong = load_settings()
    if wrong is not None:
        _log.warning("%s", wrong)
    asking = msgspec.structs.replace(settings.pin_entry, least_seconds=0.0)
    tracer = Tracer("native-host", settings.trace)
    holder = AskedHolder(asking, asker(), tracer)
    context = TracedContext(open_reader_contexts(settings.readers), tracer)
    try:
        host = Host(LoginCards(context), holder)
        watch = LoginCardWatch(context)
        service = ExtensionService(host, watch, tracer, source, sink, ear=LogoutListener())
        service.run(holder.withdraw)
    finally:
        context.close()
        tracer.close()


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes of the browser; what is printed by mistake goes to the standard error."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb"), sink

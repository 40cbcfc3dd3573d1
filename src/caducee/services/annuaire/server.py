# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Runs the Annuaire Santé over plain HTTP on loopback; a front gives it TLS elsewhere."""

import contextlib
from collections.abc import Iterator

from caducee.base.clock import Clock
from caducee.directory.registry import Registry
from caducee.services.annuaire.app import BASE, create_app
from caducee.services.annuaire.settings import AnnuaireSettings
from caducee.services.web.plain import plain_config, running_plain

__all__ = ["running"]


@contextlib.contextmanager
def running(settings: AnnuaireSettings, registry: Registry, clock: Clock) -> Iterator[str]:
    """Run the directory in a thread for the length of a ``with`` block.

    Gives the address of the interface, e.g. ``http://127.0.0.1:8080/fhir/v2``. Raises
    `ConfigError` (``directory.address_taken``).
    """
    with running_plain(
        plain_config(create_app(registry, clock, settings)),
        (settings.bind, settings.port),
        name="caducee-annuaire",
        taken="directory.address_taken",
    ) as address:
        yield f"{address}{BASE}"

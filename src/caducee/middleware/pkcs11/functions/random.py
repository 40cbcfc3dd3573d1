# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Random bytes (2.40 section 5.15), made by the card."""

from caducee.middleware.pkcs11.application import Pkcs11Application
from caducee.middleware.pkcs11.errors import Pkcs11Error
from caducee.middleware.pkcs11.functions.requirements import uses_session
from caducee.middleware.pkcs11.registry import CallOutcome, handles
from caducee.spec.pkcs11 import Ckr

__all__: list[str] = []

_PORTION = 1024
"""Bytes after which other programs may come between."""


@handles("C_SeedRandom")
def seed_random(application: Pkcs11Application, session: int, seed: bytes) -> CallOutcome:
    """Refuse: the generator of a card takes no seed."""
    application.session(session)
    return CallOutcome(Ckr.RANDOM_SEED_NOT_SUPPORTED)


@handles("C_GenerateRandom", locked=False, needs=uses_session)
def generate_random(application: Pkcs11Application, session: int, size: int) -> tuple[bytes]:
    """Let the card make random bytes."""
    with application.lock:
        found = application.session(session)
    if size > application.settings.random_bytes:
        raise Pkcs11Error(Ckr.ARGUMENTS_BAD, size=size)
    made = bytearray()
    while len(made) < size:
        with application.on_card(found.token) as card:
            made += card.random(min(_PORTION, size - len(made)))
    return (bytes(made),)

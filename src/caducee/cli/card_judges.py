# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The judgement of a card's certificates by a sandbox."""

from pathlib import Path

from cryptography import x509

from caducee.cryptolib import KeyUse
from caducee.diagnosis.machine.card import purpose_of
from caducee.trust.path import PathResult, validate

__all__ = ["SandboxJudge"]


class SandboxJudge:
    """Trusts the authorities of a sandbox; asks its responder and lists, without a network.

    The world is opened for each question: it may have been changed in between.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def judge(self, certificate: x509.Certificate, use: KeyUse) -> PathResult | None:
        """Return what the sandbox says. Raises `StateError` when it cannot be opened."""
        from caducee.sandbox.world import Sandbox

        with Sandbox(self._folder) as world:
            authority = world.authority
            return validate(
                certificate,
                authority.intermediates(),
                anchors=authority.anchors(),
                at=world.clock.now(),
                purpose=purpose_of(use),
                revocation=world.status(),
            )

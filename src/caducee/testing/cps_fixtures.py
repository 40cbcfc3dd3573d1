# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures with a world of one test: its clock, a card, a reader that holds it, and a portal.

They need no root, no pcscd and no network; `cps_portal` listens on loopback. A test that asks for
several of them gets them from the same world.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from caducee.issuance import IssuedCard
    from caducee.reader.memory import MemoryReader
    from caducee.sandbox.clock import SandboxClock
    from caducee.sandbox.world import Sandbox
    from caducee.testing.cps_portal import CpsPortal
    from caducee.testing.keys import SharedKeys

__all__ = ["cps_card", "cps_clock", "cps_portal", "cps_reader", "cps_sandbox"]


def pytest_configure(config: pytest.Config) -> None:
    """Name the mark of `cps_card`."""
    config.addinivalue_line("markers", "cps_card(profile): the profile of the card of cps_card")


@pytest.fixture(scope="session")
def _cps_keys() -> "SharedKeys":
    """Keys for all worlds of a run: making them is the slow part."""
    from caducee.testing.keys import SharedKeys

    return SharedKeys()


@pytest.fixture
def cps_sandbox(tmp_path: Path, _cps_keys: "SharedKeys") -> "Iterator[Sandbox]":
    """A new world (`caducee.sandbox.world.Sandbox`) in ``tmp_path / "cps_sandbox"``.

    Its time stands still at the moment when it was made; `cps_clock` moves it.
    """
    from caducee.base.clock import FixedClock, SystemClock
    from caducee.sandbox.world import Sandbox

    standing = FixedClock(SystemClock().now())
    with Sandbox.create(tmp_path / "cps_sandbox", machine=standing, ca_keys=_cps_keys) as world:
        yield world


@pytest.fixture
def cps_clock(cps_sandbox: "Sandbox") -> "SandboxClock":
    """The clock of the world (`caducee.sandbox.clock.SandboxClock`): only the test moves it."""
    return cps_sandbox.clock


@pytest.fixture
def cps_card(
    request: pytest.FixtureRequest, cps_sandbox: "Sandbox", _cps_keys: "SharedKeys"
) -> "IssuedCard":
    """A card of the world (`caducee.issuance.IssuedCard`), PIN 1234: a physician's CPS3.

    ``@pytest.mark.cps_card("cpe")`` gives another profile, one of ``caducee card profiles``.
    """
    from dataclasses import replace

    from caducee.issuance import CardPins
    from caducee.issuance.profiles import profile

    mark = request.node.get_closest_marker("cps_card")
    kind = profile(mark.args[0] if mark else "cps")
    order = replace(kind.order(cps_sandbox.registry), pins=CardPins.of_test_cards())
    return cps_sandbox.issue(order, keys=_cps_keys)


@pytest.fixture
def cps_reader(cps_card: "IssuedCard") -> "Iterator[MemoryReader]":
    """A reader in memory (`caducee.reader.memory.MemoryReader`) that holds `cps_card`.

    Python in this process sees it; for other programs there are `cryptolib_place` and
    `inserted_card`.
    """
    from caducee.reader.memory import MemoryReader
    from caducee.virtualcard.card import VirtualCard
    from caducee.virtualcard.store import MemoryStore

    reader = MemoryReader("CPS reader 00 00")
    reader.insert(VirtualCard(MemoryStore(cps_card.image)))
    yield reader
    reader.eject()


@pytest.fixture
def cps_portal(cps_sandbox: "Sandbox", cps_card: "IssuedCard") -> "Iterator[CpsPortal]":
    """The portal of the world on loopback (`caducee.testing.cps_portal.CpsPortal`).

    It admits `cps_card`. It needs ``caducee[services]``.
    """
    from caducee.testing.cps_portal import running

    with running(cps_sandbox) as portal:
        yield portal

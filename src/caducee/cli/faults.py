# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Gives faults to cards and takes them away; used by commands and windows."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from caducee.base.errors import StateError

if TYPE_CHECKING:
    from caducee.virtualcard.faults.table import FaultFacts
    from caducee.virtualcard.image_parts import Fault

__all__ = ["ask_fault", "give_fault", "options_of"]


def options_of(name: str) -> tuple[str, ...]:
    """Return which numbers a fault takes. Raises `StateError` (``card.fault_unknown``)."""
    return _facts(name).options


def give_fault(
    file: Path, name: str, options: Mapping[str, int], sandbox: Path | None = None
) -> bool:
    """Give a card a fault; tell whether the card can lose it again.

    ``sandbox``: the world that issued the card, for faults that take its authorities, when the
    image does not lie in it. Raises `StateError`, `IssueError`.
    """
    from caducee.virtualcard.faults.table import FaultSource
    from caducee.virtualcard.image import CardImage
    from caducee.virtualcard.image_parts import Fault

    facts = _facts(name)
    CardImage.load(file)
    if facts.source is FaultSource.CARD:
        default = Fault(name=facts.name)
        after, delay = options.get("after", default.after), options.get("delay", default.delay)
        ask_fault(file, Fault(name=facts.name, after=after, delay=delay))
        return True
    made = _from_sandbox(file, facts, sandbox)
    if made is not None:
        ask_fault(file, made)
    return made is not None


def ask_fault(file: Path, wanted: "Fault | None") -> None:
    """Leave the request beside the image (None: no fault); where no card runs, do it at once."""
    from caducee.virtualcard.faults.store import FaultStore
    from caducee.virtualcard.faults.switch import FaultRequest, FaultRequests
    from caducee.virtualcard.store import FileStore

    FaultRequests(file).ask(FaultRequest(wanted))
    try:
        with FileStore(file) as store:
            FaultStore(store)
    except StateError as error:
        if error.code != "card.image_in_use":
            raise


def _facts(name: str) -> "FaultFacts":
    from caducee.virtualcard.faults.names import FaultName
    from caducee.virtualcard.faults.table import facts_of

    try:
        return facts_of(FaultName(name))
    except ValueError:
        raise StateError("card.fault_unknown", name=name) from None


def _from_sandbox(file: Path, facts: "FaultFacts", sandbox: Path | None) -> "Fault | None":
    from caducee.sandbox.faults import make_fault, sandbox_of
    from caducee.sandbox.world import Sandbox

    with Sandbox(sandbox_of(file, sandbox)) as world:
        return make_fault(world, file, facts.name)

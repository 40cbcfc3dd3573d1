# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The policies that the Firefox of this machine reads."""

from collections.abc import Iterator
from pathlib import Path

from caducee.base.errors import CpsError
from caducee.diagnosis.facts import BrowserModule
from caducee.diagnosis.machine.root import MachineRoot
from caducee.middleware.browsers.journal import InstallJournal
from caducee.middleware.browsers.model import ComponentState, own_entries
from caducee.middleware.browsers.policies import FirefoxPolicy
from caducee.spec.browsers import FIREFOX_DISTRIBUTIONS, FIREFOX_POLICIES

__all__ = ["policies", "policies_in_force"]


def policies_in_force(place: MachineRoot, library: Path, journal: Path) -> list[FirefoxPolicy]:
    """Return the policies that are read: the system's, else those beside each Firefox."""
    whole = place.under(FIREFOX_POLICIES).exists()
    names = (FIREFOX_POLICIES,) if whole else FIREFOX_DISTRIBUTIONS
    paths = [place.under(name) for name in names]
    return [
        FirefoxPolicy(path, library, InstallJournal(journal)) for path in paths if path.exists()
    ]


def policies(place: MachineRoot, library: Path) -> Iterator[BrowserModule]:
    """Yield what the policies in force say of our module; ``reason`` is the library that they name
    instead, or why they cannot be read.
    """
    for policy in policies_in_force(place, library, place.home / "unused"):
        path = str(policy.part.path)
        try:
            own = own_entries(policy.named(), library)
            wrong = next((named for named in own.values() if named != str(library)), "")
            state, forbidden = policy.state(), policy.forbidden
        except CpsError as error:
            reason = str(error.facts.get("reason", ""))
            yield BrowserModule(
                browser="Firefox", kind="policy", path=path, state="broken", reason=reason
            )
            continue
        if forbidden or state is not ComponentState.ABSENT:
            yield BrowserModule(
                browser="Firefox",
                kind="policy",
                path=path,
                state=state.value,
                reason=wrong,
                forbidden=forbidden,
            )

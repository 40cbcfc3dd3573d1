# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Makes the browsers of a user know the module of the card and the host of the extension.

Nothing here ever touches a browser's list of authorities: that of the module names no CA, and the
authorities of the twin are for nobody to trust (a test looks).
"""

from caducee.middleware.browsers.installer import Installer
from caducee.middleware.browsers.locations import BrowserLocations
from caducee.middleware.browsers.model import (
    Component,
    ComponentKind,
    ComponentResult,
    ComponentState,
    InstallOutcome,
)

__all__ = [
    "BrowserLocations",
    "Component",
    "ComponentKind",
    "ComponentResult",
    "ComponentState",
    "InstallOutcome",
    "Installer",
]

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""An open CPS technical framework: everything around a French health professional's card.

The packages follow the way of a login; ``docs/guide/architecture.md`` draws it. Nothing is
imported here, so that ``import caducee`` costs nothing.
"""

__version__ = "0.1.0"
__released__ = "2026-12-01"
"""The day of this version, changed with it: no clock that is right shows an earlier one."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The public pytest plugin: sandbox, virtual card, reader, portal, clock.

pytest loads it in every project where caducee is installed, so it imports nothing heavy: each
fixture imports what it needs when a test asks for it.
"""

pytest_plugins = (
    "caducee.testing.cps_fixtures",
    "caducee.testing.cryptolib",
    "caducee.testing.pcscd",
)

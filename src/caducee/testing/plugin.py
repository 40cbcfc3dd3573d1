# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of caducee for any pytest suite."""

pytest_plugins = ("caducee.testing.cryptolib", "caducee.testing.pcscd")

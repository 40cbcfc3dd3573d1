# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The public pytest plugin: virtual card, reader, sandbox, clock."""

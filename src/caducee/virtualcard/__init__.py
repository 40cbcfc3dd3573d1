# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The card that exists in software: it executes APDUs on a card image."""

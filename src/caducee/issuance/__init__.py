# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Personalisation: from a person in the directory to certificates and a card image."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Facts of cards, PKI and protocols, each with its source; nothing here computes."""

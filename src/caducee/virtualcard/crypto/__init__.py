# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the card computes: RSA with its padding, and the last rounds of a hash."""

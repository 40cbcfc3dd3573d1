# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PKCS#11 engine: what programs see of slots, tokens, sessions and objects."""

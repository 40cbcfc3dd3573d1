# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect: the messages between a client, a browser and a provider, as frozen values."""

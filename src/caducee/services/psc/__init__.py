# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Pro Santé Connect: the national OpenID Connect provider, to log in with the card.

What decides stands without a server: the clients (`clients`), what they may ask for (`requests`),
the session of a browser (`sessions`) and what it answers (`authorization`), codes and refresh
tokens (`grants`), what is said of a holder (`userinfo`), and the tokens that say it (`tokens`,
signed by `keys`). The endpoints for programs bring it to HTTP (`discovery`, `exchange`, `api`).
"""

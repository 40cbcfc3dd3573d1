# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a service does with a login: from a certificate or a token to an identity, or a refusal.

`caducee.relying.verifier` judges, `caducee.relying.verdict` says what came out,
`caducee.relying.policy` whom a service admits, `caducee.relying.registry` what it asks of a
directory. `caducee.relying.nonces` and `caducee.relying.sessions` keep the state of a login,
`caducee.relying.uvicorn_tls` and `caducee.relying.asgi` bring client certificates to a program.
"""

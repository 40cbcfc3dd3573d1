# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry: who practises what and where, with which cards and certificates.

`caducee.directory.model` has the values, `caducee.directory.registry.Registry` keeps them (SQLite
or PostgreSQL), `caducee.directory.authority_records` serves the authority, and
`caducee.directory.holder_registry` answers a relying party.
"""

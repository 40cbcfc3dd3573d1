# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The registry: who practises what and where, with which cards and certificates.

`caducee.directory.model` has the values, `caducee.directory.registry.Registry` keeps them (SQLite
or PostgreSQL), `caducee.directory.records` serves the authority, and `caducee.directory.holders`
answers a relying party.
"""

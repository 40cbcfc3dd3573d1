# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The steps that build the tables of the ordering service, kept by alembic."""

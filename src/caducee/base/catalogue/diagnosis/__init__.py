# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The entries of the diagnosis, in the order in which things depend on each other."""

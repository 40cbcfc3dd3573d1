# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis: checks in the order of their dependencies, each naming cause and cure."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Persons, structures, activities, cards and certificates: the registry."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The test services: random numbers, both keys, a login; each step with its time and verdict."""

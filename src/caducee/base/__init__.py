# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The ground that everything stands on: errors and their catalogue, clock, secrets, texts."""

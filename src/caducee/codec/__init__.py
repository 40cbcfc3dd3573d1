# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Bytes to frozen values and back: strict in, exact out, the unknown kept."""

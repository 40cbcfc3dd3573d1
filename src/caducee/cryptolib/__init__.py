# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The middleware: what an application needs to read, verify and use a card."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The demonstration: from nothing to a verified login, step by step, with a report."""

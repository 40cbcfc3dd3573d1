# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The pace of a real card: `line` says how long bytes take, `chip` makes a virtual card wait."""

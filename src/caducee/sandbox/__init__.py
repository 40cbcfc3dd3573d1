# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The composition root: makes and runs a whole offline world in one folder."""

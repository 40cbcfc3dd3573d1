# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The pages of the ordering service: everything works without scripts, in French and English."""

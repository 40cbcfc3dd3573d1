# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""How a virtual card is put into a reader: memory, vpcd, or a local socket."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Windows: view models that need no Qt, and Qt widgets that show them (extra ``desktop``)."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What other programs load: the PKCS#11 engine, the user's daemon, the browsers' native host."""

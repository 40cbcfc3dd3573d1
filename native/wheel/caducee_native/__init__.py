# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The PKCS#11 module of caducee: the library lies beside this file; see ``caducee pkcs11 path``."""

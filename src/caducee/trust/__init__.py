# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What a verifier needs: reading certificates, validating chains, revocation."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The OCSP responder (RFC 6960): how it stands with one certificate, asked and answered.

`caducee.authority.ocsp.responder.OcspResponder` answers; each authority has a delegated responder
certificate of its own (`caducee.authority.ocsp.signers`).
"""

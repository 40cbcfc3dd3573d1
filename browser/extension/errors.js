// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// From the codes of the host to those of the public Web eID library.

const CODES = {
  "pin.cancelled": "ERR_WEBEID_USER_CANCELLED",
  "pin.timeout": "ERR_WEBEID_USER_TIMEOUT",
  "codec.native_size": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
  "webhost.request_malformed": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
  "webhost.digest_mismatch": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
  "webhost.hash_not_supported": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
  "webhost.certificate_other": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
  "webhost.nonce_used": "ERR_WEBEID_NATIVE_INVALID_ARGUMENT",
};

/** Return an error of the host as the library expects it; ours goes along under `caducee`. */
export function fromHost(error) {
  const code = CODES[error.code] ?? "ERR_WEBEID_NATIVE_FATAL";
  return { code, message: error.message, caducee: error };
}

export function unavailable(detail) {
  const code = "ERR_WEBEID_NATIVE_UNAVAILABLE";
  return { code, message: detail, caducee: { code: "extension.host_unavailable", message: detail } };
}

export function refused(code, detail) {
  return { code, message: detail, caducee: { code: "extension.refused", message: detail } };
}

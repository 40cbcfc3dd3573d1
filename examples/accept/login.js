// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// The login by token: the page asks for a nonce, the extension lets the card sign it, and the
// answer goes to the application. The messages are those of the public Web eID protocol, so that
// its own library (npm: @web-eid/web-eid-library) does the same.
"use strict";

const AUTHENTICATE = "web-eid:authenticate";

/** Let the card sign a nonce of this site; the extension asks the holder for the PIN. */
function signNonce(nonce) {
  return new Promise((resolve, reject) => {
    window.addEventListener("message", function hear({ data, origin, source }) {
      if (source !== window || origin !== location.origin) return;
      const { action, error, ...token } = data ?? {};
      if (![`${AUTHENTICATE}-success`, `${AUTHENTICATE}-failure`].includes(action)) return;
      window.removeEventListener("message", hear);
      if (error) reject(Object.assign(new Error(error.message), error));
      else resolve(token);
    });
    const request = { action: AUTHENTICATE, libraryVersion: "2.0.0", challengeNonce: nonce };
    window.postMessage(request, location.origin);
  });
}

/** Log in; returns `{name}`, or throws an error whose `code` says why not. */
async function logIn() {
  const { nonce } = await (await fetch("/nonce")).json();
  const token = await signNonce(nonce);
  const answer = await fetch("/login/token", { method: "POST", body: JSON.stringify(token) });
  const found = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(found.sentence), found);
  return found;
}

// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// The button of the login by token: asks the browser's extension by the messages of the public
// Web eID library, and sends the token. Every text stands in the page.
"use strict";

(() => {
  const ASK = "web-eid:authenticate";
  const INSTALLED = 1000; // milliseconds in which an extension says that it is there

  const button = document.getElementById("token-login");
  const waiting = document.getElementById("token-waiting");
  const missing = document.getElementById("token-missing");
  const refused = document.getElementById("token-refused");

  function show(place) {
    for (const one of [waiting, missing, refused]) one.hidden = one !== place;
    button.disabled = place === waiting;
    if (place !== null && place !== waiting) place.focus();
  }

  function refuse({ what, why = "", next = "", card = "" }, href = "") {
    const place = refused.querySelector("[data-card]");
    if (place !== null) place.textContent = card;
    refused.querySelector("[data-what]").textContent = what;
    refused.querySelector("[data-why]").textContent = why;
    refused.querySelector("[data-next]").textContent = next;
    const link = refused.querySelector("a");
    link.hidden = href === "";
    if (href !== "") link.href = href;
    show(refused);
  }

  /** Ask the extension for a token; null when there is none. */
  function tokenFor(nonce) {
    return new Promise((resolve, reject) => {
      const absent = setTimeout(() => end(() => resolve(null)), INSTALLED);
      function end(act) {
        clearTimeout(absent);
        window.removeEventListener("message", hear);
        act();
      }
      function hear(event) {
        if (event.source !== window || event.origin !== location.origin) return;
        const { action, error, ...rest } = event.data ?? {};
        if (action === `${ASK}-ack`) clearTimeout(absent);
        else if (action === `${ASK}-success`) end(() => resolve(rest));
        else if (action === `${ASK}-failure`) end(() => reject(error));
      }
      window.addEventListener("message", hear);
      const options = { lang: document.documentElement.lang };
      window.postMessage({ action: ASK, libraryVersion: "2.0.0", challengeNonce: nonce, options },
        location.origin);
    });
  }

  async function json(path, how = {}) {
    const answer = await fetch(path, {
      ...how, headers: { accept: "application/json", ...how.headers },
    });
    return answer.json();
  }

  async function logIn() {
    show(waiting);
    const { nonce, refusal } = await json(button.dataset.nonce ?? "/login/nonce");
    if (refusal) {
      refuse(refusal);
      return;
    }
    const token = await tokenFor(nonce);
    if (token === null) {
      show(missing);
      return;
    }
    const found = await json(button.dataset.send ?? "/login/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(token),
    });
    if (found.ok) {
      location.assign(button.dataset.then ?? "/session");
      return;
    }
    const { person, code } = found.refusal;
    refuse({ ...(person ?? found.refusal), card: found.card },
      button.dataset.then ? "" : `/refusals/${encodeURIComponent(code)}`);
  }

  button.addEventListener("click", () => {
    logIn().catch((error) => {
      const reason = error.caducee ?? error;
      refuse({ what: reason.message ?? refused.dataset.failed, next: reason.advice ?? "" });
    });
  });
  document.getElementById("token-script").hidden = false;
})();

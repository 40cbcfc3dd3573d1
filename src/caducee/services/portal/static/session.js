// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// Ends the session when the extension reports that the card left its reader, the screen was locked,
// or the user logged out of everything. Without the extension nothing is reported, and the session
// ends by its other limits.
"use strict";

(() => {
  const WATCH = "caducee:watch";
  const ENDS = {
    "caducee:card-removed": "card-removed",
    "caducee:screen-locked": "screen-locked",
    "caducee:logged-out": "logged-out",
  };
  const form = document.getElementById("end-session");
  let ended = false;

  function end(reason) {
    if (ended) return;
    ended = true;
    form.elements.reason.value = reason;
    form.submit();
  }

  window.addEventListener("message", (event) => {
    if (event.source !== window || event.origin !== location.origin) return;
    const { action, error } = event.data ?? {};
    if (Object.hasOwn(ENDS, action)) end(ENDS[action]);
    if (action === `${WATCH}-success`) form.dataset.watched = "";
    if (action === `${WATCH}-failure` && error?.caducee?.code === "webhost.no_card") {
      end("card-removed");
    }
  });
  window.postMessage({ action: WATCH }, location.origin);
})();

// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// The one button of the start page: by token where an extension answers that has its program,
// else where the link leads, which is by certificate. Without scripts the link leads there, too.
"use strict";

(() => {
  const PATIENCE = 1000; // milliseconds in which an extension says that it is there
  const STATUS = "web-eid:status";

  const link = document.getElementById("log-in");

  /** Tell whether an extension and its program answer. */
  const ready = new Promise((resolve) => {
    let end = setTimeout(() => resolve(false), PATIENCE);
    window.addEventListener("message", ({ source, origin, data }) => {
      if (source !== window || origin !== location.origin) return;
      if (data?.action === `${STATUS}-ack`) {
        clearTimeout(end); // it is there; its program may take a while to start
        end = setTimeout(() => resolve(false), 3 * PATIENCE);
      } else if (data?.action === `${STATUS}-success`) resolve(true);
      else if (data?.action === `${STATUS}-failure`) resolve(false);
    });
    window.postMessage({ action: STATUS, libraryVersion: "2.0.0" }, location.origin);
  });

  link.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (await ready) document.getElementById("token-login").click();
    else location.assign(link.href);
  });
})();

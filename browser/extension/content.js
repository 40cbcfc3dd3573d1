// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// Stands in the top frame of every secure page, apart from the scripts of the page. It carries the
// messages of the public Web eID library to the background and back; it decides one thing only,
// which no other place can know: whether the user has touched the page.
"use strict";

(() => {
  const api = globalThis.browser ?? globalThis.chrome;
  const PREFIX = "web-eid:";
  const STATUS = "web-eid:status";
  const SIGNING_CERTIFICATE = "web-eid:get-signing-certificate";
  const SIGN = "web-eid:sign";
  const ACTIONS = new Set([STATUS, "web-eid:authenticate", SIGNING_CERTIFICATE, SIGN]);
  const WATCH = "caducee:watch";

  let port = null;
  let touched = false; // a click that no request has used up
  let signatureDue = false; // a certificate was given, the signature that it was for was not made
  const underWay = new Map(); // number of the request -> action
  let last = 0;

  // A key that presses a button or sends a form makes a click that the browser vouches for, too.
  window.addEventListener("click", (event) => { touched ||= event.isTrusted; }, true);

  function tell(message) {
    window.postMessage(message, location.origin);
  }

  function fail(action, code, message, more = {}) {
    tell({ action: `${action}-failure`, error: { code, message, name: "CaduceeError", ...more } });
  }

  // One click, one request. A signature comes in two requests: the second needs no click.
  function gestureFor(action) {
    if (action === STATUS) return true;
    if (action === SIGN && signatureDue) {
      signatureDue = false;
      return true;
    }
    const active = navigator.userActivation?.isActive ?? true;
    if (!touched || !active) return false;
    touched = false;
    return true;
  }

  function connected() {
    if (port !== null) return port;
    port = api.runtime.connect({ name: "page" });
    port.onMessage.addListener(received);
    port.onDisconnect.addListener(() => {
      port = null;
      for (const action of underWay.values()) {
        fail(action, "ERR_WEBEID_NATIVE_UNAVAILABLE", "The extension was stopped.");
      }
      underWay.clear();
    });
    return port;
  }

  function received(message) {
    if (message.event !== undefined) {
      tell({ action: `caducee:${message.event}` });
      return;
    }
    const action = underWay.get(message.id);
    if (action === undefined) return;
    underWay.delete(message.id);
    if (message.error !== undefined) {
      fail(action, message.error.code, message.error.message, { caducee: message.error.caducee });
      return;
    }
    if (action === SIGNING_CERTIFICATE) signatureDue = true;
    tell({ ...message.result, action: `${action}-success` });
  }

  function asked(event) {
    const data = event.data;
    if (event.source !== window || event.origin !== location.origin) return;
    if (typeof data !== "object" || data === null || typeof data.action !== "string") return;
    const action = data.action;
    if (!ACTIONS.has(action) && action !== WATCH) return;
    if (action.startsWith(PREFIX)) tell({ action: `${action}-ack` });
    if ([...underWay.values()].includes(action)) {
      fail(action, "ERR_WEBEID_ACTION_PENDING", "This page has already asked.");
      return;
    }
    if (action !== WATCH && !gestureFor(action)) {
      fail(action, "ERR_WEBEID_USER_CANCELLED", "A page may ask only after a click.",
        { caducee: { code: "extension.no_gesture" } });
      return;
    }
    last += 1;
    underWay.set(last, action);
    connected().postMessage({ id: last, action, data: plain(data) });
  }

  // Only what the protocol names goes on.
  function plain(data) {
    const found = {};
    for (const name of ["libraryVersion", "challengeNonce", "certificate", "hash", "hashFunction"]) {
      if (typeof data[name] === "string") found[name] = data[name];
    }
    if (typeof data.options?.lang === "string") found.lang = data.options.lang;
    if (Number.isFinite(data.options?.userInteractionTimeout)) {
      found.timeout = data.options.userInteractionTimeout;
    }
    return found;
  }

  window.addEventListener("message", asked);

  // Pages come back from the browser's cache of pages: their connection is gone by then.
  window.addEventListener("pagehide", () => {
    port?.disconnect();
    port = null;
    underWay.clear();
  });

  api.storage.local.get({ sites: [] }).then(({ sites }) => {
    if (sites.includes(location.origin)) api.runtime.sendMessage({ kind: "alive" });
  });
})();

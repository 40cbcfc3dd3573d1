// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// Joins each page with a native host of its own. The origin that the card signs is taken from the
// browser here, never from what a page says.

import { fromHost, refused, unavailable } from "./errors.js";
import { api, loggedIn, mayWatch, originOf, trusted } from "./sites.js";

const HOST = "org.caducee.host";
const HANDSHAKE = 5000; // milliseconds for the host to answer what needs nobody
const PATIENCE = 2 * 60 * 1000; // and for the holder, when the page says nothing
const LONGEST = 10 * 60 * 1000;

const pages = new Set();

/** One page with its native host. */
class Page {
  constructor(port, origin) {
    this.port = port;
    this.origin = origin;
    this.native = null;
    this.waiting = new Map(); // number -> {resolve, reject, timer}
    this.last = 0;
    this.watching = false;
  }

  connect() {
    if (this.native !== null) return;
    this.native = api.runtime.connectNative(HOST);
    this.native.onMessage.addListener((message) => this.heard(message));
    this.native.onDisconnect.addListener((native) => {
      const reason = native.error?.message ?? api.runtime.lastError?.message;
      this.native = null;
      this.rejectAll(unavailable(reason ?? "The program beside the browser ended."));
      this.watching = false;
    });
  }

  heard(message) {
    if (message.event !== undefined) {
      if (this.watching) this.port.postMessage({ event: message.event });
      this.watching = false;
      return;
    }
    const one = this.waiting.get(message.id);
    if (one === undefined) {
      if (message.id === null && message.error) this.rejectAll(fromHost(message.error));
      return;
    }
    this.waiting.delete(message.id);
    clearTimeout(one.timer);
    if (message.error) one.reject(fromHost(message.error));
    else one.resolve(message.result);
  }

  rejectAll(error) {
    for (const one of this.waiting.values()) {
      clearTimeout(one.timer);
      one.reject(error);
    }
    this.waiting.clear();
  }

  /** Ask the host; after `patience` the host is ended, and with it the question to the holder. */
  ask(request, patience) {
    return new Promise((resolve, reject) => {
      this.connect();
      this.last += 1;
      const id = this.last;
      const timer = setTimeout(() => {
        this.rejectAll(refused("ERR_WEBEID_USER_TIMEOUT", "Nobody answered in time."));
        this.close();
      }, patience);
      this.waiting.set(id, { resolve, reject, timer });
      this.native.postMessage({ id, ...request });
    });
  }

  close() {
    const native = this.native;
    this.native = null;
    native?.disconnect();
  }
}

function patienceOf(data) {
  const wanted = data.timeout ?? PATIENCE;
  return Math.min(Math.max(wanted, HANDSHAKE), LONGEST);
}

const DOES = {
  "web-eid:status": async (page, data) => {
    const { version } = await page.ask({ command: "status" }, HANDSHAKE);
    const extension = api.runtime.getManifest().version;
    return { library: data.libraryVersion, extension, nativeApp: version };
  },

  "web-eid:authenticate": async (page, data) => {
    const request = { command: "authenticate", origin: page.origin, nonce: data.challengeNonce ?? "" };
    const token = await page.ask({ ...request, lang: data.lang }, patienceOf(data));
    await loggedIn(page.origin);
    return token;
  },

  "web-eid:get-signing-certificate": (page, data) => page.ask(
    { command: "signing-certificate", origin: page.origin, lang: data.lang }, patienceOf(data),
  ),

  "web-eid:sign": (page, data) => page.ask({
    command: "sign",
    origin: page.origin,
    certificate: data.certificate ?? "",
    hash: data.hash ?? "",
    hashFunction: data.hashFunction ?? "",
    lang: data.lang,
  }, patienceOf(data)),

  "caducee:watch": async (page) => {
    if (!await mayWatch(page.origin)) {
      throw refused("ERR_WEBEID_USER_CANCELLED", "This site may not watch the card.");
    }
    page.watching = true;
    try {
      return await page.ask({ command: "watch", origin: page.origin }, HANDSHAKE);
    } catch (error) {
      page.watching = false;
      throw error;
    }
  },
};

async function answer(page, { id, action, data }) {
  const does = Object.hasOwn(DOES, action) ? DOES[action] : null;
  if (does === null) return;
  let reply;
  try {
    reply = { id, result: await does(page, data) };
  } catch (error) {
    reply = { id, error: error.code ? error : unavailable(String(error.message ?? error)) };
  }
  try {
    page.port.postMessage(reply);
  } catch {
    page.close(); // the page is gone
  }
}

api.runtime.onConnect.addListener((port) => {
  const origin = originOf(port.sender);
  if (origin === null) {
    port.disconnect();
    return;
  }
  const page = new Page(port, origin);
  pages.add(page);
  port.onMessage.addListener((message) => { answer(page, message); });
  port.onDisconnect.addListener(() => {
    pages.delete(page);
    page.rejectAll(refused("ERR_WEBEID_USER_CANCELLED", "The page is gone."));
    page.close();
  });
});

// The screen is locked: pages of sites that may watch the card end their sessions.
api.idle.onStateChanged.addListener((state) => {
  if (state !== "locked") return;
  for (const page of pages) {
    if (page.watching) page.port.postMessage({ event: "screen-locked" });
  }
});

function makeAlive() {
  window.isCpsWebExAlive = () => "CPS Web Extension is available !";
}

api.runtime.onMessage.addListener((message, sender) => {
  const origin = originOf(sender);
  if (message.kind !== "alive" || origin === null) return;
  trusted().then((sites) => {
    if (!sites.includes(origin)) return;
    const target = { tabId: sender.tab.id, frameIds: [0] };
    api.scripting.executeScript({ target, func: makeAlive, world: "MAIN", injectImmediately: true });
  });
});

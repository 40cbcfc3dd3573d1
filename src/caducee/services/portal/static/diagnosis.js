// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// What only a script sees: the clock of the workstation beside that of the site, and whether an
// extension for the card answers. Every text stands in the page.
"use strict";

(() => {
  const WRONG = 120; // seconds from which on tokens and lists are refused
  const DRIFT = 10; // and from which on it is worth a word
  const PATIENCE = 1500; // milliseconds in which an extension says that it is there
  const STATUS = "web-eid:status";

  /** Write every moment in the time of the workstation and the language of the page. */
  function moments() {
    const { lang } = document.documentElement;
    const how = { dateStyle: "long", timeStyle: "medium" };
    for (const one of document.querySelectorAll("time[datetime]")) {
      one.textContent = new Date(one.dateTime).toLocaleString(lang === "en" ? "en-GB" : lang, how);
    }
  }

  function fill(text, facts) {
    return text.replace(/\{([a-z]+)\}/g, (whole, name) => facts[name] ?? whole);
  }

  function tell(code, facts = {}) {
    const place = document.querySelector(`[data-code="${code}"]`);
    for (const [name, value] of Object.entries(facts)) {
      for (const one of place.querySelectorAll(`[data-fact="${name}"]`)) one.textContent = value;
    }
    place.hidden = false;
    document.getElementById("nothing").hidden = true;
  }

  async function clock() {
    const before = Date.now();
    const answer = await fetch(location.pathname, { headers: { accept: "application/json" } });
    const { now } = await answer.json();
    const offset = ((before + Date.now()) / 2 - Date.parse(now)) / 1000;
    const seconds = Math.round(Math.abs(offset));
    const place = document.getElementById("clock");
    const kind = seconds < DRIFT ? "right" : offset > 0 ? "ahead" : "behind";
    place.textContent = fill(place.dataset[kind], { seconds: Math.max(seconds, 1) });
    if (seconds >= WRONG) tell(`diag.clock_${kind}`, { seconds });
    else if (seconds >= DRIFT) tell("diag.clock_drifts", { seconds });
  }

  /** Ask the extension how it is; null when none answers. */
  function status() {
    return new Promise((resolve) => {
      let absent = setTimeout(() => end(null), PATIENCE);
      function end(found) {
        clearTimeout(absent);
        window.removeEventListener("message", hear);
        resolve(found);
      }
      function hear(event) {
        if (event.source !== window || event.origin !== location.origin) return;
        const { action, error, ...rest } = event.data ?? {};
        if (action === `${STATUS}-ack`) {
          clearTimeout(absent);
          absent = setTimeout(() => end({ hostless: true }), 10 * PATIENCE);
        } else if (action === `${STATUS}-success`) end(rest);
        else if (action === `${STATUS}-failure`) end({ hostless: true, error });
      }
      window.addEventListener("message", hear);
      window.postMessage({ action: STATUS, libraryVersion: "2.0.0" }, location.origin);
    });
  }

  async function extension() {
    const place = document.getElementById("extension");
    const found = await status();
    const alive = document.getElementById("alive");
    const given = typeof window.isCpsWebExAlive === "function";
    alive.textContent = given ? alive.dataset.there : alive.dataset.absent;
    if (found === null) {
      place.textContent = place.dataset.absent;
      tell("diag.extension_absent");
    } else if (found.hostless) {
      place.textContent = place.dataset.hostless;
      tell("diag.host_absent", { browser: place.dataset.browser ?? "…" });
    } else {
      place.textContent = fill(place.dataset.there,
        { extension: found.extension, program: found.nativeApp });
    }
    place.dataset.done = "";
  }

  moments();
  clock().catch(() => {});
  extension();
})();

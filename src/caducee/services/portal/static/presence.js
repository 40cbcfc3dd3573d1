// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// Asks where the session stands when time may have done something to it: the request also lets the
// browser prove the card anew, and is no use of the session. A session that is locked or over is
// shown as such, so that nothing of it stays on the screen.
"use strict";

(() => {
  const LONGEST = 24 * 3600; // seconds; longer ones do not fit the timer of every browser
  const form = document.getElementById("end-session");

  function wait(seconds) {
    if (Number.isFinite(seconds) && seconds >= 0) {
      setTimeout(look, (Math.min(seconds, LONGEST) + 1) * 1000);
    }
  }

  async function look() {
    try {
      const answer = await fetch("/session/state", { headers: { accept: "application/json" } });
      const { ok, seconds } = await answer.json();
      if (ok === true) wait(seconds ?? NaN);
      else location.reload();
    } catch {
      wait(10); // no network; the session ends at the portal all the same
    }
  }

  if (form?.dataset.seconds) wait(Number(form.dataset.seconds));
})();

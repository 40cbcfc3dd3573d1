// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// The list of the sites that the user trusts.

import { api, originFrom, patternOf, setTrusted, trusted } from "./sites.js";

const text = (name, ...facts) => api.i18n.getMessage(name, facts);
const place = (id) => document.getElementById(id);

function say(message, bad = false) {
  const result = place("result");
  result.textContent = message;
  result.classList.toggle("bad", bad);
}

function line(site) {
  const item = document.createElement("li");
  const name = document.createElement("code");
  name.textContent = site;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text("removeButton", site);
  button.addEventListener("click", () => remove(site));
  item.append(name, button);
  return item;
}

async function show() {
  const sites = await trusted();
  place("sites").replaceChildren(...sites.map(line));
  place("empty").hidden = sites.length > 0;
}

async function add(event) {
  event.preventDefault();
  const field = place("site");
  const origin = originFrom(field.value);
  field.setAttribute("aria-invalid", String(origin === null));
  if (origin === null) {
    say(text("notAnOrigin"), true);
    field.focus();
    return;
  }
  // First of all, while the click still counts for the browser.
  if (!await api.permissions.request({ origins: [patternOf(origin)] })) {
    say(text("notGranted"), true);
    return;
  }
  await setTrusted([...await trusted(), origin]);
  field.value = "";
  await show();
  say(text("added", origin));
}

async function remove(site) {
  const left = (await trusted()).filter((one) => one !== site);
  await setTrusted(left);
  const pattern = patternOf(site);
  if (!left.some((one) => patternOf(one) === pattern)) {
    // An administrator may have granted it for good; the list is what counts.
    await api.permissions.remove({ origins: [pattern] }).catch(() => false);
  }
  await show();
  say(text("removed", site));
  place("site").focus();
}

document.documentElement.lang = text("language");
for (const one of document.querySelectorAll("[data-text]")) one.textContent = text(one.dataset.text);
document.title = text("optionsTitle");
place("add").addEventListener("submit", add);
show();

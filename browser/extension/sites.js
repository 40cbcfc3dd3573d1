// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// Origins: which one a message comes from, and the list of those that the user trusts.

export const api = globalThis.browser ?? globalThis.chrome;

/** Return the origin as the browser states it, or null unless the page is a secure top frame. */
export function originOf(sender) {
  if (sender.id !== api.runtime.id || sender.tab === undefined || sender.frameId !== 0) return null;
  let origin;
  try {
    origin = new URL(sender.url).origin;
  } catch {
    return null;
  }
  // A sandboxed page has the address of its site, but not its origin: Chromium says "null".
  if (sender.origin !== undefined && sender.origin !== origin) return null;
  return origin.startsWith("https://") ? origin : null;
}

/** Return what a person typed as an origin, or null. */
export function originFrom(text) {
  try {
    const url = new URL(text.trim());
    const bare = url.pathname === "/" && url.search === "" && url.hash === "";
    return url.protocol === "https:" && bare && url.username === "" ? url.origin : null;
  } catch {
    return null;
  }
}

/** Return the pattern of host permissions for an origin; browsers leave the port out of it. */
export function patternOf(origin) {
  return `https://${new URL(origin).hostname}/*`;
}

export async function trusted() {
  return (await api.storage.local.get({ sites: [] })).sites;
}

export async function setTrusted(sites) {
  await api.storage.local.set({ sites: [...new Set(sites)].sort() });
}

/** Remember, until the browser ends, that somebody logged in to a site with the card. */
export async function loggedIn(origin) {
  const { logins } = await api.storage.session.get({ logins: [] });
  await api.storage.session.set({ logins: [...new Set([...logins, origin])] });
}

/** Tell whether a site may know what happens to the card. */
export async function mayWatch(origin) {
  const { logins } = await api.storage.session.get({ logins: [] });
  return logins.includes(origin) || (await trusted()).includes(origin);
}

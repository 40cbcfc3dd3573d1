# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Drives a real Firefox by its own remote protocol (Marionette, version 3).

Source: firefox-source-docs.mozilla.org, "Marionette: Protocol". A message is its length in
decimal, a colon, and JSON: ``[0, id, command, parameters]`` there, ``[1, id, error, result]`` back.
"""

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Firefox", "firefox"]

PROGRAM = "/usr/bin/firefox-esr"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_PATIENCE = 60.0
_LEAVES = frozenset({"javascript error", "no such window", "unknown error"})
"""What a script ends with whose page is unloaded under it."""


class _PageLeavesError(AssertionError):
    """The page may have been unloaded during a command."""


class Firefox:
    """A session with a running Firefox."""

    def __init__(self, port: int) -> None:
        self._stream = _connected(port)
        self._waiting = b""
        self._last = 0
        self._receive()
        session = self.call("WebDriver:NewSession", acceptInsecureCerts=True)
        self.capabilities = session["capabilities"]

    def call(self, command: str, /, **parameters: Any) -> Any:
        """Send a command and return its result."""
        self._last += 1
        text = json.dumps([0, self._last, command, parameters])
        self._stream.sendall(f"{len(text.encode())}:{text}".encode())
        _, number, error, result = self._receive()
        assert number == self._last
        if error is not None:
            text = f"{command}: {error['error']}: {error['message']}"
            raise _PageLeavesError(text) if _LEAVES & {error["error"]} else AssertionError(text)
        return result.get("value", result) if isinstance(result, dict) else result

    def goto(self, url: str) -> None:
        """Load a page and wait for it."""
        self.call("WebDriver:Navigate", url=url)

    @property
    def url(self) -> str:
        """The address of the page."""
        return str(self.call("WebDriver:GetCurrentURL"))

    def click(self, selector: str) -> None:
        """Click as a person does."""
        found = self.call("WebDriver:FindElement", using="css selector", value=selector)
        self.call("WebDriver:ElementClick", id=found[_ELEMENT])

    def type(self, selector: str, text: str) -> None:
        """Replace what a field has by what a person types."""
        found = self.call("WebDriver:FindElement", using="css selector", value=selector)
        self.call("WebDriver:ElementClear", id=found[_ELEMENT])
        self.call("WebDriver:ElementSendKeys", id=found[_ELEMENT], text=text)

    def text(self, selector: str) -> str:
        """Return what a person reads in an element."""
        found = self.call("WebDriver:FindElement", using="css selector", value=selector)
        return str(self.call("WebDriver:GetElementText", id=found[_ELEMENT]))

    def evaluate(self, script: str, *arguments: Any) -> Any:
        """Run a script that may return a promise, with the rights of the page."""
        return self.call("WebDriver:ExecuteScript", script=script, args=list(arguments))

    def chrome(self, script: str, *arguments: Any) -> Any:
        """Run a script with the rights of the browser itself."""
        self.call("Marionette:SetContext", value="chrome")
        try:
            return self.evaluate(script, *arguments)
        finally:
            self.call("Marionette:SetContext", value="content")

    def answer_with(self, *codes: str, gives_up: bool = False) -> None:
        """Enter these codes, one a window; then the last one again, or ``gives_up`` (Cancel)."""
        self.chrome(_ANSWERS, list(codes), gives_up)

    def begin(self, url: str) -> None:
        """Begin to load a page: one that waits for a window would never come back."""
        self.chrome(_LOAD, url)

    def install(self, extension: Path) -> str:
        """Install an extension until the browser ends, signed or not; returns its id."""
        return str(self.call("Addon:Install", path=str(extension), temporary=True))

    def wait_for(self, script: str, *arguments: Any) -> Any:
        """Wait until a script returns something; returns it."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := self._evaluated(script, arguments)):
            assert time.monotonic() < deadline, f"never true: {script}"
            time.sleep(0.05)
        return found

    def _evaluated(self, script: str, arguments: tuple[Any, ...]) -> Any:
        """Run a script; a page that is being replaced says nothing."""
        try:
            return self.evaluate(script, *arguments)
        except _PageLeavesError:
            return None

    def wait_for_page_after(self, before: str) -> None:
        """Wait until another page is there, and has loaded.

        On the way to another origin the window has a blank page, complete, for a moment.
        """
        self.wait_for(
            "return ![arguments[0], 'about:blank'].includes(location.href)"
            " && document.readyState == 'complete'",
            before,
        )

    def wait_for_url(self, end: str) -> None:
        """Wait until the page is one whose address ends so, and has loaded."""
        self.wait_for(
            "return location.href.endsWith(arguments[0]) && document.readyState == 'complete'", end
        )

    def close(self) -> None:
        """End the conversation; the browser goes on."""
        self._stream.close()

    def _receive(self) -> Any:
        while True:
            length, colon, rest = self._waiting.partition(b":")
            if colon and len(rest) >= int(length):
                text, self._waiting = rest[: int(length)], rest[int(length) :]
                return json.loads(text)
            data = self._stream.recv(65536)
            assert data, "Firefox ended the conversation"
            self._waiting += data


def _connected(port: int) -> socket.socket:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            stream = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        except OSError:
            assert time.monotonic() < deadline, "Firefox does not listen"
            time.sleep(0.05)
        else:
            return stream


def _free_port() -> int:
    with socket.socket() as item:
        item.bind(("127.0.0.1", 0))
        return int(item.getsockname()[1])


_ANSWERS = """
const [codes, givesUp] = arguments;
const window = Services.wm.getMostRecentWindow("navigator:browser");
window.codesAsked?.stop();
const asked = { count: 0, stop: () => Services.obs.removeObserver(seen, "common-dialog-loaded") };
window.codesAsked = asked;
function seen(dialog) {
  asked.count += 1;
  const { ui } = dialog.Dialog;
  const code = codes[asked.count - 1] ?? (givesUp ? undefined : codes.at(-1));
  if (code === undefined) {
    ui.button1.click();
    return;
  }
  ui.password1Textbox.value = code;
  ui.button0.click();
}
Services.obs.addObserver(seen, "common-dialog-loaded");
"""
_LOAD = """
const browser = Services.wm.getMostRecentWindow("navigator:browser").gBrowser.selectedBrowser;
const load = () => browser.fixupAndLoadURIString(arguments[0], {
  triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal(),
});
Services.wm.getMostRecentWindow("navigator:browser").setTimeout(load, 0);
"""

_PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "security.default_personal_cert": "Select Automatically",
    "toolkit.telemetry.enabled": False,
}


@contextmanager
def firefox(
    profile: Path, environment: Mapping[str, str], preferences: Mapping[str, Any] | None = None
) -> Iterator[Firefox]:
    """Start Firefox without a window on a profile, which may exist already."""
    port = _free_port()
    profile.mkdir(parents=True, exist_ok=True)
    chosen = {**_PREFERENCES, "marionette.port": port, **(preferences or {})}
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in chosen.items()]
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [PROGRAM, "--profile", str(profile), "--no-remote", "--headless", "-marionette"]
    with (profile / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            [*command, "-remote-allow-system-access"],
            env=dict(environment),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    session = None
    try:
        session = Firefox(port)
        yield session
    finally:
        if session is not None:
            session.close()
        process.terminate()
        process.wait()

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of our own process, of our module, and of the programs that load it."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from caducee.base.i18n import N_
from caducee.diagnosis.checks import observations
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.facts import BrowserModule
from caducee.diagnosis.model import Check, Finding, found
from caducee.spec.pcsclite import understand

__all__ = ["CHECKS"]

_OPENSC: Final = ("opensc-pkcs11", "onepin-opensc")
_ISSUER: Final = ("libcps", "cps3_pkcs11", "cps_pkcs11", "libcptab")
"""How the files of the issuer's own modules begin."""

_PROXY: Final = ("p11-kit-proxy", "libp11-kit")


def _daemon(context: CheckContext) -> Iterator[Finding]:
    daemon = context.daemon
    if daemon.too_long:
        yield found("diag.daemon_path_long", path=daemon.socket)
    elif daemon.folder:
        path = str(PurePath(daemon.socket).parent)
        yield found("diag.daemon_folder", path=path, reason=daemon.folder)
    elif daemon.foreign:
        yield found("diag.daemon_foreign", path=daemon.socket)
    elif daemon.mode:
        yield found("diag.daemon_socket_rights", path=daemon.socket, reason=daemon.mode)
    elif daemon.state in _STATES:
        reason = daemon.reason or "?"
        yield found(_STATES[daemon.state], pid=daemon.pid or "?", reason=reason)
    elif daemon.version and not _same_release(daemon.version, context.system.version):
        yield found("diag.daemon_version", running=daemon.version, version=context.system.version)
    if daemon.settings:
        yield found("diag.daemon_settings", reason=daemon.settings)
    if not daemon.pcsc:
        yield found("diag.daemon_pcsc_off")
    if daemon.pin_program:
        yield found("diag.pin_program", program=daemon.pin_program)


def _same_release(text: str, other: str) -> bool:
    """Compare major and minor: a process reports no more of its version (C_GetInfo)."""
    return text.split(".")[:2] == other.split(".")[:2]


_STATES: Final = {
    "absent": "diag.daemon_absent",
    "hung": "diag.daemon_hung",
    "stale": "diag.daemon_stale",
    "refuses": "diag.daemon_refuses",
    "crowded": "diag.daemon_crowded",
}


def _module(context: CheckContext) -> Iterator[Finding]:
    module = context.module
    if not module.path:
        yield (
            found("diag.module_named_missing", path=module.named)
            if module.named
            else found("diag.module_missing")
        )
    elif not module.machine_right:
        yield found("diag.module_machine", path=module.path)
    elif not module.loads:
        yield found("diag.module_unloadable", reason=module.reason)
    elif module.version and module.version != context.system.version:
        yield found("diag.module_version", module=module.version, version=context.system.version)


def _browsers(context: CheckContext) -> Iterator[Finding]:
    modules = [module for module in context.browsers if module.kind == "module"]
    if not modules:
        yield found("diag.browser_none")
    for browser in context.browsers:
        if browser.kind == "policy":
            yield from _policy(browser)
    for module in modules:
        yield from _browser(module)
    for module in modules:
        yield from _fights(module)


def _policy(module: BrowserModule) -> Iterator[Finding]:
    if module.state == "broken":
        yield found("diag.firefox_broken", path=module.path, reason=module.reason)
    elif module.state == "other":
        yield found("diag.firefox_policy_elsewhere", path=module.path, module=module.reason)


def _browser(module: BrowserModule) -> Iterator[Finding]:
    name = "firefox" if module.browser.lower().startswith("firefox") else "chromium"
    if module.forbidden:
        yield found("diag.firefox_forbidden", path=module.path)
    elif module.state == "impossible":
        yield found(f"diag.{name}_{module.form}")
    elif module.state == "broken":
        yield found(f"diag.{name}_broken", path=module.path, reason=module.reason)
    elif module.state in ("absent", "other"):
        kind = "absent" if module.state == "absent" else "elsewhere"
        yield found(f"diag.{name}_{kind}", path=module.path)
    elif module.process and not module.loaded:
        yield found("diag.firefox_not_loaded", pid=module.process, path=module.path)
    if module.twice:
        yield found("diag.modules_twice", browser=module.browser, path=module.path)


def _fights(module: BrowserModule) -> Iterator[Finding]:
    if module.state != "installed":
        return
    for library in module.others:
        yield found(f"diag.modules_{_maker(library)}", browser=module.browser, library=library)


def _maker(library: str) -> str:
    """Return whose module a library is: ``opensc``, ``issuer``, ``proxy`` or ``other``."""
    name = PurePath(library).name.lower()
    kinds = {"opensc": _OPENSC, "issuer": _ISSUER, "proxy": _PROXY}
    return next((kind for kind, names in kinds.items() if name.startswith(names)), "other")


def _hosts(context: CheckContext) -> Iterator[Finding]:
    for browser in context.browsers:
        if browser.kind != "host" or not browser.browser:
            continue
        if browser.state == "absent":
            yield found("diag.host_absent", browser=browser.browser)
        elif browser.state != "installed":
            yield found("diag.host_elsewhere", browser=browser.browser, path=browser.path)


def _sandboxed(context: CheckContext) -> Iterator[Finding]:
    service = _release(context.pcsc.version)
    for program in context.probes.sandboxed():
        if not program.allowed:
            kind = "flatpak_no_pcsc" if program.form == "flatpak" else "snap_no_pcscd"
            yield found(f"diag.{kind}", name=program.name)
        elif program.library and service and not understand(_release(program.library), service):
            yield found(
                "diag.sandbox_protocol",
                name=program.name,
                form=program.form,
                library=program.library,
                version=context.pcsc.version,
            )


def _release(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()


def _p11kit(context: CheckContext) -> Iterator[Finding]:
    kit = context.p11kit
    if not kit.there:
        yield found("diag.p11kit_missing")
    elif kit.state == "broken":
        yield found("diag.p11kit_broken", path=kit.path)
    elif kit.state == "other":
        yield found("diag.p11kit_elsewhere", path=kit.path)
    elif kit.state == "absent":
        yield found("diag.p11kit_absent")
    elif kit.disabled:
        yield found("diag.p11kit_disabled", path=kit.path)
    else:
        for library in kit.others:
            if _maker(library) in ("opensc", "issuer"):
                yield found("diag.p11kit_fight", library=library)


def _java(context: CheckContext) -> Iterator[Finding]:
    java = context.java
    if not java.there:
        yield found("diag.java_missing")
    elif java.state == "absent":
        yield found("diag.java_absent")
    elif java.state == "other":
        yield found("diag.java_elsewhere", path=java.path)
    elif not java.bits_right:
        yield found("diag.java_bits", path=java.path)


CHECKS: Final = (
    Check(
        name="daemon",
        title=N_("Cryptolib daemon"),
        needs=("system", "disk"),
        look=_daemon,
        observe=observations.daemon,
        codes=(
            "diag.daemon_path_long",
            "diag.daemon_folder",
            "diag.daemon_foreign",
            "diag.daemon_socket_rights",
            *_STATES.values(),
            "diag.daemon_version",
            "diag.daemon_settings",
            "diag.daemon_pcsc_off",
            "diag.pin_program",
        ),
    ),
    Check(
        name="module",
        title=N_("PKCS#11 module"),
        needs=("system",),
        look=_module,
        observe=observations.module,
        codes=(
            "diag.module_missing",
            "diag.module_named_missing",
            "diag.module_machine",
            "diag.module_unloadable",
            "diag.module_version",
        ),
    ),
    Check(
        name="browsers",
        title=N_("Firefox and Chromium"),
        needs=("module",),
        look=_browsers,
        observe=observations.browsers,
        codes=(
            "diag.browser_none",
            "diag.firefox_forbidden",
            "diag.firefox_snap",
            "diag.firefox_flatpak",
            "diag.firefox_broken",
            "diag.firefox_absent",
            "diag.firefox_elsewhere",
            "diag.firefox_policy_elsewhere",
            "diag.firefox_not_loaded",
            "diag.chromium_snap",
            "diag.chromium_flatpak",
            "diag.chromium_broken",
            "diag.chromium_absent",
            "diag.chromium_elsewhere",
            "diag.modules_opensc",
            "diag.modules_issuer",
            "diag.modules_proxy",
            "diag.modules_other",
            "diag.modules_twice",
        ),
    ),
    Check(
        name="extension",
        title=N_("Native messaging host"),
        look=_hosts,
        codes=("diag.host_absent", "diag.host_elsewhere"),
    ),
    Check(
        name="sandboxed",
        title=N_("Programs in a Flatpak or a Snap"),
        needs=("pcsc-service",),
        look=_sandboxed,
        codes=("diag.flatpak_no_pcsc", "diag.snap_no_pcscd", "diag.sandbox_protocol"),
    ),
    Check(
        name="p11-kit",
        title=N_("p11-kit"),
        needs=("module",),
        look=_p11kit,
        observe=observations.kit,
        codes=(
            "diag.p11kit_missing",
            "diag.p11kit_broken",
            "diag.p11kit_elsewhere",
            "diag.p11kit_absent",
            "diag.p11kit_disabled",
            "diag.p11kit_fight",
        ),
    ),
    Check(
        name="java",
        title=N_("Java"),
        needs=("module",),
        look=_java,
        observe=observations.java,
        codes=(
            "diag.java_missing",
            "diag.java_absent",
            "diag.java_elsewhere",
            "diag.java_bits",
        ),
    ),
)

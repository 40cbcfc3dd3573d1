# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks of the way to the card: PC/SC, readers, who holds them."""

from collections.abc import Iterator
from typing import Final

from caducee.base.i18n import N_
from caducee.diagnosis.checks import observations
from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.facts import PcscFacts, SystemFacts, UsbReader
from caducee.diagnosis.model import Check, Finding, found

__all__ = ["CHECKS"]

_MOST_READERS = 16
"""PCSCLITE_MAX_READERS_CONTEXTS."""


_CLOSED: Final = frozenset(
    {"reader.service_refuses", "reader.service_absent", "reader.service_stopped"}
)
"""Answers of a service that runs and lets nobody in."""


def _library(context: CheckContext) -> Iterator[Finding]:
    if not context.pcsc.library:
        yield found("diag.pcsc_library_missing")


def _service(context: CheckContext) -> Iterator[Finding]:
    pcsc = context.pcsc
    if len(pcsc.processes) > 1:
        yield found("diag.pcscd_twice", processes=", ".join(map(str, pcsc.processes)))
    elif pcsc.code and not pcsc.processes:
        yield _why_it_does_not_run(pcsc)
    elif pcsc.code == "reader.timeout":
        yield found("diag.pcscd_hung")
    if pcsc.exposed:
        yield found("diag.vpcd_exposed")


def _why_it_does_not_run(pcsc: PcscFacts) -> Finding:
    if pcsc.named and not pcsc.socket_there:
        return found("diag.pcscd_named_socket", path=pcsc.socket)
    if not pcsc.program:
        return found("diag.pcscd_missing")
    if pcsc.unit == "masked":
        return found("diag.pcscd_masked")
    if pcsc.service_failed or pcsc.unit == "active":
        return found("diag.pcscd_failed")
    if pcsc.unit:
        return found("diag.pcscd_socket_inactive", state=pcsc.unit)
    return found("diag.pcscd_stale_socket" if pcsc.socket_there else "diag.pcscd_stopped")


def _access(context: CheckContext) -> Iterator[Finding]:
    pcsc = context.pcsc
    if pcsc.code and not pcsc.socket_open:
        yield found("diag.pcscd_socket_rights", path=pcsc.socket)
    elif pcsc.code == "reader.access_denied":
        yield found(_why_it_refuses(pcsc, context.system))
    elif pcsc.code in _CLOSED:
        yield found("diag.pcsc_protocol", version=pcsc.version or "?")
    elif pcsc.code:
        yield found("diag.pcsc_failed", reason=pcsc.code, number=pcsc.number or "?")


def _why_it_refuses(pcsc: PcscFacts, system: SystemFacts) -> str:
    if not pcsc.polkit:
        return "diag.polkit_missing"
    if not pcsc.polkit_answers:
        return "diag.polkit_silent"
    return "diag.pcsc_refused" if system.local else "diag.pcsc_refused_remote"


def _readers(context: CheckContext) -> Iterator[Finding]:
    names = [reader.name for reader in context.readers]
    real = [reader for reader in context.readers if not reader.virtual]
    if len(real) < len(context.usb):
        yield from _why_it_is_not_listed(context, bool(real))
    elif not names:
        yield found("diag.reader_none")
    if names and context.wanted and context.wanted not in names:
        yield found("diag.reader_unknown", reader=context.wanted, readers=", ".join(names))
    if names and not real and not context.usb:
        yield found("diag.reader_virtual_only")
    if len(names) >= _MOST_READERS:
        yield found("diag.reader_many", count=len(names))
    for device in context.usb:
        if device.suspended:
            yield found("diag.reader_suspended", reader=_name(device))
    if context.drivers.clashing:
        yield found("diag.reader_drivers_clash", drivers=", ".join(context.drivers.clashing))


def _why_it_is_not_listed(context: CheckContext, others: bool) -> Iterator[Finding]:
    """Yield why a reader on USB is not in the list of PC/SC; ``others`` are in it."""
    taker = next((holder for holder in context.holders if holder.how == "usb"), None)
    causes = [cause for device in context.usb if (cause := _trouble(context, device)) is not None]
    if causes:
        yield causes[0]
    elif taker is not None:
        kind = "gnupg" if taker.name == "scdaemon" else "usb"
        yield found(f"diag.reader_taken_{kind}", program=taker.name, pid=taker.pid)
    elif not others:
        yield found("diag.reader_not_listed", reader=_name(context.usb[0]))


def _trouble(context: CheckContext, reader: UsbReader) -> Finding | None:
    name, id_ = _name(reader), f"{reader.vendor}:{reader.product}"
    if reader.kernel_driver:
        return found("diag.reader_kernel_driver", reader=name, driver=reader.kernel_driver)
    if id_ not in context.drivers.devices:
        if not reader.ccid:
            return found("diag.reader_unsupported", reader=name, id=id_)
        if not context.drivers.ccid:
            return found("diag.reader_driver_missing", reader=name)
    return None if reader.usable else found("diag.reader_usb_rights", reader=name)


def _name(reader: UsbReader) -> str:
    return reader.name or f"{reader.vendor}:{reader.product}"


CHECKS: Final = (
    Check(
        name="pcsc-library",
        title=N_("PC/SC: library"),
        needs=("system",),
        look=_library,
        codes=("diag.pcsc_library_missing",),
    ),
    Check(
        name="pcsc-service",
        title=N_("PC/SC: service"),
        needs=("pcsc-library",),
        look=_service,
        observe=observations.service,
        codes=(
            "diag.pcscd_twice",
            "diag.pcscd_named_socket",
            "diag.pcscd_missing",
            "diag.pcscd_masked",
            "diag.pcscd_failed",
            "diag.pcscd_socket_inactive",
            "diag.pcscd_stale_socket",
            "diag.pcscd_stopped",
            "diag.pcscd_hung",
            "diag.vpcd_exposed",
        ),
    ),
    Check(
        name="pcsc-access",
        title=N_("PC/SC: permission"),
        needs=("pcsc-service",),
        look=_access,
        codes=(
            "diag.pcscd_socket_rights",
            "diag.polkit_missing",
            "diag.polkit_silent",
            "diag.pcsc_refused",
            "diag.pcsc_refused_remote",
            "diag.pcsc_protocol",
            "diag.pcsc_failed",
        ),
    ),
    Check(
        name="readers",
        title=N_("Readers and their drivers"),
        needs=("pcsc-access",),
        look=_readers,
        observe=observations.readers,
        codes=(
            "diag.reader_none",
            "diag.reader_unknown",
            "diag.reader_driver_missing",
            "diag.reader_unsupported",
            "diag.reader_kernel_driver",
            "diag.reader_usb_rights",
            "diag.reader_taken_usb",
            "diag.reader_taken_gnupg",
            "diag.reader_suspended",
            "diag.reader_not_listed",
            "diag.reader_drivers_clash",
            "diag.reader_virtual_only",
            "diag.reader_many",
        ),
    ),
)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""PC/SC from the library to the readers, and who uses them (Linux: ``/proc``, ``/sys``)."""

import os
import plistlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from caducee.base.errors import CpsError, ReaderError
from caducee.diagnosis.facts import (
    DAEMON,
    CardProcess,
    DriverFacts,
    PcscFacts,
    ReaderFacts,
    UsbReader,
)
from caducee.diagnosis.machine.root import (
    MachineRoot,
    errors_of,
    first_line,
    in_time,
    open_files,
    output_of,
    read_text,
)
from caducee.diagnosis.machine.sockets import clients, served
from caducee.reader.pcsc import PcscContext
from caducee.reader.pcsc.native import WinScard
from caducee.spec.pcsc import Disposition, ShareMode
from caducee.spec.virtual_reader import FIRST_PORT, READER_NAME, SLOTS

__all__ = ["drivers", "holders", "is_held_alone", "pcsc", "readers", "services", "usb"]

_SOCKET: Final = "/run/pcscd/pcscd.comm"
_DRIVERS: Final = ("/usr/lib/pcsc/drivers", "/usr/local/lib/pcsc/drivers")
_CLIENT: Final = "libpcsclite.so"
_CCID_CLASS, _STORAGE_CLASS = "0b", "08"
"""bInterfaceClass of readers of chip cards, and of memory cards (USB-IF)."""

_NAMED: Final = re.compile(r"smart\s?card|card reader|pin\s?pad|chip\s?card", re.IGNORECASE)
_PATIENCE = 8.0
"""Seconds that the service may take for a first answer."""

_ACTION: Final = "org.debian.pcsc-lite.access_pcsc"
_POLKITS_OWN: Final = "PolicyKit1.Error"
"""How an error of polkit itself begins: it answers."""

_BUS: Final = "/run/dbus/system_bus_socket"

_LISTENS: Final = "0A"
"""TCP_LISTEN in ``/proc/net/tcp``."""


def pcsc(place: MachineRoot) -> PcscFacts:
    """Look at the service, and ask it a first question."""
    socket = Path(place.environ.get("PCSCLITE_CSOCK_NAME", "") or place.under(_SOCKET))
    program = place.program("pcscd")
    about = output_of(program, "--version") if program else ""
    found = re.search(r"pcsc-lite version ([0-9.]+)", about)
    code, number = _first_question()
    unit, failed = _unit(place)
    refused = code == "reader.access_denied"
    return PcscFacts(
        library=code != "reader.pcsc_absent",
        program=program,
        version=found[1].rstrip(".") if found else "",
        processes=services(place, socket),
        socket=str(socket),
        named="PCSCLITE_CSOCK_NAME" in place.environ,
        socket_there=os.path.exists(socket),
        socket_open=os.access(socket, os.W_OK),
        unit=unit,
        service_failed=failed,
        polkit="polkit" not in about or _has_polkit(place),
        polkit_answers=not refused or "polkit" not in about or _polkit_answers(place),
        code=code,
        number=number,
        exposed=_exposed(place),
    )


def _first_question() -> tuple[str, str]:
    """Ask for the readers: the code and number of what went wrong, empty when nothing did."""

    def ask() -> tuple[str, str]:
        try:
            with PcscContext() as context:
                context.readers()
        except ReaderError as error:
            return error.code, str(error.facts.get("number", ""))
        return "", ""

    return in_time(ask, _PATIENCE) or ("reader.timeout", "")


def _unit(place: MachineRoot) -> tuple[str, bool]:
    if not place.under("/run/systemd/system").is_dir():
        return "", False
    text = output_of("systemctl", "show", "pcscd.socket", "-p", "LoadState", "-p", "ActiveState")
    fields = dict(line.partition("=")[::2] for line in text.splitlines())
    load, active = fields.get("LoadState", ""), fields.get("ActiveState", "")
    failed = output_of("systemctl", "show", "pcscd.service", "-p", "ActiveState").strip()
    return "masked" if load == "masked" else active, failed.endswith("=failed")


def _has_polkit(place: MachineRoot) -> bool:
    places = ("/usr/lib/polkit-1/polkitd", "/usr/libexec/polkitd", "/usr/libexec/polkit-1/polkitd")
    return any(os.path.exists(place.under(path)) for path in places)


def _polkit_answers(place: MachineRoot) -> bool:
    """Ask polkit itself: what cannot be reached refuses everybody, root too."""
    program = place.program("pkcheck")
    if not program:
        bus = place.environ.get("DBUS_SYSTEM_BUS_ADDRESS", "")
        return bool(bus) or os.path.exists(place.under(_BUS))
    asked = ("--action-id", _ACTION, "--process", str(os.getpid()))
    errors = errors_of(program, *asked)
    return "Error" not in errors or _POLKITS_OWN in errors


def _pids(place: MachineRoot) -> Iterator[tuple[int, Path]]:
    for folder in place.under("/proc").glob("[0-9]*"):
        yield int(folder.name), folder


def services(place: MachineRoot, socket: Path) -> tuple[int, ...]:
    """Return the pcscd that serve a socket: by its file of the process number, and by name where
    they see the same files as this process.
    """
    pid_file = first_line(socket.with_name("pcscd.pid")).strip("\0 ")
    found = set()
    for pid, folder in _pids(place):
        if first_line(folder / "comm") != "pcscd" or _is_zombie(folder):
            continue
        named = pid_file == str(pid)
        beside = "PCSCLITE_CSOCK_NAME" not in place.environ and _sees_the_same(place, folder)
        if named or beside:
            found.add(pid)
    return tuple(sorted(found))


def _is_zombie(folder: Path) -> bool:
    return ") Z" in first_line(folder / "stat")


def _sees_the_same(place: MachineRoot, folder: Path) -> bool:
    try:
        own = os.readlink(place.under("/proc/self/ns/mnt"))
        return os.readlink(folder / "ns/mnt") == own
    except OSError:
        return True  # another user's: unknown


def _exposed(place: MachineRoot) -> bool:
    ports = {f"{FIRST_PORT + slot:04X}" for slot in range(SLOTS)}
    for line in read_text(place.under("/proc/net/tcp")).splitlines()[1:]:
        fields = line.split()
        address, _, port = fields[1].partition(":")
        if fields[3] == _LISTENS and port in ports and address != "0100007F":
            return True
    return False


def usb(place: MachineRoot) -> tuple[UsbReader, ...]:
    """Find readers on USB by their class, or by their name where the class is the maker's own."""
    found = []
    for device in sorted(place.under("/sys/bus/usb/devices").glob("*")):
        if not (device / "idVendor").is_file():
            continue
        interfaces = sorted(device.glob(f"{device.name}:*"))
        classes = {first_line(interface / "bInterfaceClass") for interface in interfaces}
        name = first_line(device / "product")
        ccid = _CCID_CLASS in classes
        if ccid or (_NAMED.search(name) and _STORAGE_CLASS not in classes):
            found.append(_usb_reader(place, device, name, ccid))
    return tuple(found)


def _usb_reader(place: MachineRoot, device: Path, name: str, ccid: bool) -> UsbReader:
    node = _node(place, device)
    return UsbReader(
        vendor=first_line(device / "idVendor"),
        product=first_line(device / "idProduct"),
        name=name,
        ccid=ccid,
        kernel_driver=next(_kernel_drivers(device), ""),
        usable=os.path.exists(node),
        suspended=first_line(device / "power" / "runtime_status") == "suspended",
    )


def _kernel_drivers(device: Path) -> Iterator[str]:
    for interface in device.glob(f"{device.name}:*"):
        try:
            driver = Path(os.readlink(interface / "driver")).name
        except OSError:
            continue
        if driver != "usbfs":  # usbfs: a program has it, as pcscd does
            yield driver


def _node(place: MachineRoot, device: Path) -> Path:
    bus, number = first_line(device / "busnum"), first_line(device / "devnum")
    return place.under(f"/dev/bus/usb/{bus.zfill(3)}/{number.zfill(3)}")


def drivers(place: MachineRoot) -> DriverFacts:
    """Look at the drivers, as far as readers of this machine are meant."""
    plugged = {f"{device.vendor}:{device.product}" for device in usb(place)}
    claims: dict[str, list[str]] = {}
    names = set()
    for folder in _DRIVERS:
        for info in place.under(folder).glob("*.bundle/Contents/Info.plist"):
            name = info.parents[1].name.removesuffix(".bundle")
            names.add(name)
            for device in _claimed(info) & plugged:
                claims.setdefault(device, []).append(name)
    clashing = {name for several in claims.values() if len(several) > 1 for name in several}
    return DriverFacts(
        ccid="ifd-ccid" in names,
        devices=tuple(sorted(claims)),
        clashing=tuple(sorted(clashing)),
    )


def _claimed(info: Path) -> set[str]:
    try:
        with info.open("rb") as file:
            found = plistlib.load(file)
        pairs = zip(found["ifdVendorID"], found["ifdProductID"], strict=False)
        return {f"{int(vendor, 16):04x}:{int(product, 16):04x}" for vendor, product in pairs}
    except (OSError, KeyError, ValueError, TypeError, plistlib.InvalidFileException):
        return set()


def readers() -> tuple[ReaderFacts, ...]:
    """List the readers of PC/SC; none when the service fails."""
    try:
        with PcscContext() as context:
            now = context.wait({}, 0)
    except CpsError:
        return ()
    return tuple(
        ReaderFacts(
            name=name,
            present=item.present,
            mute=item.mute,
            atr=item.atr.hex().upper() if item.atr else "",
            virtual=name.startswith(READER_NAME),
        )
        for name, item in now.items()
    )


def is_held_alone(reader: str) -> bool:
    """Return whether another program holds a card exclusively, not in a mere transaction."""
    native = WinScard()
    context = native.establish()
    try:
        handle, _ = native.connect(context, reader, ShareMode.SHARED)
        native.disconnect(handle, Disposition.LEAVE)
    except CpsError as error:
        return error.code == "reader.card_in_use"
    finally:
        native.release(context)
    return False


def holders(place: MachineRoot) -> tuple[CardProcess, ...]:
    """Find who is connected to the service, or has opened a reader on USB itself.

    Where the kernel does not tell who is connected, those count that have loaded the library.
    Processes of other users are seen by root alone.
    """
    devices = place.under("/sys/bus/usb/devices").glob("*")
    nodes = {str(_node(place, device)) for device in devices if (device / "busnum").is_file()}
    sockets = {f"socket:[{inode}]" for inode in _connected(place)}
    ours = {os.getpid(), os.getppid()}
    found = []
    for pid, folder in _pids(place):
        name = first_line(folder / "comm")
        if pid in ours or name == "pcscd":
            continue
        files = open_files(folder)
        if files & nodes:
            found.append(CardProcess(pid=pid, name=_display_name(folder, name), how="usb"))
        elif files & sockets if sockets else _CLIENT in read_text(folder / "maps"):
            found.append(CardProcess(pid=pid, name=_display_name(folder, name)))
    return tuple(found)


def _connected(place: MachineRoot) -> frozenset[int]:
    """Return the sockets that are connected to the pcscd in use."""
    socket = Path(place.environ.get("PCSCLITE_CSOCK_NAME", "") or place.under(_SOCKET))
    accepted = served(place.under("/proc/self"), _SOCKET)  # as pcscd itself sees its path
    held: set[str] = set()
    for pid in services(place, socket):
        held |= open_files(place.under(f"/proc/{pid}"))
    if held:  # root sees them; there may be other pcscd in networks of their own
        accepted = frozenset(inode for inode in accepted if f"socket:[{inode}]" in held)
    return clients(accepted)


def _display_name(folder: Path, name: str) -> str:
    """Return the name of a program; ours, whatever Python is called. The kernel cuts it after 15
    characters: there the command line has the rest.
    """
    words = read_text(folder / "cmdline").split("\0")
    if any(Path(word).name == "caducee" for word in words[:4]):
        return DAEMON if "cryptolibd" in words else "caducee"
    whole = Path(words[0]).name
    return whole if whole.startswith(name) else name

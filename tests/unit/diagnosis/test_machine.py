# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The real probes on made-up systems: files under a root of their own, sockets, processes."""

import os
import plistlib
import socket
from pathlib import Path

import pytest
from tests.unit.diagnosis.world import NOW

from caducee.base.clock import FixedClock
from caducee.diagnosis.facts import UsbReader
from caducee.diagnosis.machine import java, pcsc, programs, system
from caducee.diagnosis.machine.root import MachineRoot, in_time
from caducee.middleware.browsers import BrowserLocations, Installer


@pytest.fixture
def place(tmp_path: Path) -> MachineRoot:
    return MachineRoot(tmp_path / "home", {}, tmp_path / "system")


def put(place: MachineRoot, path: str, text: str = "") -> Path:
    file = place.under(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def plug(place: MachineRoot, name: str = "1-1", kind: str = "0b", product: str = "Reader") -> None:
    base = f"/sys/bus/usb/devices/{name}"
    fields = {"idVendor": "08e6", "idProduct": "3437", "product": product, "busnum": "1"}
    for key, value in (fields | {"devnum": "7"}).items():
        put(place, f"{base}/{key}", value + "\n")
    put(place, f"{base}/{name}:1.0/bInterfaceClass", kind + "\n")
    put(place, "/dev/bus/usb/001/007")


def test_a_reader_is_found_by_its_class(place: MachineRoot) -> None:
    plug(place)
    plug(place, "1-2", kind="03", product="Mouse")
    plug(place, "1-3", kind="08", product="SD card reader")
    expected = UsbReader(vendor="08e6", product="3437", name="Reader")
    assert pcsc.usb(place) == (expected,)


def test_a_reader_of_the_makers_own_class_is_found_by_its_name(place: MachineRoot) -> None:
    plug(place, kind="ff", product="ACME Smart Card Terminal")
    (found,) = pcsc.usb(place)
    assert not found.ccid


def test_a_driver_of_the_kernel_on_the_reader_is_reported(place: MachineRoot) -> None:
    plug(place)
    interface = place.under("/sys/bus/usb/devices/1-1/1-1:1.0")
    (interface / "driver").symlink_to("/sys/bus/usb/drivers/usbfs")
    assert pcsc.usb(place)[0].kernel_driver == ""
    (interface / "driver").unlink()
    (interface / "driver").symlink_to("/sys/bus/usb/drivers/pn533_usb")
    assert pcsc.usb(place)[0].kernel_driver == "pn533_usb"


def driver(place: MachineRoot, name: str) -> None:
    info = put(place, f"/usr/lib/pcsc/drivers/{name}.bundle/Contents/Info.plist")
    info.write_bytes(plistlib.dumps({"ifdVendorID": ["0x08E6"], "ifdProductID": ["0x3437"]}))


def test_drivers_that_claim_the_same_reader_clash_when_it_is_plugged_in(place: MachineRoot) -> None:
    driver(place, "ifd-ccid")
    driver(place, "ifd-acme")
    assert pcsc.drivers(place).clashing == ()
    plug(place)
    found = pcsc.drivers(place)
    assert found.ccid
    assert found.devices == ("08e6:3437",)
    assert found.clashing == ("ifd-acme", "ifd-ccid")


def test_who_uses_cards_is_found_by_library_and_by_open_device(place: MachineRoot) -> None:
    plug(place)
    put(place, "/proc/40/comm", "firefox\n")
    put(place, "/proc/40/maps", "7f00 r-xp /usr/lib/libpcsclite.so.1.0.0\n")
    put(place, "/proc/41/comm", "scdaemon\n")
    files = place.under("/proc/41/fd")
    files.mkdir()
    (files / "5").symlink_to(place.under("/dev/bus/usb/001/007"))
    put(place, "/proc/42/comm", "pcscd\n")
    put(place, "/proc/42/maps", "libpcsclite.so\n")
    put(place, "/proc/43/comm", "bash\n")
    put(place, "/proc/44/comm", "python3\n")
    put(place, "/proc/44/maps", "libpcsclite.so\n")
    put(place, "/proc/44/cmdline", "python3\0-m\0caducee\0cryptolibd\0")
    found = sorted((holder.pid, holder.name, holder.how) for holder in pcsc.holders(place))
    assert found == [
        (40, "firefox", "pcsc"),
        (41, "scdaemon", "usb"),
        (44, "caducee cryptolibd", "pcsc"),
    ]


def test_p11_kit_is_read_from_its_files(
    place: MachineRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not programs.p11kit(place).there
    put(place, "/usr/lib/x86_64-linux-gnu/libp11-kit.so.0")
    assert programs.p11kit(place).state == "absent"
    library = put(place, "/opt/libcaducee_pkcs11.so")
    monkeypatch.setenv("CADUCEE_PKCS11_MODULE", str(library))
    put(place, "/etc/pkcs11/modules/opensc.module", "module: opensc-pkcs11.so\n")
    file = put(place, "/etc/pkcs11/modules/caducee.module", f"module: {library}\n")
    found = programs.p11kit(place)
    assert (found.state, found.others, found.disabled) == (
        "installed",
        ("opensc-pkcs11.so",),
        False,
    )
    file.write_text(f"module: {library}\ndisable-in: firefox\n")
    assert programs.p11kit(place).disabled
    library.unlink()
    assert programs.p11kit(place).state == "other"
    file.unlink()
    put(place, "/etc/pkcs11/modules/bad.module", "nonsense\n")
    assert programs.p11kit(place).state == "broken"


def test_java_is_read_from_the_settings_of_the_home(place: MachineRoot) -> None:
    place = MachineRoot(place.home, {"PATH": "/usr/bin"}, place.root)
    assert not java.java(place).there
    put(place, "/usr/bin/java").chmod(0o755)
    assert java.java(place).state == "absent"
    place.home.mkdir()
    (place.home / "caducee.cfg").write_text("name = x\nlibrary = /gone/libcaducee_pkcs11.so\n")
    assert java.java(place).state == "other"


def test_a_missing_socket_means_that_no_daemon_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(tmp_path / "c.sock"))
    assert programs.daemon().state == "absent"


def test_a_socket_that_nobody_serves_any_more_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.sock"
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(path))
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    assert programs.daemon().state == "stale"


def test_a_daemon_that_never_answers_hangs_and_its_rights_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.sock"
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(path))
    monkeypatch.setattr(programs, "_PATIENCE", 0.1)
    tmp_path.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
        path.chmod(0o666)
        made.listen()
        found = programs.daemon()
    assert (found.state, found.pid) == ("hung", os.getpid())
    assert (found.folder, found.mode) == ("mode 0755", "0666")


def test_a_long_socket_path_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADUCEE_CRYPTOLIBD_SOCKET", str(tmp_path / ("x" * 120)))
    assert programs.daemon().too_long


@pytest.mark.parametrize(
    ("content", "right", "loads"),
    [
        (b"\x7fELF" + bytes(14) + b"\xff\xff", False, False),
        (b"no library at all, but a file", False, False),
    ],
)
def test_a_module_that_is_none_is_reported(
    place: MachineRoot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    right: bool,
    loads: bool,
) -> None:
    file = tmp_path / "m.so"
    file.write_bytes(content)
    monkeypatch.setenv("CADUCEE_PKCS11_MODULE", str(file))
    found = programs.module(place)
    assert (found.machine_right, found.loads) == (right, loads)
    file.unlink()
    assert programs.module(place).path == ""


def test_damaged_files_and_open_rights_of_the_cache_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert not system.cache().there
    folder = tmp_path / "caducee" / "cards"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    (folder / "a.card").write_bytes(b"damaged")
    found = system.cache()
    assert (found.damaged, found.files, found.size, found.unsafe) == (1, 1, 7, "mode 0777")


def test_a_question_that_is_never_answered_ends() -> None:
    import threading

    never = threading.Event()
    assert in_time(lambda: never.wait(30), 0.01) is None
    never.set()
    assert in_time(lambda: 7, 5.0) == 7


@pytest.mark.parametrize(
    ("files", "output", "right"),
    [
        ((), "", None),
        (("/run/systemd/system/x",), "no\n", False),
        (("/run/systemd/system/x",), "yes\n", True),
        (("/run/systemd/system/x", "/run/systemd/timesync/synchronized"), "", True),
        (("/run/systemd/system/x", "/run/chrony/chronyd.pid"), "no\n", True),
        (("/run/ntpd.pid",), "", True),
    ],
)
def test_whether_something_sets_the_clock_is_reported(
    place: MachineRoot,
    monkeypatch: pytest.MonkeyPatch,
    files: tuple[str, ...],
    output: str,
    right: bool | None,
) -> None:
    for file in files:
        put(place, file)
    monkeypatch.setattr(system, "output_of", lambda *words: output)
    assert system.clock(place, FixedClock(NOW), None, "").synchronised is right


@pytest.mark.parametrize(
    ("user", "settings", "variable", "read"),
    [
        (1000, "", "", True),
        (0, "", "", False),  # p11-kit: "skipping user config in program running as root"
        (1000, "user-config: none\n", "", False),
        (1000, "user-config: merge\n", "", True),
        (1000, "", "1", False),
    ],
)
def test_a_home_that_p11_kit_does_not_read_does_not_count(
    place: MachineRoot,
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    settings: str,
    variable: str,
    read: bool,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    place = MachineRoot(place.home, {"P11_NO_USER_CONFIG": variable}, place.root)
    put(place, "/usr/lib/x86_64-linux-gnu/libp11-kit.so.0")
    put(place, "/etc/pkcs11/pkcs11.conf", settings)
    library = put(place, "/opt/libcaducee_pkcs11.so")
    monkeypatch.setenv("CADUCEE_PKCS11_MODULE", str(library))
    folder = place.home / ".config/pkcs11/modules"
    folder.mkdir(parents=True)
    (folder / "caducee.module").write_text(f"module: {library}\n")
    assert programs.p11kit(place).state == ("installed" if read else "absent")


def extension_hosts(place: MachineRoot) -> dict[str, str]:
    return {
        browser.browser: browser.state
        for browser in programs.browsers(place)
        if browser.kind == "host"
    }


def test_the_program_of_the_extension_may_be_there_for_everybody(place: MachineRoot) -> None:
    for program in ("firefox", "chromium"):
        put(place, f"/usr/bin/{program}").chmod(0o755)
    seen = MachineRoot(place.home, {"PATH": "/usr/bin"}, place.root)
    assert extension_hosts(seen)["Firefox"] == extension_hosts(seen)["Chromium"] == "absent"
    Installer(BrowserLocations(place.home, system=True, root=place.root), None).install()
    assert extension_hosts(seen)["Firefox"] == extension_hosts(seen)["Chromium"] == "installed"
    for manifest in place.root.rglob("org.caducee.host.json"):
        manifest.write_text("{}")
    assert extension_hosts(seen)["Firefox"] == extension_hosts(seen)["Chromium"] == "other"
    Installer(BrowserLocations(place.home, system=False, root=place.root), None).install()
    assert extension_hosts(seen)["Firefox"] == extension_hosts(seen)["Chromium"] == "installed"

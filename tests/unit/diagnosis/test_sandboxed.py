# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Flatpaks and Snaps as their files tell them: made-up trees of the documented form."""

import json
from pathlib import Path

import pytest

from caducee.diagnosis.facts import SandboxedProgram
from caducee.diagnosis.machine.root import MachineRoot
from caducee.diagnosis.machine.sandboxed import sandboxed
from caducee.spec.pcsclite import understand

APP = "org.example.Signer"
METADATA = "[Application]\nname=org.example.Signer\n\n[Context]\nsockets={sockets}\n"
CONNECTIONS = """Interface  Plug            Slot       Notes
network    signer:network  :network   -
pcscd      signer:pcscd    {slot}     -
"""


@pytest.fixture
def place(tmp_path: Path) -> MachineRoot:
    return MachineRoot(tmp_path / "home", {"PATH": "/usr/bin"}, tmp_path / "system")


def put(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def flatpak(root: Path, sockets: str = "x11;pcsc;", *, library: bool = True) -> Path:
    active = root / "app" / APP / "current/active"
    put(active / "metadata", METADATA.format(sockets=sockets))
    if library:
        put(active / "files/lib/libpcsclite.so.1")
    return active


def test_without_any_there_is_none(place: MachineRoot) -> None:
    assert sandboxed(place) == ()


@pytest.mark.parametrize("of_user", [False, True])
def test_a_flatpak_that_asks_for_pcsc_may_reach_it(place: MachineRoot, of_user: bool) -> None:
    flatpak(place.home / ".local/share/flatpak" if of_user else place.under("/var/lib/flatpak"))
    assert sandboxed(place) == (SandboxedProgram(name=APP, form="flatpak"),)


@pytest.mark.parametrize(
    ("sockets", "overrides", "allowed"),
    [
        ("x11;", {}, False),
        ("x11;", {"user": "sockets=pcsc;"}, True),
        ("x11;", {"system": "filesystems=/run/pcscd:ro;"}, True),
        ("pcsc;", {"user": "sockets=!pcsc;"}, False),
        ("pcsc;", {"system": "sockets=!pcsc;", "user": "sockets=pcsc;"}, True),
        ("pcsc;", {"user": "no key file at all"}, True),
    ],
)
def test_overrides_of_the_user_count_after_those_of_the_system(
    place: MachineRoot, sockets: str, overrides: dict[str, str], allowed: bool
) -> None:
    roots = {
        "system": place.under("/var/lib/flatpak"),
        "user": place.home / ".local/share/flatpak",
    }
    flatpak(roots["system"], sockets)
    for whose, text in overrides.items():
        put(roots[whose] / "overrides" / APP, f"[Context]\n{text}\n")
    (found,) = sandboxed(place)
    assert found.allowed is allowed


def test_a_flatpak_without_a_library_is_no_matter_of_ours(place: MachineRoot) -> None:
    flatpak(place.under("/var/lib/flatpak"), library=False)
    assert sandboxed(place) == ()


def test_the_library_that_a_flatpak_was_built_with_is_read_from_its_manifest(
    place: MachineRoot,
) -> None:
    active = flatpak(place.under("/var/lib/flatpak"))
    url = "https://pcsclite.apdu.fr/files/pcsc-lite-2.0.1.tar.xz"
    inner = {"name": "pcsc-lite", "sources": [{"type": "archive", "url": url}]}
    output = {"modules": ["shared.json", {"name": "signer", "modules": [inner]}]}
    put(active / "files/manifest.json", json.dumps(output))
    (found,) = sandboxed(place)
    assert found.library == "2.0.1"
    put(active / "files/manifest.json", "{")
    assert sandboxed(place)[0].library == ""


def snap(place: MachineRoot, slot: str) -> None:
    active = place.under("/snap/signer/current")
    put(active / "meta/snap.yaml", "name: signer\napps:\n  signer:\n    plugs:\n      - pcscd\n")
    manifest = "stage-packages:\n- libpcsclite1=1.9.5-3ubuntu1\n"
    put(active / "snap/manifest.yaml", manifest)
    output = CONNECTIONS.format(slot=slot)
    script = f"#!/bin/sh\n[ \"$*\" = 'connections signer' ] && cat <<'E'\n{output}E\n"
    put(place.under("/usr/bin/snap"), script).chmod(0o755)


@pytest.mark.parametrize(("slot", "allowed"), [(":pcscd", True), ("-", False)])
def test_a_snap_reaches_pcscd_when_its_plug_is_connected(
    place: MachineRoot, slot: str, allowed: bool
) -> None:
    snap(place, slot)
    (found,) = sandboxed(place)
    assert (found.form, found.allowed, found.library) == ("snap", allowed, "1.9.5")


def test_a_snap_that_asks_for_nothing_and_brings_nothing_is_left_out(place: MachineRoot) -> None:
    put(place.under("/snap/editor/current/meta/snap.yaml"), "name: editor\nplugs:\n  network:\n")
    assert sandboxed(place) == ()


@pytest.mark.parametrize(
    ("library", "service", "fine"),
    [
        ((2, 0, 1), (2, 2, 3), True),
        ((2, 0, 1), (2, 3, 3), False),
        ((2, 3, 3), (2, 0, 1), False),
        ((2, 4, 1), (2, 0, 1), True),
        ((2, 0, 1), (2, 4, 1), True),
        ((2, 5, 0), (2, 3, 3), True),
        ((1, 8, 20), (2, 4, 1), False),
        ((1, 8, 20), (1, 8, 19), True),
    ],
)
def test_who_understands_whom(
    library: tuple[int, ...], service: tuple[int, ...], fine: bool
) -> None:
    assert understand(library, service) is fine

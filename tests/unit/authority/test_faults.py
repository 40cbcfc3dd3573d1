# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Kills, two writers, a clock that goes back, a full disk: nothing is lost, doubled or halved.

Processes of their own do the work on a world in a folder, with keys on a curve, which are made
fast. What they leave is judged by this process.
"""

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.unit.authority.test_crl import number, parsed

from caducee.authority.authority import Authority
from caducee.authority.keys import FreshKeys, KeyKind
from caducee.base.clock import SystemClock
from caducee.directory import schema
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import identities
from caducee.issuance.software import issue_software
from caducee.spec import igc
from caducee.trust import CertificatePurpose, CrlSource, validate

CA = igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.PERSONNES)
ROOT = igc.ca(igc.Range.ELEMENTAIRE)
CURVE = FreshKeys(KeyKind.EC_P256)

IMPORTS = """
import datetime as dt, json, os, signal, sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric import ec
from caducee.authority.authority import Authority
from caducee.authority.keys import FreshKeys, KeyKind
from caducee.base.clock import ShiftedClock, SystemClock
from caducee.base.errors import CpsError
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import identities
from caducee.issuance.software import issue_software
from caducee.spec import igc

CA = igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.PERSONNES)
"""

COMMON = (
    IMPORTS
    + """
KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
folder = Path(sys.argv[1])
clock = ShiftedClock(SystemClock())
registry = Registry(f"sqlite:///{folder / 'registry.db'}")
authority = Authority(
    folder / "ca", RegistryRecords(registry), clock, keys=FreshKeys(KeyKind.EC_P256)
)

def issue(order):
    return issue_software(registry, authority, identities.person(order), KEY)
"""
)


class Left:
    """What a process left in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = Registry(f"sqlite:///{folder / 'registry.db'}")
        records = RegistryRecords(self.registry)
        self.authority = Authority(folder / "ca", records, SystemClock(), keys=CURVE)

    def __enter__(self) -> "Left":
        return self

    def __exit__(self, *_: object) -> None:
        self.registry.close()

    def issue(self, order: int) -> x509.Certificate:
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        return issue_software(self.registry, self.authority, identities.person(order), key)

    def serials(self) -> Counter[tuple[str, str]]:
        """Return the issuer and serial of every certificate that is recorded."""
        table = schema.certificate
        with self.registry.reading() as connection:
            rows = connection.execute(sa.select(table.c.issuer, table.c.serial)).all()
        return Counter((issuer, serial) for issuer, serial in rows)

    def check(self) -> None:
        """Judge all that is there: database, keys, lists, chains, and that work goes on."""
        with self.registry.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        leaf = self.issue(1)
        known = (*self.authority.anchors(), *self.authority.intermediates())
        recorded = self.serials()
        assert set(recorded.values()) == {1}
        for item in known:
            assert (_issuer(item), f"{item.serial_number:X}") in recorded
        lists = CrlSource(known)
        for ca in (ROOT, CA):
            newest = [
                self.authority.crl(generation) for generation in self.authority.generations(ca)
            ]
            again = self.authority.publish(ca)
            assert min(map(number, again)) > max(map(number, newest))
            for der in again:
                lists.load(der)
        for anchor in self.authority.anchors():
            result = validate(
                leaf,
                self.authority.intermediates(),
                anchors=[anchor],
                at=self.authority.now(),
                purpose=CertificatePurpose.ANY,
                revocation=lists,
            )
            assert [failure.code for failure in result.failures()] == []


def _issuer(certificate: x509.Certificate) -> str:
    return str(certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def made(folder: Path) -> Path:
    """Make a world with one certificate in a folder."""
    with Left(folder) as world:
        world.issue(0)
        world.authority.crl(CA)
    return folder


VICTIMS = (
    IMPORTS
    + """
import sqlalchemy as sa

def renew(folder, point, moment):
    events = 0

    def around(keep):
        def call(*arguments, **options):
            nonlocal events
            events += 1
            mine = events
            if (mine, "before") == (point, moment):
                os.kill(os.getpid(), signal.SIGKILL)
            result = keep(*arguments, **options)
            if (mine, "after") == (point, moment):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    registry = Registry(f"sqlite:///{folder / 'registry.db'}")
    records = RegistryRecords(registry)
    keys = FreshKeys(KeyKind.EC_P256)
    authority = Authority(folder / "ca", records, SystemClock(), keys=keys)
    authority.current(CA)
    dialect = sa.engine.default.DefaultDialect
    dialect.do_commit = around(dialect.do_commit)
    os.replace = around(os.replace)
    for ca in (igc.ca(igc.Range.ELEMENTAIRE), CA):
        authority.renew_key(ca)
    os._exit(events)

for folder, point, moment in json.load(sys.stdin):
    child = os.fork()
    if not child:
        renew(Path(folder), point, moment)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
)

EVENTS = 10
"""Of each of two renewals: three serials, one record of all certificates, the file."""

MOMENTS = [(point, moment) for point in range(1, EVENTS + 1) for moment in ("before", "after")]


def renewals(victims: list[tuple[Path, int, str]]) -> list[int]:
    """Let a process for each folder renew until its kill; return how each of them ended."""
    done = subprocess.run(
        [sys.executable, "-c", VICTIMS],
        input=json.dumps([(str(folder), point, moment) for folder, point, moment in victims]),
        stdout=subprocess.PIPE,
        text=True,
        timeout=200,
        check=True,
    )
    return [int(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, str], Path]:
    """Worlds whose renewals were killed around each write, by the write and the moment."""
    first = made(tmp_path_factory.mktemp("renewed"))
    folders = {}
    for moment in MOMENTS:
        folders[moment] = first.parent / f"victim-{moment[0]}-{moment[1]}"
        shutil.copytree(first, folders[moment])
    ended = renewals([(folder, *moment) for moment, folder in folders.items()])
    assert set(ended) == {-signal.SIGKILL}
    return folders


def test_a_renewal_has_just_these_writes(tmp_path: Path) -> None:
    assert renewals([(made(tmp_path), 0, "never")]) == [EVENTS]
    with Left(tmp_path) as left:
        left.check()
        assert [generation.generation for generation in left.authority.generations(CA)] == [1, 2]


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=120)


@pytest.mark.parametrize(("point", "moment"), MOMENTS)
def test_a_renewal_killed_at_any_write_leaves_a_world_that_goes_on(
    victims: dict[tuple[int, str], Path], point: int, moment: str
) -> None:
    with Left(victims[point, moment]) as left:
        done = point if moment == "after" else point - 1
        before = {ROOT: 2 if done >= 5 else 1, CA: 2 if done >= 10 else 1}
        assert {ca: len(left.authority.generations(ca)) for ca in (ROOT, CA)} == before
        left.check()
        for ca in (ROOT, CA):
            assert left.authority.renew_key(ca, CURVE).generation == before[ca] + 1
        left.check()


WRITER = (
    COMMON
    + """
first, numbers, serials = int(sys.argv[2]), [], []
for order in range(first, first + 12):
    one = issue(order)
    serials.append(one.serial_number)
    if order % 3 == 0:
        authority.revoke(CA, one.serial_number)
    made = authority.generations(CA)[0]
    authority.new_crl(made)
    numbers.append(authority._records.newest_crl(CA.common_name).number)
    authority.new_delta_crl(made)
    if order == first + 6:
        authority.renew_key(CA)
print(json.dumps({"numbers": numbers, "serials": serials}))
"""
)


def test_two_writers_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    made(tmp_path)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(first)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in (100, 200)
    ]
    said = [json.loads(entry.communicate(timeout=120)[0]) for entry in running]
    assert [entry.returncode for entry in running] == [0, 0]
    for item in said:
        # What is in force never goes back, whoever made it.
        assert item["numbers"] == sorted(item["numbers"])
    serials = [serial for entry in said for serial in entry["serials"]]
    assert len(set(serials)) == 24
    with Left(tmp_path) as left:
        assert {(CA.common_name, f"{entry:X}") for entry in serials} < set(left.serials())
        assert [generation.generation for generation in left.authority.generations(CA)] == [1, 2, 3]
        left.check()
        newest = left.authority.publish(CA)
        revoked = {entry.serial_number for entry in parsed(newest[0])}
        assert len(revoked) == 8
        assert all({entry.serial_number for entry in parsed(der)} == revoked for der in newest)


STEPS = (
    COMMON
    + """
numbers = []
for hours in (0, -48, 24, -72, 0, 300, -1):
    clock.by = dt.timedelta(hours=hours)
    one = issue(100 + len(numbers))
    authority.revoke(CA, one.serial_number)
    authority.publish(CA)
    full = authority.crl_record(CA)
    assert full.this_update == clock.now().replace(microsecond=0) or hours
    numbers.append(full.number)
print(json.dumps(numbers))
"""
)


def test_numbers_grow_while_the_clock_steps_back_and_forth(tmp_path: Path) -> None:
    numbers = json.loads(run(STEPS, made(tmp_path)).stdout)
    assert numbers == sorted(set(numbers))
    with Left(tmp_path) as left:
        left.check()
        assert len(parsed(left.authority.publish(CA)[0])) == 7


FULL = (
    COMMON
    + """
import errno, resource
kind = sys.argv[2]
ballast = folder / "ballast"
if kind == "limit":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    largest = (folder / "registry.db").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
else:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC

codes, count = [], 0
for order in range(100, 160):
    try:
        issue(order)
        count += 1
    except CpsError as error:
        codes.append(error.code)
for work in (authority.publish, authority.renew_key):
    try:
        work(CA)
    except CpsError as error:
        codes.append(error.code)
if kind == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
else:
    ballast.unlink()
issue(99)
authority.publish(CA)
authority.renew_key(CA)
print(json.dumps({"codes": codes, "count": count}))
"""
)


def judged(folder: Path, said: dict[str, object]) -> None:
    """Judge what a process left that met a full disk, and went on when there was room again."""
    codes = said["codes"]
    assert isinstance(codes, list)
    assert codes
    assert set(codes) <= {"directory.database_failed", "base.file_unwritable"}
    with Left(folder) as left:
        leaves = [serial for serial in left.serials() if serial[0] == CA.common_name]
        # One before, those that were issued, one after; the links of each renewal.
        links = 2 * (len(left.authority.generations(CA)) - 1)
        assert len(leaves) == 2 + int(str(said["count"])) + links
        left.check()


def test_a_file_that_may_not_grow_stops_the_work_and_spoils_nothing(tmp_path: Path) -> None:
    said = run(FULL, made(tmp_path), "limit").stdout
    judged(tmp_path, json.loads(said))


@pytest.mark.system
@pytest.mark.namespaces("mount")
def test_a_disk_without_room_stops_the_work_and_spoils_nothing(tmp_path: Path) -> None:
    """In a small file system of its own, which is copied when its room was given back."""
    world, disk, after = tmp_path / "world", tmp_path / "disk", tmp_path / "after"
    world.mkdir()
    disk.mkdir()
    made(world)
    size = sum(path.stat().st_size for path in world.rglob("*") if path.is_file())
    shell = (
        'mount -t tmpfs -o size="$1" none "$2" && cp -a "$3/." "$2/" && '
        '"$5" -c "$6" "$2" room && cp -a "$2" "$4"'
    )
    arguments = [str(size * 2 + 400_000), disk, world, after, sys.executable, FULL]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", shell, "sh", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    judged(after, json.loads(done.stdout))
    shutil.rmtree(after)

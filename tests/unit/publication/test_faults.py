# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Publishing goes on through a full disk, kills, two writers and a clock that steps.

Whatever happens, the numbers of the lists that somebody gets never go back.
"""

import contextlib
import datetime as dt
import http.client
import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from tests.unit.publication.conftest import FORT_PP, KEYS, Get, Points

from caducee.issuance import CardOrder, identities
from caducee.sandbox.world import Sandbox

LIST = f"/CRL/{FORT_PP.file}.crl"
DAY = dt.timedelta(days=1)


def number(der: bytes) -> int:
    crl = x509.load_der_x509_crl(der)
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def question(points: Points, nonce: bytes) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        points.issued.authentication, points.ca(FORT_PP), hashes.SHA256()
    )
    builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


@contextlib.contextmanager
def no_room(folder: Path) -> Iterator[None]:
    """Let the database of a world refuse every new line, as on a disk without room."""
    tables = ("crl", "delta_crl", "certificate", "serial")
    with contextlib.closing(sqlite3.connect(folder / "registry.db", timeout=60)) as database:
        for table in tables:
            database.execute(
                f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            )
        database.commit()
        yield
        for table in tables:
            database.execute(f"DROP TRIGGER full_{table}")
        database.commit()


def test_without_room_the_newest_list_is_given_until_it_ends(points: Points, get: Get) -> None:
    first = number(get(LIST).body)
    with no_room(points.world.folder):
        points.advance(2 * DAY)
        old = get(LIST)
        assert (old.status, number(old.body)) == (200, first)
        assert get("/").status == 200
        points.advance(10 * DAY)
        refused = get(LIST)
        assert (refused.status, refused.headers["retry-after"]) == (503, "60")
        assert get("/PC").status == 200
    after = get(LIST)
    assert after.status == 200
    assert number(after.body) > first


def test_without_room_the_responder_signs_on_with_the_certificate_it_has(
    points: Points, get: Get
) -> None:
    before = ocsp.load_der_ocsp_response(get("/ocsp", "POST", question(points, b"1")).body)
    with no_room(points.world.folder):
        points.advance(25 * DAY)  # a new responder is due ten days before the end
        said = ocsp.load_der_ocsp_response(get("/ocsp", "POST", question(points, b"2")).body)
        assert said.certificate_status is ocsp.OCSPCertStatus.GOOD
        assert said.certificates == before.certificates
        points.advance(10 * DAY)
        said = ocsp.load_der_ocsp_response(get("/ocsp", "POST", question(points, b"3")).body)
        assert said.response_status is ocsp.OCSPResponseStatus.TRY_LATER
    said = ocsp.load_der_ocsp_response(get("/ocsp", "POST", question(points, b"4")).body)
    assert said.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert said.certificates != before.certificates


def test_two_publishers_of_one_world_never_let_a_number_go_back(points: Points) -> None:
    seen: list[int] = []
    lock = threading.Lock()
    failed: list[BaseException] = []

    def ask(place: str) -> None:
        try:
            connection = http.client.HTTPConnection(place, timeout=60)
            for _ in range(40):
                with lock:
                    least = max(seen, default=0)
                connection.request("GET", LIST)
                found = number(connection.getresponse().read())
                assert found >= least
                with lock:
                    seen.append(found)
            connection.close()
        except BaseException as error:
            failed.append(error)

    machine = points.clock
    with (
        Sandbox(points.world.folder, machine=machine, ca_keys=KEYS) as other,
        other.publication() as second,
    ):
        places = (f"{points.host}:{points.port}", second.removeprefix("http://"))
        threads = [threading.Thread(target=ask, args=(place,)) for place in 2 * places]
        for thread in threads:
            thread.start()
        while alive := [item for item in threads if item.is_alive()]:
            points.advance(DAY)
            alive[0].join(0.02)  # one that has ended would not be waited for
    assert failed == []
    assert len(set(seen)) > 2


PUBLISHER = """
import json, sys, threading, time
from pathlib import Path
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
ca = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
with Sandbox(Path(sys.argv[1])) as world, world.publication() as address:
    print(json.dumps(address), flush=True)
    while True:
        world.authority.new_crl(ca)
        world.authority.new_delta_crl(ca)
"""


def test_a_publisher_that_is_killed_goes_on_with_greater_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    with Sandbox.create(folder, ca_keys=KEYS) as world:
        world.issue(CardOrder(person=identities.person(1)), keys=KEYS)
    last = 0
    for asked in (3, 1, 7, 2):
        command = [sys.executable, "-c", PUBLISHER, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            place = json.loads(running.stdout.readline()).removeprefix("http://")
            for _ in range(asked):
                connection = http.client.HTTPConnection(place, timeout=60)
                connection.request("GET", LIST)
                found = number(connection.getresponse().read())
                connection.close()
                assert found >= last
                last = found
            running.kill()
    with Sandbox(folder) as world:
        assert number(world.authority.crl(FORT_PP)) >= last
        assert number(world.authority.new_crl(FORT_PP)) > last


@pytest.mark.parametrize("steps", [(400, -400, 0), (-30, 30), (3650, -3000)])
def test_after_a_step_of_the_clock_lists_speak_of_the_time_that_it_shows(
    points: Points, get: Get, steps: tuple[int, ...]
) -> None:
    last = number(get(LIST).body)
    for days in steps:
        points.advance(days * DAY)
        answer = get(LIST)
        crl = x509.load_der_x509_crl(answer.body)
        now = points.world.clock.now()
        if crl.next_update_utc is not None:
            assert crl.last_update_utc <= now < crl.next_update_utc
        assert number(answer.body) >= last
        last = number(answer.body)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Delta lists (RFC 5280 5.2.4): what they hold, which full list they go beyond, and their numbers.

A publisher that is killed at any moment leaves whole lists whose numbers never went back.
"""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from tests.unit.authority.conftest import NOW, Issue, Requests
from tests.unit.authority.test_crl import AUTH, FORT, FORT_PP, number, parsed, serials

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock, SystemClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.spec import igc

START = NOW.replace(microsecond=0)
LATER = dt.timedelta(minutes=5)


def base(der: bytes) -> int:
    found = parsed(der).extensions.get_extension_for_class(x509.DeltaCRLIndicator)
    return found.value.crl_number


def test_a_delta_list_names_its_base_in_a_critical_extension(
    authority: Authority, clock: FixedClock
) -> None:
    full = authority.crl(FORT_PP)
    clock.advance(LATER)
    delta = parsed(authority.delta_crl(FORT_PP))
    assert [
        (extension.oid.dotted_string, extension.critical) for extension in delta.extensions
    ] == [
        ("2.5.29.35", False),
        ("2.5.29.20", False),
        ("2.5.29.27", True),
    ]
    assert base(authority.delta_crl(FORT_PP)) == number(full)
    issuer = authority.certificate(FORT_PP)
    assert delta.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # RSA
    assert delta.issuer == issuer.subject


@pytest.mark.parametrize(
    ("ca", "hours"), [(FORT_PP, igc.DELTA_PERIOD), (FORT, igc.ROOT_DELTA_PERIOD)]
)
def test_a_delta_list_holds_for_its_own_period(
    authority: Authority, ca: igc.CaFacts, hours: dt.timedelta
) -> None:
    delta = parsed(authority.delta_crl(ca))
    assert delta.last_update_utc == START
    assert delta.next_update_utc == START + hours


def test_a_delta_list_holds_only_what_the_full_list_does_not(
    authority: Authority, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    old, new, good = (issue(requests("olivier", AUTH)) for _ in range(3))
    authority.revoke(FORT_PP, old.serial_number)
    full = authority.crl(FORT_PP)
    clock.advance(LATER)
    authority.revoke(FORT_PP, new.serial_number)
    delta = authority.new_delta_crl(FORT_PP)
    assert serials(full) == [old.serial_number]
    assert serials(delta) == [new.serial_number]
    assert good.serial_number not in serials(delta)
    assert number(delta) > base(delta) == number(full)


def test_a_revocation_that_a_clock_dates_before_the_full_list_stands_in_the_delta(
    authority: Authority, issue: Issue, requests: Requests, clock: FixedClock
) -> None:
    made = issue(requests("olivier", AUTH))
    authority.crl(FORT_PP)
    clock.advance(-LATER)
    authority.revoke(FORT_PP, made.serial_number)
    clock.advance(2 * LATER)
    assert serials(authority.new_delta_crl(FORT_PP)) == [made.serial_number]


def test_full_and_delta_lists_share_one_sequence_of_numbers(
    authority: Authority, clock: FixedClock
) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(number(authority.new_crl(FORT_PP)))
        clock.advance(LATER)
        numbers.append(number(authority.new_delta_crl(FORT_PP)))
        clock.advance(LATER)
    assert numbers == sorted(set(numbers))


def test_a_delta_list_of_the_same_moment_and_content_has_the_number_of_the_full_list(
    authority: Authority,
) -> None:
    full = authority.crl(FORT_PP)
    delta = authority.delta_crl(FORT_PP)
    assert number(delta) == base(delta) == number(full)
    assert serials(delta) == []


def test_the_delta_list_stays_until_the_next_is_due(
    authority: Authority, clock: FixedClock
) -> None:
    authority.crl(FORT_PP)
    clock.advance(LATER)
    first = authority.delta_crl(FORT_PP)
    clock.advance(igc.DELTA_EVERY - dt.timedelta(seconds=1))
    assert authority.delta_crl(FORT_PP) == first
    clock.advance(dt.timedelta(seconds=1))
    assert number(authority.delta_crl(FORT_PP)) > number(first)


def test_a_new_full_list_brings_a_new_delta_list_beyond_it(
    authority: Authority, clock: FixedClock
) -> None:
    authority.delta_crl(FORT_PP)
    clock.advance(LATER)
    full = authority.new_crl(FORT_PP)
    assert base(authority.delta_crl(FORT_PP)) == number(full)


PUBLISHER = """
import sys
from pathlib import Path
from caducee.authority.authority import Authority
from caducee.base.clock import SystemClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.spec import igc

folder = Path(sys.argv[1])
with Registry(f"sqlite:///{folder / 'registry.db'}") as registry:
    authority = Authority(folder / "ca", RegistryRecords(registry), SystemClock())
    ca = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)
    while True:
        authority.new_crl(ca)
        authority.new_delta_crl(ca)
        print("published", flush=True)
"""


def test_a_publisher_killed_at_any_moment_leaves_whole_lists_and_growing_numbers(
    tmp_path: Path, authority: Authority
) -> None:
    with Registry(f"sqlite:///{tmp_path / 'registry.db'}") as registry:
        records = RegistryRecords(registry)
        kept = Authority(tmp_path / "ca", records, SystemClock())
        key = authority.certificate(FORT_PP).public_key()
        # The fixture has made the authority in this folder, with keys that were ready.
        seen_full = seen_delta = 0
        for lists in (1, 2, 5):
            with subprocess.Popen(
                [sys.executable, "-c", PUBLISHER, str(tmp_path)], stdout=subprocess.PIPE, text=True
            ) as publisher:
                assert publisher.stdout is not None
                for _ in range(lists):
                    assert publisher.stdout.readline() == "published\n"
                publisher.kill()
            full, delta = records.newest_crl(FORT_PP.common_name), kept.delta_crl(FORT_PP)
            assert full is not None
            assert parsed(full.der).is_signature_valid(key)  # type: ignore[arg-type]  # RSA
            assert parsed(delta).is_signature_valid(key)  # type: ignore[arg-type]  # RSA
            assert number(full.der) == full.number > seen_full
            assert number(delta) > seen_delta
            seen_full, seen_delta = full.number, number(delta)
            assert number(kept.new_crl(FORT_PP)) > max(seen_full, seen_delta)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The revocation index: the same answers as the list, shared, replaced whole, never misled."""

import datetime as dt
import hashlib
import multiprocessing
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import ReasonFlags
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caducee.base.errors import StateError, TrustError
from caducee.testing.pki import NOW, Chain, Issued, authority
from caducee.trust import RevocationAnswer, RevocationState
from caducee.trust.crl import CrlIndex, VerifiedList
from caducee.trust.index import IndexSource, RevocationIndex, build
from caducee.trust.x509 import view

DAY = dt.timedelta(days=1)
GOOD, REVOKED, UNKNOWN = RevocationState.GOOD, RevocationState.REVOKED, RevocationState.UNKNOWN
DELTA = x509.DeltaCRLIndicator
COMPROMISE = [(x509.CRLReason(ReasonFlags.key_compromise), False)]
REMOVED = [(x509.CRLReason(ReasonFlags.remove_from_crl), False)]


def source(folder: Path, *known: Issued) -> IndexSource:
    return IndexSource([item.certificate for item in known], folder)


@pytest.fixture
def made(tmp_path: Path, world: Chain) -> IndexSource:
    return source(tmp_path, world.root, world.issuing)


def ask(world: Chain, made: IndexSource, at: dt.datetime = NOW) -> RevocationAnswer:
    return made.status(world.leaf.certificate, world.issuing.certificate, at)


def serial(issued: Issued) -> int:
    return issued.certificate.serial_number


def verified(issuer: Issued, *serials: int, **options: object) -> VerifiedList:
    return VerifiedList.read(issuer.crl(*serials, **options), [view(issuer.certificate)])


def index_of(issuer: Issued, *serials: int, **options: object) -> RevocationIndex:
    return RevocationIndex(build(verified(issuer, *serials, **options)), "index")


SERIALS = st.integers(min_value=1, max_value=2**159 - 1)


@settings(max_examples=60)
@given(
    st.lists(st.one_of(SERIALS, st.integers(1, 2**40)), max_size=40, unique=True),
    st.lists(SERIALS, max_size=10),
)
def test_the_index_answers_as_the_list_does(
    world: Chain, listed: list[int], others: list[int]
) -> None:
    data = world.issuing.crl(*listed, entry=COMPROMISE)
    plain = CrlIndex.read(data, [view(world.issuing.certificate)])
    index = index_of(world.issuing, *listed, entry=COMPROMISE)
    assert len(index) == len(plain) == len(listed)
    for item in (*listed, *others, *(each + 2**64 for each in listed)):
        assert index.entry(item) == plain.entry(item)


@pytest.mark.parametrize("count", [1, 1023, 1500])
@pytest.mark.parametrize("odd", [False, True])
def test_long_lists_of_one_shape_and_of_several_are_indexed_alike(
    world: Chain, count: int, odd: bool
) -> None:
    serials = [2**126 + number * 77 for number in range(count)]
    if odd:
        serials.insert(count // 2, 5)
    index = index_of(world.issuing, *serials)
    assert all(index.entry(item) is not None for item in serials)
    assert index.entry(2**126 + 1) is None
    assert index.entry(6) is None


def test_serials_that_end_alike_are_distinguished(world: Chain) -> None:
    alike = [number * 2**64 + 7 for number in range(1, 50)]
    index = index_of(world.issuing, *alike)
    assert all(index.entry(item) is not None for item in alike)
    assert index.entry(99 * 2**64 + 7) is None


def test_negative_serials_of_old_are_found(world: Chain) -> None:
    index = index_of(world.issuing, 1)
    assert index.entry(-1) is None


def test_an_index_says_good_revoked_stale_and_not_yet(world: Chain, made: IndexSource) -> None:
    assert ask(world, made).code == "trust.crl_missing"
    info = made.load(world.issuing.crl(1, 2, number=7))
    assert (info.entries, info.number, info.has_delta) == (2, 7, False)
    assert made.infos() == (info,)
    answer = ask(world, made)
    assert (answer.state, answer.facts["crl_number"]) == (GOOD, 7)
    assert ask(world, made, NOW + 7 * DAY).code == "trust.crl_stale"
    assert ask(world, made, NOW - DAY).code == "trust.crl_not_yet"
    made.load(world.issuing.crl(serial(world.leaf), number=8, entry=COMPROMISE))
    answer = ask(world, made, NOW + 99 * DAY)
    assert answer.state is REVOKED
    assert answer.facts == {"revoked_at": "2026-11-23 12:00 UTC", "reason": "keyCompromise"}


def test_a_delta_list_is_laid_over_and_the_next_one_over_the_same_complete_list(
    world: Chain, made: IndexSource
) -> None:
    leaf = serial(world.leaf)
    made.load(world.issuing.crl(5, leaf, number=3, entry=COMPROMISE))
    info = made.load_delta(
        world.issuing.crl(leaf, number=4, more=[(DELTA(3), True)], entry=REMOVED)
    )
    assert (info.entries, info.number, info.complete_number) == (1, 4, 3)
    assert info.has_delta
    assert ask(world, made).state is GOOD
    assert made.load_delta(world.issuing.crl(9, number=5, more=[(DELTA(3), True)])).entries == 3
    assert ask(world, made).state is REVOKED
    with pytest.raises(TrustError) as caught:
        made.load_delta(world.issuing.crl(number=4, more=[(DELTA(3), True)]))
    assert caught.value.code == "trust.crl_older"


def test_a_complete_and_a_delta_list_may_come_together(world: Chain, made: IndexSource) -> None:
    delta = world.issuing.crl(serial(world.leaf), number=4, more=[(DELTA(3), True)])
    assert made.load(world.issuing.crl(5, number=3), delta).entries == 2
    assert ask(world, made).state is REVOKED
    with pytest.raises(TrustError) as caught:
        made.load(world.issuing.crl(number=3))
    assert caught.value.code == "trust.crl_older"


@pytest.mark.parametrize(("base", "number"), [(4, 10), (9, 10), (3, 3)])
def test_a_delta_list_of_another_list_is_refused(
    world: Chain, made: IndexSource, base: int, number: int
) -> None:
    made.load(world.issuing.crl(number=3))
    with pytest.raises(TrustError) as caught:
        made.load_delta(world.issuing.crl(number=number, more=[(DELTA(base), True)]))
    assert caught.value.code == "trust.crl_delta"
    assert made.infos()[0].number == 3


def test_a_delta_list_without_a_complete_one_is_refused(world: Chain, made: IndexSource) -> None:
    delta = world.issuing.crl(number=4, more=[(DELTA(3), True)])
    for take in (made.load, made.load_delta):
        with pytest.raises(TrustError) as caught:
            take(delta)
        assert caught.value.code == "trust.crl_delta"


@pytest.mark.parametrize("critical", [True, False])
def test_a_critical_extension_of_an_entry_refuses_the_list(world: Chain, critical: bool) -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
    plain = verified(world.issuing, *range(1, 2000), entry=[(odd, critical)])
    if critical:
        with pytest.raises(TrustError) as caught:
            build(plain)
        assert caught.value.code == "trust.crl_unsupported"
    else:
        assert len(RevocationIndex(build(plain), "x")) == 1999


def test_bytes_that_only_look_critical_refuse_nothing(world: Chain) -> None:
    index = index_of(world.issuing, 0x0101FF0101FF0101FF, 1)
    assert index.entry(0x0101FF0101FF0101FF) is not None


def test_a_list_of_a_part_is_refused(world: Chain, made: IndexSource) -> None:
    part = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    with pytest.raises(TrustError) as caught:
        made.load(world.issuing.crl(more=[(part, True)]))
    assert caught.value.code == "trust.crl_unsupported"


def test_a_list_of_a_renewed_key_answers_for_the_old(tmp_path: Path, world: Chain) -> None:
    old = world.root.authority("ROLLING", key_name="old")
    new = world.root.authority("ROLLING", key_name="new")
    leaf = old.issue("LEAF")
    made = source(tmp_path, world.root, old, new)
    made.load(new.crl(serial(leaf)))
    assert made.status(leaf.certificate, old.certificate, NOW).code == "trust.crl_missing"
    made.load(world.root.crl())
    assert made.status(leaf.certificate, old.certificate, NOW).state is REVOKED


def test_another_process_sees_a_list_at_its_next_question(
    tmp_path: Path, world: Chain, made: IndexSource
) -> None:
    other = source(tmp_path, world.root, world.issuing)
    made.load(world.issuing.crl(number=1))
    assert ask(world, other).state is GOOD
    made.load(world.issuing.crl(serial(world.leaf), number=2))
    assert ask(world, other).state is REVOKED


def test_an_index_is_replaced_while_others_read(
    tmp_path: Path, world: Chain, made: IndexSource
) -> None:
    made.load(world.issuing.crl(serial(world.leaf), number=1))
    held = RevocationIndex.open(next(tmp_path.glob("*.idx")))
    wrong: list[RevocationAnswer] = []
    ended = threading.Event()

    def read() -> None:
        other = source(tmp_path, world.root, world.issuing)
        while not ended.is_set():
            answer = ask(world, other)
            if answer.state is not REVOKED:
                wrong.append(answer)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(2, 30):
            made.load(world.issuing.crl(serial(world.leaf), *range(1, number), number=number))
    finally:
        ended.set()
        reader.join()
    assert not wrong
    assert held.entry(serial(world.leaf)) is not None
    assert len(held) == 1


def write(folder: str, known: list[bytes], lists: Iterable[bytes]) -> None:
    issuers = [x509.load_der_x509_certificate(entry) for entry in known]
    made = IndexSource(issuers, Path(folder))
    for item in lists:
        try:
            made.load(item)
        except TrustError as error:
            assert error.code == "trust.crl_older"


def test_of_two_writers_the_newer_list_stays(tmp_path: Path, world: Chain) -> None:
    known = [world.root.der, world.issuing.der]
    lists = [world.issuing.crl(*range(1, index + 1), number=index) for index in range(1, 21)]
    spawn = multiprocessing.get_context("fork")
    writers = [
        spawn.Process(target=write, args=(str(tmp_path), known, part))
        for part in (lists[::2], lists[1::2])
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [item.exitcode for item in writers] == [0, 0]
    (info,) = source(tmp_path, world.root, world.issuing).infos()
    assert (info.number, info.entries) == (20, 20)


def test_a_folder_that_cannot_be_written_keeps_what_was_there(
    tmp_path: Path, world: Chain, made: IndexSource
) -> None:
    with pytest.raises(StateError):
        source(tmp_path / "none", world.issuing).load(world.issuing.crl())
    assert ask(world, made).code == "trust.crl_missing"


def test_a_damaged_index_answers_nothing_and_is_replaced_by_the_next_list(
    tmp_path: Path, world: Chain, made: IndexSource
) -> None:
    made.load(world.issuing.crl(number=5))
    path = next(tmp_path.glob("*.idx"))
    path.write_bytes(path.read_bytes()[:-1])
    answer = ask(world, made)
    assert (answer.state, answer.code) == (UNKNOWN, "trust.index_broken")
    made.load(world.issuing.crl(number=5))
    assert ask(world, made).state is GOOD


def test_an_index_under_the_name_of_another_authority_is_not_believed(
    tmp_path: Path, world: Chain, made: IndexSource
) -> None:
    made.load(world.root.crl())
    path = next(tmp_path.glob("*.idx"))
    made.load(world.issuing.crl(serial(world.leaf)))
    other = next(item for item in tmp_path.glob("*.idx") if item != path)
    os.replace(path, other)
    assert ask(world, made).code == "trust.index_broken"


SAMPLE_SERIALS = [1, 2**70, 2**126]


def sealed(data: bytearray) -> bytes:
    """Put the digest right after a change, as somebody who may write the file would."""
    data[8:40] = hashlib.sha256(data[40:]).digest()
    return bytes(data)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_changed_index_is_refused_or_ends_in_a_code(
    world: Chain, changes: list[tuple[int, int]]
) -> None:
    whole = build(verified(world.issuing, *SAMPLE_SERIALS))
    data = bytearray(whole)
    for place, value in changes:
        data[place * len(data) // 10_000] = value
    if bytes(data) != whole:
        with pytest.raises(TrustError) as caught:
            RevocationIndex(bytes(data), "x")
        assert caught.value.code == "trust.index_broken"
    try:
        index = RevocationIndex(sealed(data), "x")
        for sample_serial in SAMPLE_SERIALS:
            index.entry(sample_serial)
    except TrustError as error:
        assert error.code == "trust.index_broken"


@given(st.binary(max_size=400))
def test_any_bytes_are_no_index(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        RevocationIndex(data, "x")
    assert caught.value.code == "trust.index_broken"


def test_an_empty_file_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(TrustError) as caught:
        RevocationIndex.open(tmp_path / "x")
    assert caught.value.code == "trust.index_broken"


def test_an_unknown_issuer_has_no_answer(world: Chain, made: IndexSource) -> None:
    unknown = authority("UNKNOWN")
    leaf = unknown.issue("LEAF")
    answer = made.status(leaf.certificate, unknown.certificate, NOW)
    assert answer.code == "trust.crl_missing"

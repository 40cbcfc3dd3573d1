# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Traces that may be passed on: nobody of any profile is found in them, in any encoding.

The search here knows nothing of how names are replaced: it looks at the lines as they are written,
at the bytes of every command and answer, and at files put together again.
"""

import base64
import datetime as dt
import json
import random
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from caducee.authority.authority import Authority
from caducee.base.clock import FixedClock
from caducee.base.errors import CpsError
from caducee.cryptolib import open_card
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, IssuedCard, issue_cards
from caducee.issuance.profiles import CardProfile, profile, profiles
from caducee.middleware.tracing import RecordKind, TraceLevel, Tracer, TraceRecord, TraceSettings
from caducee.middleware.tracing.anonymise import anonymise
from caducee.middleware.tracing.anonymise.pseudonyms import Pseudonyms
from caducee.middleware.tracing.anonymise.replacing import Replacer
from caducee.middleware.tracing.reading import read_traces, write_lines
from caducee.middleware.tracing.transport import TracedReader
from caducee.reader.memory import MemoryReader
from caducee.spec.cards import CARD_ISSUER
from caducee.testing.keys import SharedKeys
from caducee.virtualcard.card import VirtualCard
from caducee.virtualcard.store import MemoryStore

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)

_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{6,}(?![0-9A-Za-z])")

pytestmark = pytest.mark.xdist_group("anonymise")  # the cards are issued once

type Issued = dict[str, tuple[CardOrder, IssuedCard]]


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issued]:
    """One card of every profile."""
    folder, keys = tmp_path_factory.mktemp("world"), SharedKeys()
    with Registry(f"sqlite:///{folder}/registry.db") as registry:
        records = RegistryRecords(registry)
        authority = Authority(folder / "ca", records, FixedClock(NOW), keys=keys)
        orders = [item.order(registry) for item in profiles()]
        made = issue_cards(registry, authority, orders, keys=keys)
        names = [item.name for item in profiles()]
        yield {n: (o, c) for n, o, c in zip(names, orders, made, strict=True)}


def traced(
    folder: Path, made: CardProfile, order: CardOrder, card: IssuedCard
) -> list[TraceRecord]:
    """Everything a program may do with a card, and what a browser may say of it, as a trace."""
    settings = TraceSettings(level=TraceLevel.APDUS, folder=str(folder))
    tracer = Tracer("daemon", settings, clock=FixedClock(NOW))
    for face in made.faces:
        if face == "identification":
            continue
        reader = MemoryReader()
        reader.insert(VirtualCard(MemoryStore(card.image), face=face))
        use(TracedReader(reader, tracer), card)
    person = order.person
    der = card.authentication.public_bytes(Encoding.DER)
    whole = f"{person.given_name} {person.family_name}"
    tracer.write(
        RecordKind.PROMPT,
        holder=whole,
        card=f"CPS3v3-{card.card.number}",
        program="/home/doc/bin/program",
        site="https://hopital-nord.fr",
    )
    message = {
        "certificate": base64.b64encode(der).decode(),
        "pem": card.authentication.public_bytes(Encoding.PEM).decode(),
        "url": base64.urlsafe_b64encode(b"x" + der).decode().rstrip("="),
        "hex": der.hex(),
        "inner": base64.b64encode(json.dumps({"of": whole}).encode()).decode(),
        "reader": person.ps_idnat.encode().hex(" "),
        "words": f"Bonjour {person.given_name.title()} {person.family_name.lower()} !",
    }
    tracer.write(RecordKind.WEB, text=json.dumps(message))
    tracer.close()
    return list(read_traces([tracer.path]).records)


def use(reader: TracedReader, card: IssuedCard) -> None:
    try:
        opened = open_card(reader)
    except CpsError:
        return  # a card in a state in which it cannot be used
    with opened:
        steps: list[Callable[[], object]] = [
            opened.holder,
            opened.languages,
            opened.data_objects,
            lambda: opened.verify(card.pin),
            opened.activities,
            opened.billing,
            lambda: opened.sign(b"a letter"),
            lambda: [opened.certificate(item) for item in opened.uses],
            lambda: opened.write_data(order_note(card)),
        ]
        for step in steps:
            with suppress(CpsError):
                step()


def order_note(card: IssuedCard) -> bytes:
    return f"<note>{card.card.number}</note>".encode()


def identities(order: CardOrder, card: IssuedCard) -> set[str]:
    """What states who the holder of a card is, from the registry, not from the trace."""
    person = order.person
    found = {person.family_name, person.given_name, person.ps_idnat, card.card.number}
    found |= {person.ps_idnat[1:]} if person.ps_idnat[0] in "08" else set()
    found.add(card.image.serial if hasattr(card.image, "serial") else card.card.number[:8])
    for practice in order.practices:
        found |= {practice.structure.name, practice.structure.struct_idnat}
        if practice.billing is not None and practice.billing.number:
            found.add(practice.billing.number)
    for certificate in (card.authentication, card.signature):
        found.add(f"{certificate.serial_number:X}")
        for name in certificate.subject:
            if name.rfc4514_attribute_name in ("CN", "SN", "2.5.4.42", "2.5.4.4"):
                found.add(str(name.value))
    return {item for item in found if len(item) >= 3}


def files(records: list[TraceRecord]) -> list[bytes]:
    """Put reads together again: what follows an offset of zero, until the next one."""
    found: list[bytearray] = []
    for record in records:
        if record.kind != RecordKind.APDU or "*" in record.command:
            continue
        command, answer = bytes.fromhex(record.command), bytes.fromhex(record.response)
        if command[1] in (0xB0, 0xC0) and found and (command[1] == 0xC0 or command[2:4] != b"\0\0"):
            found[-1] += answer[:-2]
        else:
            found.append(bytearray(answer[:-2]))
    return [bytes(item) for item in found]


def survivors(records: list[TraceRecord], names: set[str]) -> list[str]:
    """Return where names are found, in each encoding."""
    text = write_lines(records).decode()
    spread = re.sub(r"\\n|\s", "", text)  # base64 in lines, hex with blanks
    small = text.lower()
    runs = [bytes.fromhex(item[: len(item) // 2 * 2]) for item in _HEX.findall(spread)]
    sent = [
        bytes.fromhex(record.command)
        for record in records
        if record.command and "*" not in record.command
    ]
    got = [bytes.fromhex(record.response) for record in records if record.response]
    whole = [b"".join(item[:-2] for item in got), b"".join(sent), *files(records), *got, *sent]
    found = []
    for name in names:
        short = len(name) < 6  # such a one may stand in random letters by chance
        if re.search(
            rf"\b{re.escape(name.lower())}\b" if short else re.escape(name.lower()), small
        ):
            found.append(f"text {name}")
        for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
            try:
                data = name.encode(encoding)
            except UnicodeEncodeError:
                continue
            if any(data in item for item in whole):
                found.append(f"{encoding} {name}")
            if any(data in run for run in runs):
                found.append(f"hex of {encoding} {name}")
            found += [f"base64 of {name}" for core in base64_cores(data) if core in spread]
        if name.isdigit() and any(name in item.hex() for item in whole):
            found.append(f"BCD {name}")
    return found


def base64_cores(data: bytes) -> Iterator[str]:
    """Yield what of a text stands in base64 at each alignment whatever is around it.

    What the number of the issuer has in common with it stands on everybody's card.
    """
    for before in range(3):
        part = data[(3 - before) % 3 :]
        part = part[: len(part) // 3 * 3]
        if len(part) >= 6 and part not in CARD_ISSUER.encode():
            yield base64.b64encode(part).decode()
            yield base64.urlsafe_b64encode(part).decode()


@pytest.fixture
def same_pseudonyms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random digits that hold six of a number by chance would be taken for a survivor."""
    chance = random.Random(1)
    monkeypatch.setattr(secrets, "SystemRandom", lambda: chance)


@pytest.mark.usefixtures("same_pseudonyms")
@pytest.mark.parametrize("name", [item.name for item in profiles()])
def test_nobody_of_any_profile_survives(issued: Issued, name: str, tmp_path: Path) -> None:
    order, card = issued[name]
    records = traced(tmp_path, profile(name), order, card)
    names = identities(order, card)
    assert survivors(records, names)  # the trace names them, or this test shows nothing
    made = anonymise(records)
    assert survivors(made, names) == []
    assert len(made) == len(records)
    assert [len(item.response) for item in made] == [len(record.response) for record in records]


def replacer(*names: str, binary: bytes = b"") -> Replacer:
    found = Pseudonyms(random.Random(1))
    for name in names:
        found.add(name)
    if binary:
        found.add_bytes(binary)
    return Replacer(found)


@given(st.binary(max_size=40), st.binary(max_size=40), st.sampled_from(["utf-8", "utf-16-le"]))
def test_a_name_in_bytes_is_found_in_hex_and_base64_whatever_is_around_it(
    before: bytes, after: bytes, encoding: str
) -> None:
    data = before + "DOC0073574".encode(encoding) + after
    item = replacer("DOC0073574")
    for form, back in (
        (data.hex(), bytes.fromhex),
        (data.hex().upper(), bytes.fromhex),
        (base64.b64encode(data).decode(), base64.b64decode),
        (base64.urlsafe_b64encode(data).decode(), base64.urlsafe_b64decode),
        (base64.encodebytes(data).decode(), base64.b64decode),
    ):
        made = item.text(f'{{"value": "{form}"}}')[11:-2]
        assert len(made) == len(form)
        assert "DOC0073574".encode(encoding) not in back(made)
        assert back(made)[len(data) - len(after) :] == after


@pytest.mark.parametrize("shift", [0, 1])
def test_a_number_is_found_as_bcd_at_either_half_of_a_byte(shift: int) -> None:
    digits = "f" * shift + "2900995235" + "f" * shift
    made = replacer("2900995235").bytes(bytes.fromhex("5a0a" + digits)).hex()
    assert "2900995235" not in made
    assert made.startswith("5a0a" + "f" * shift)


def test_names_are_found_in_other_letters_and_without_accents() -> None:
    item = replacer("Çédille", "ZOÉ")
    for text in ("ÇÉDILLE", "çédille", "cedille", "Cedille", "zoe", "Zoé", "ZOE"):
        assert item.text(f"a {text} b") != f"a {text} b", text
        assert item.bytes(text.encode("latin-1")) != text.encode("latin-1")


def test_a_short_name_is_replaced_as_a_word_alone() -> None:
    made = replacer("LI").text("LI is not in LIST, nor in 4C49; Li is")
    assert "LIST" in made and "4C49" in made
    assert not made.startswith("LI ") and "Li is" not in made


def test_an_identifier_keeps_its_pseudonym_inside_a_longer_one() -> None:
    item = replacer("99700735741", "499700735741008")
    core = item.text("99700735741")
    assert item.text("499700735741008")[1:12] == core
    assert item.text("899700735741")[1:] == core


def test_a_name_that_json_or_an_address_escapes_is_found() -> None:
    item = replacer("ZOÉ ANAÏS")
    for text in (
        '{"of": "ZO\\u00c9 ANA\\u00cfS"}',
        "?of=ZO%C3%89%20ANA%C3%8FS",
        "ZO%C3%89+ANA%C3%8FS",
    ):
        made = item.text(text)
        assert "ANA" not in made and "ZO" not in made, made


def test_bytes_that_tell_a_key_are_found_everywhere() -> None:
    modulus = bytes(range(1, 200))
    item = replacer(binary=modulus)
    assert modulus not in item.bytes(b"a" + modulus + b"b")
    assert modulus.hex() not in item.text(modulus.hex())
    assert base64.b64encode(modulus).decode() not in item.text(base64.b64encode(modulus).decode())


def test_pseudonyms_are_new_each_time() -> None:
    found = []
    for _ in range(2):
        pseudonyms = Pseudonyms()
        pseudonyms.add("DOC0073574")
        found.append(pseudonyms.texts["DOC0073574"])
    assert found[0] != found[1] != "DOC0073574"


def test_an_anonymised_card_is_still_read(issued: Issued, tmp_path: Path) -> None:
    order, card = issued["cps"]
    made = anonymise(traced(tmp_path, profile("cps"), order, card))
    kept = [
        item for item in made if item.kind == RecordKind.APDU and item.response.startswith("E5")
    ]
    assert kept  # CPS_NAME_PS keeps its form


def test_signatures_and_what_was_signed_are_not_those_of_the_card(
    issued: Issued, tmp_path: Path
) -> None:
    order, card = issued["cps"]
    records = traced(tmp_path, profile("cps"), order, card)
    made = anonymise(records)
    for before, after in zip(records, made, strict=True):
        if before.command[2:4] in ("2A", "88") and len(before.response) > 200:
            assert before.response[:-4] != after.response[:-4]
            assert before.response[-4:] == after.response[-4:]


def test_names_that_are_given_are_looked_for_too(tmp_path: Path) -> None:
    record = TraceRecord(at=NOW, kind=RecordKind.NOTE, text="Docteur Schweitzer at Lambaréné")
    (made,) = anonymise([record], ["Schweitzer", "Lambaréné"])
    assert "Schweitzer" not in made.text and "Lambar" not in made.text
    assert made.text.startswith("Docteur ")


def in_pieces(records: list[TraceRecord], size: int) -> list[TraceRecord]:
    """The same reads, each in many small ones: every name is cut somewhere."""
    made = []
    for record in records:
        if record.kind != RecordKind.APDU or record.command[2:4] != "B0":
            made.append(record)
            continue
        start, data = int(record.command[4:8], 16), bytes.fromhex(record.response[:-4])
        for at in range(0, len(data), size):
            part = data[at : at + size]
            command = f"{record.command[:4]}{start + at:04X}{len(part):02X}"
            response = part.hex().upper() + "9000"
            made.append(msgspec.structs.replace(record, command=command, response=response))
    return made


@pytest.mark.parametrize("size", [1, 4, 5])
@pytest.mark.parametrize("name", ["cps", "cpe", "cps4"])
def test_a_name_that_is_cut_by_the_reads_does_not_survive(
    issued: Issued, name: str, size: int, tmp_path: Path
) -> None:
    order, card = issued[name]
    cards = [item for item in traced(tmp_path, profile(name), order, card) if item.reader]
    records = in_pieces(cards, size)
    names = identities(order, card)
    assert survivors(records, names)
    assert survivors(anonymise(records), names) == []

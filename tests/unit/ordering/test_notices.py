# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""People learn once what became of their orders and cards, and never what did not happen."""

import datetime as dt
import email
import email.policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.unit.ordering import scenarios
from tests.unit.ordering.conftest import AT, FIT
from tests.unit.ordering.scenarios import MAKER, REVIEWER, SUPPORT, ZOE

from caducee.base.clock import FixedClock
from caducee.base.errors import IssueError, StateError
from caducee.directory.jobs import JobState
from caducee.directory.registry import Registry
from caducee.services.ordering import schema
from caducee.services.ordering.items import CallBack, StopReason
from caducee.services.ordering.mail import OutgoingMail
from caducee.services.ordering.service import Ordering
from caducee.services.ordering.states import OrderAction
from caducee.services.ordering.tools import JobKind


@pytest.fixture(autouse=True)
def addresses(registry: Registry, accounts: dict[str, str]) -> None:
    """Zoé has an address and reads English; the others have none."""
    values = {"email": "zoe@example.test", "confirmed_at": AT, "language": "en"}
    with registry.writing() as connection:
        connection.execute(
            sa.update(schema.account).where(schema.account.c.id == "zoe").values(values)
        )


def sent(tmp_path: Path) -> list[tuple[str, str]]:
    """Return subject and text of each message, oldest first."""
    found = []
    for path in sorted((tmp_path / "mail").glob("*.eml"), key=lambda item: item.stat().st_mtime_ns):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert message["to"] == "zoe@example.test"
        found.append((message["subject"], message.get_content()))
    return found


def test_decisions_and_the_end_of_production_are_reported(
    ordering: Ordering, tmp_path: Path
) -> None:
    order = ordering.orders.submit(ordering.orders.begin("zoe", FIT), ZOE, "{}")
    order = ordering.act(order, REVIEWER, OrderAction.ASK, "Which one?", link="https://x.test/1")
    ordering.worker.work("w1")
    ((subject, text),) = sent(tmp_path)
    assert order.number in subject and "has a question" in text and "https://x.test/1" in text
    assert "Which one?" not in text, "what people wrote stays with the order"
    order = ordering.orders.submit(order, ZOE, "{}")
    order = ordering.act(order, REVIEWER, OrderAction.ACCEPT)
    ordering.act(order, MAKER, OrderAction.PRODUCE)
    while ordering.worker.work("w1"):
        pass
    texts = "".join(text for _, text in sent(tmp_path))
    assert len(sent(tmp_path)) == 3
    assert "was accepted" in texts and "is made" in texts


def test_a_step_that_did_not_happen_is_not_reported(ordering: Ordering, tmp_path: Path) -> None:
    order = ordering.orders.submit(ordering.orders.begin("zoe", FIT), ZOE, "{}")
    ordering.act(order, REVIEWER, OrderAction.ACCEPT)
    with pytest.raises(IssueError):
        ordering.act(ordering.orders.order(order.id), REVIEWER, OrderAction.REFUSE, "no")
    with pytest.raises(StateError):
        ordering.act(order, REVIEWER, OrderAction.REFUSE, "in an old window")
    ordering.worker.work("w1")
    assert ["accepted" in text for _, text in sent(tmp_path)] == [True]


def test_who_has_no_address_costs_no_job(ordering: Ordering) -> None:
    order = ordering.orders.submit(ordering.orders.begin("other", FIT), scenarios.OTHER, "{}")
    ordering.act(order, REVIEWER, OrderAction.ACCEPT)
    assert ordering.jobs.count(JobKind.TELL, JobState.WAITING) == 0


def test_whoever_ordered_is_reminded_of_cards_that_end(
    ordering: Ordering, tmp_path: Path, clock: FixedClock, registry: Registry
) -> None:
    order, _ = scenarios.delivered(ordering, scenarios.cards("cps-medecin", quantity=2))
    numbers = [item.card_number or "" for item in ordering.items.page(order.id)]
    ordering.cards.lose(numbers[0], ZOE, StopReason.LOST)
    card = registry.cards.get(numbers[1])
    assert card
    clock.advance(card.expires_at - dt.timedelta(days=89) - clock.now())
    for _ in range(3):
        ordering.worker.work("w1")
    reminders = [text for _, text in sent(tmp_path) if "90 days" in text]
    assert len(reminders) == 1
    assert numbers[1] in reminders[0] and numbers[0] not in reminders[0]


def test_a_long_reminder_is_cut(ordering: Ordering, tmp_path: Path) -> None:
    scenarios.delivered(ordering, scenarios.cards("near-expiry", quantity=23))
    for _ in range(3):
        ordering.worker.work("w1")
    text = next(text for _, text in sent(tmp_path) if "end within" in text)
    assert text.count("\n29") == 20 and "and 3 more" in text


def test_whoever_ordered_is_reported_what_another_had_stopped(
    ordering: Ordering, tmp_path: Path
) -> None:
    order, _ = scenarios.delivered(ordering, scenarios.cards("cps-medecin", quantity=2))
    first, second = (item.card_number or "" for item in ordering.items.page(order.id))
    ordering.cards.lose(first, ZOE, StopReason.LOST)
    ordering.cards.lose(second, SUPPORT, StopReason.STOLEN, called_back=CallBack.FORM_TELEPHONE)
    ordering.worker.work("w1")
    reported = [text for _, text in sent(tmp_path) if "is stopped" in text]
    assert len(reported) == 1 and second in reported[0]


def test_a_message_is_sent_once_by_a_worker_that_died_after_it(
    ordering: Ordering, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordering.orders.submit(ordering.orders.begin("zoe", FIT), ZOE, "{}")
    ordering.act(order, REVIEWER, OrderAction.ACCEPT)
    with monkeypatch.context() as patch:

        def dies(*_: object) -> None:
            raise StateError("directory.database_failed", reason="killed")

        patch.setattr(type(ordering.jobs), "done", dies)
        ordering.worker.work("w1")
    assert len(sent(tmp_path)) == 1
    clock.advance(dt.timedelta(minutes=5))
    ordering.worker.work("w2")
    assert len(sent(tmp_path)) == 1
    assert ordering.jobs.count(JobKind.TELL, JobState.DONE) == 1


def test_a_mailbox_that_cannot_be_written_keeps_no_step_waiting(
    ordering: Ordering, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StateError("base.file_unwritable", path="-", reason="no room")

    with monkeypatch.context() as patch:
        patch.setattr(OutgoingMail, "send", refuse)
        scenarios.ready(ordering, scenarios.cards("cps-medecin"))
        ordering.worker.work("w1")
    assert ordering.jobs.count(JobKind.TELL, JobState.WAITING) == 2
    clock.advance(dt.timedelta(minutes=1))
    ordering.worker.work("w1")
    assert len(sent(tmp_path)) == 2


def test_who_was_erased_meanwhile_is_not_reported(
    ordering: Ordering, tmp_path: Path, registry: Registry
) -> None:
    order = ordering.orders.submit(ordering.orders.begin("zoe", FIT), ZOE, "{}")
    ordering.act(order, REVIEWER, OrderAction.ACCEPT)
    with registry.writing() as connection:
        connection.execute(sa.update(schema.account).values(email=None))
    ordering.worker.work("w1")
    assert sent(tmp_path) == []
    assert ordering.jobs.count(JobKind.TELL, JobState.DONE) == 1

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Orders by the API that many tests begin with."""

from tests.unit.ordering.api.conftest import Ask
from tests.unit.ordering.conftest import FIT

from caducee.services.ordering.service import Ordering
from caducee.services.ordering.tools import JobKind


def begun(ask: Ask, form: object = FIT) -> str:
    answer = ask("zoe", "POST", "/orders", form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def producing(ask: Ask, form: object = FIT) -> str:
    """Return the number of an order that waits for the worker."""
    number = begun(ask, form)
    for who, path, body in (
        ("zoe", "submit", None),
        ("reviewer", "steps", {"action": "accept"}),
        ("maker", "steps", {"action": "produce"}),
    ):
        answer = ask(who, "POST", f"/orders/{number}/{path}", body)
        assert answer.status_code == 200, answer.text
    return number


def made(ask: Ask, ordering: Ordering, form: object = FIT) -> str:
    number = producing(ask, form)
    assert ordering.worker.do(JobKind.PRODUCE, ordering.orders.by_number(number).id, "w1")
    return number

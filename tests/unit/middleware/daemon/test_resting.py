# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A reader's thread without work lets the card go, once, and works on afterwards."""

import queue

from caducee.middleware.daemon.workers import Workers


def test_a_thread_without_work_rests_once_after_each_job() -> None:
    rested: queue.Queue[str] = queue.Queue()
    workers = Workers(8, rested.put, rest_after=0.0)
    for count in range(2):
        assert workers.submit("reader", lambda: 7).result(20) == 7
        assert rested.get(timeout=20) == "reader"
        assert rested.empty(), count
    workers.close()

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Polite fetching: when, with which conditions, how much, and what stands in when it fails."""

import datetime as dt
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caducee.base.clock import FixedClock
from caducee.base.errors import TrustError
from caducee.testing.pki import NOW
from caducee.trust.fetch import (
    Fetcher,
    FetchRecord,
    FetchSchedule,
    HttpLimits,
    HttpResponse,
    get,
    post_ocsp,
)
from caducee.trust.fetch.schedule import conditions, due, remember

URL = "http://igc.test/CRL/ACI-FO-PP-TEST.crl"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
SCHEDULE = FetchSchedule()
OK = {"etag": '"1"', "last-modified": "Tue, 24 Nov 2026 06:00:00 GMT"}


def test_an_address_that_was_never_asked_is_due() -> None:
    assert due(FetchRecord(URL), SCHEDULE, "me") < NOW


@given(st.text(max_size=8), st.integers(0, 72))
def test_after_an_answer_it_is_due_once_a_period_within_the_spread(seed: str, hours: int) -> None:
    at = NOW + hours * HOUR
    next_time = due(remember(FetchRecord(URL), 200, OK, at), SCHEDULE, seed)
    assert at < next_time <= at + DAY
    midnight = next_time.replace(hour=0, minute=0, second=0, microsecond=0)
    after = next_time - midnight - SCHEDULE.published
    assert dt.timedelta() <= after <= SCHEDULE.spread


def test_no_two_installations_ask_at_the_same_moment() -> None:
    record = remember(FetchRecord(URL), 200, OK, NOW)
    assert len({due(record, SCHEDULE, str(index)) for index in range(200)}) == 200


def test_failures_wait_longer_and_longer_up_to_a_bound() -> None:
    record, waits = FetchRecord(URL), []
    for _ in range(12):
        record = remember(record, None, {}, NOW)
        waits.append(due(record, SCHEDULE, "me") - NOW)
    assert SCHEDULE.retry / 2 <= waits[0] <= SCHEDULE.retry
    assert waits[3] > waits[0]
    assert all(wait <= SCHEDULE.most_retry for wait in waits)
    assert remember(record, 200, OK, NOW).failures == 0


@pytest.mark.parametrize(
    ("said", "wait"),
    [("7200", 2 * HOUR), ("999999999", DAY), ("9" * 30, None), ("soon", None), ("-5", None)],
)
def test_a_server_that_asks_to_be_left_alone_is(said: str, wait: dt.timedelta | None) -> None:
    record = remember(FetchRecord(URL), 503, {"retry-after": said}, NOW)
    assert record.wait_until == (None if wait is None else NOW + wait)
    if wait is not None:
        assert due(record, SCHEDULE, "me") >= NOW + wait


def test_only_what_changed_is_asked_for() -> None:
    record = remember(FetchRecord(URL), 200, OK, NOW)
    assert conditions(record) == {
        "If-None-Match": '"1"',
        "If-Modified-Since": "Tue, 24 Nov 2026 06:00:00 GMT",
    }
    assert conditions(remember(FetchRecord(URL), 200, {"etag": "x" * 600}, NOW)) == {}
    kept = remember(record, 304, {}, NOW + DAY)
    assert (kept.etag, kept.fetched_at) == ('"1"', NOW + DAY)
    assert remember(FetchRecord(URL), 304, {}, NOW).failures == 1


@dataclass
class Site:
    """A server in record, and what it was asked."""

    answers: list[HttpResponse | TrustError]
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def __call__(self, url: str, headers: Mapping[str, str]) -> HttpResponse:
        self.asked.append(dict(headers))
        answer = self.answers.pop(0)
        if isinstance(answer, TrustError):
            raise answer
        return answer


FIRST, SAME = HttpResponse(200, OK, b"list 1"), HttpResponse(304, {}, b"")
DOWN = TrustError("trust.fetch_failed", url=URL, reason="down")


def fetcher(folder: Path, site: Site, clock: FixedClock, **more: object) -> Fetcher:
    return Fetcher(folder, clock, "me", send=site, pause=lambda _: None, **more)  # type: ignore[arg-type]


def test_a_list_is_fetched_once_and_then_kept(tmp_path: Path) -> None:
    clock, site = FixedClock(NOW), Site([FIRST, SAME])
    made = fetcher(tmp_path, site, clock)
    assert made.get(URL).fresh
    again = fetcher(tmp_path, site, clock).get(URL)
    assert (again.body, again.fresh, again.fetched_at) == (b"list 1", False, NOW)
    assert len(site.asked) == 1
    clock.advance(made.due(URL) - NOW)
    found = made.get(URL)
    assert (found.body, found.fresh, found.fetched_at) == (b"list 1", True, clock.now())
    assert site.asked[1] == conditions(remember(FetchRecord(URL), 200, OK, NOW))


def test_when_the_server_is_down_the_old_list_stands_in_and_says_so(tmp_path: Path) -> None:
    clock, site = FixedClock(NOW), Site([FIRST, DOWN, HttpResponse(500, {}, b"no")])
    made = fetcher(tmp_path, site, clock)
    made.get(URL)
    clock.advance(2 * DAY)
    found = made.get(URL)
    assert (found.body, found.fresh, found.fetched_at) == (b"list 1", False, NOW)
    assert found.failure is not None
    assert made.get(URL).failure is None  # not asked again so soon
    assert len(site.asked) == 2
    assert made.get(URL, now=True).failure is not None


def test_without_anything_held_a_failure_is_raised(tmp_path: Path) -> None:
    made = fetcher(tmp_path, Site([DOWN]), FixedClock(NOW))
    for _ in range(2):
        with pytest.raises(TrustError) as caught:
            made.get(URL)
        assert caught.value.code == "trust.fetch_failed"


@pytest.mark.parametrize("damage", [b"", b"{}\nx", b"[]\n", b"\xff\n", b"{" * 9000])
def test_a_damaged_file_is_fetched_anew(tmp_path: Path, damage: bytes) -> None:
    site = Site([FIRST, FIRST])
    made = fetcher(tmp_path, site, FixedClock(NOW))
    made.get(URL)
    next(tmp_path.glob("*.fetched")).write_bytes(damage)
    assert made.get(URL).fresh
    assert site.asked == [{}, {}]


def test_a_changed_body_on_the_disk_is_not_given(tmp_path: Path) -> None:
    site = Site([FIRST, FIRST])
    made = fetcher(tmp_path, site, FixedClock(NOW))
    made.get(URL)
    path = next(tmp_path.glob("*.fetched"))
    path.write_bytes(path.read_bytes()[:-1] + b"2")
    assert made.get(URL).body == b"list 1"


def test_a_host_is_left_alone_between_two_requests(tmp_path: Path) -> None:
    waited: list[float] = []
    site = Site([FIRST, FIRST])
    made = Fetcher(tmp_path, FixedClock(NOW), "me", send=site, pause=waited.append)
    made.get(URL)
    made.get(URL + "2")
    assert waited == [1.0]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path in ("/drip", "/drip-body"):
            end = b"\r\n\r\n" if self.path == "/drip-body" else b""
            self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: " + end)
            for _ in range(100):
                time.sleep(0.05)
                try:
                    self.wfile.write(b"x")
                except OSError:
                    return
            return
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/list")
        elif self.path == "/loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
        elif self.path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "9999")
        else:
            self.send_response(200)
            self.send_header("ETag", '"7"')
        self.end_headers()
        if self.path != "/moved":
            self.wfile.write(b"a" * 1000)

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        self.send_response(200 if self.headers["Content-Type"].endswith("ocsp-request") else 415)
        self.end_headers()
        self.wfile.write(body[::-1])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def refused(url: str, bounds: HttpLimits) -> str:
    with pytest.raises(TrustError) as caught:
        get(url, {}, bounds)
    assert "{" not in caught.value.sentence()
    return caught.value.code


def test_an_address_is_fetched_over_http(site: str) -> None:
    for path in ("/list", "/moved"):
        answer = get(site + path, {})
        assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"a" * 1000, '"7"')
    assert post_ocsp(site, b"abc") == b"cba"


def test_what_is_too_large_too_slow_or_never_ends_is_given_up(site: str) -> None:
    assert refused(site + "/list", HttpLimits(most_bytes=999)) == "trust.fetch_too_large"
    assert refused(site + "/drip", HttpLimits(seconds=0.3)) == "trust.fetch_failed"
    assert refused(site + "/drip-body", HttpLimits(seconds=0.3)) == "trust.fetch_failed"
    assert refused(site + "/loop", HttpLimits()) == "trust.fetch_failed"
    assert refused(site + "/short", HttpLimits()) == "trust.fetch_failed"
    assert refused("http://127.0.0.1:1/", HttpLimits()) == "trust.fetch_failed"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ldap://x/y", "http:///x", "http://a:b@c/", "http://[", "x", ""]
)
def test_only_plain_web_addresses_are_fetched(url: str) -> None:
    assert refused(url, HttpLimits()) == "trust.fetch_address"

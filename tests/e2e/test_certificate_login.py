# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Login by TLS client certificate in real browsers with our module, judged by the portal."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.e2e.browsers import Desk
from tests.e2e.conftest import Place, running_place
from tests.e2e.seats import Seat, at_chromium, at_firefox, new_home
from tools.native import build_host

from caducee.issuance import IssuedCard
from caducee.spec.cards import CardGeneration

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("browser")]

type SitDown = Callable[[Desk], AbstractContextManager[Seat]]

SEATS: dict[str, SitDown] = {"chromium": at_chromium, "firefox": at_firefox}
SESSION = """
fetch("/session", { headers: { accept: "application/json" } }).then((it) => it.json())
  .then((it) => it.ok ? it.identity.ps_idnat : it.refusal.code, () => "failed")
"""
NO_CARD = {"relying.certificate_absent", "relying.session_resumed"}
REFUSED = "document.querySelector('.code code')?.textContent ?? ''"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("world") / "world"
    with running_place(folder, keep_alive_seconds=1) as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = new_home(tmp_path_factory.mktemp("desk") / "home", build_host())
    with made.daemon():
        yield made


@pytest.fixture
def desk(home: Desk) -> Iterator[Desk]:
    yield home
    home.clear()


@pytest.fixture(params=SEATS)
def seat(request: pytest.FixtureRequest, desk: Desk) -> Iterator[Seat]:
    with SEATS[request.param](desk) as taken:
        yield taken


def inserted(place: Place, desk: Desk, generation: CardGeneration) -> IssuedCard:
    issued = place.issue(generation=generation)
    desk.insert(issued.image)
    return issued


@pytest.fixture
def cps3(place: Place, desk: Desk) -> IssuedCard:
    return inserted(place, desk, CardGeneration.CPS3)


@pytest.fixture
def cps4(place: Place, desk: Desk) -> IssuedCard:
    return inserted(place, desk, CardGeneration.CPS4)


def test_cps3_logs_in_over_tls_1_2(cps3: IssuedCard, place: Place, seat: Seat) -> None:
    seat.go(f"{place.addresses.tls12}/login/certificate", "1234")
    assert seat.url == f"{place.addresses.tls12}/session"
    assert seat.evaluate(SESSION) == cps3.card.ps_idnat


def test_the_button_of_the_start_page_logs_in(cps3: IssuedCard, place: Place, seat: Seat) -> None:
    seat.go(f"{place.addresses.open}/")
    seat.press("#log-in", "1234")
    assert seat.url == f"{place.addresses.tls12}/session"
    assert seat.evaluate(SESSION) == cps3.card.ps_idnat


@pytest.mark.parametrize("listener", ["tls12", "tls13"])
def test_cps4_logs_in_over_both_versions(
    cps4: IssuedCard, place: Place, seat: Seat, listener: str
) -> None:
    origin = getattr(place.addresses, listener)
    seat.go(f"{origin}/login/certificate", "1234")
    assert seat.url == f"{origin}/session"
    assert seat.evaluate(SESSION) == cps4.card.ps_idnat


def test_cps3_over_tls_1_3_is_reported_why(cps3: IssuedCard, place: Place, seat: Seat) -> None:
    seat.go(f"{place.addresses.tls13}/login/certificate")
    assert seat.evaluate(REFUSED) == "portal.certificate_absent_tls13"


def test_wrong_code_is_asked_again(cps3: IssuedCard, place: Place, seat: Seat) -> None:
    seat.go(f"{place.addresses.tls12}/login/certificate", "9999", "1234")
    assert seat.evaluate(SESSION) == cps3.card.ps_idnat


def test_three_wrong_codes_block_the_card_and_log_nobody_in(
    cps3: IssuedCard, place: Place, desk: Desk, seat: Seat
) -> None:
    seat.go(f"{place.addresses.tls12}/login/certificate", "9999", "9999", "9999", gives_up=True)
    assert seat.evaluate(REFUSED) == "relying.certificate_absent"
    assert "user PIN locked" in flags_of_the_token(desk)


def flags_of_the_token(desk: Desk) -> str:
    """Ask another program, by the same module."""
    command = ["pkcs11-tool", "--module", str(build_host()), "--list-slots"]
    done = subprocess.run(
        command, env=desk.environment(), capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def after_the_card(seat: Seat, place: Place, holder: str) -> str:
    """Return what the portal says when it no longer knows the holder.

    Firefox leaves the connection by itself; Chromium does as soon as it was idle for longer than
    the portal keeps one: it is not asked again before.
    """
    port = int(place.addresses.tls12.rpartition(":")[2])
    while (found := seat.evaluate(SESSION)) in (holder, "failed"):
        while connected(port):
            time.sleep(0.05)
    return str(found)


def connected(port: int) -> bool:
    """Tell whether a connection to a port of this machine is open (1 is ESTABLISHED)."""
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return any(to.endswith(f":{port:04X}") and state == "01" for _, _, to, state, *_ in fields)


def test_card_that_left_ends_the_session(
    cps3: IssuedCard, place: Place, desk: Desk, seat: Seat
) -> None:
    seat.go(f"{place.addresses.tls12}/login/certificate", "1234")
    assert seat.evaluate(SESSION) == cps3.card.ps_idnat
    desk.eject()
    assert after_the_card(seat, place, cps3.card.ps_idnat) == "relying.session_other_certificate"


def test_next_holder_at_firefox_is_asked_their_own_code(
    cps3: IssuedCard, place: Place, desk: Desk
) -> None:
    address = f"{place.addresses.tls12}/login/certificate"
    with at_firefox(desk) as seat:
        seat.go(address, "1234")
        desk.eject()
        after_the_card(seat, place, cps3.card.ps_idnat)
        other = inserted(place, desk, CardGeneration.CPS3)
        seat.go(address, "1234")
        while seat.evaluate(REFUSED) == "relying.certificate_absent":  # it has not looked yet
            seat.go(address, "1234")
        assert seat.evaluate(SESSION) == other.card.ps_idnat


def test_next_holder_at_chromium_starts_it_again(
    cps3: IssuedCard, place: Place, desk: Desk
) -> None:
    """Once Chromium has sent no certificate to a site, it sends none until it is started again.

    Where its last handshake was before the card left, it tries the key that is gone, and shows a
    page of its own that states this.
    """
    address = f"{place.addresses.tls12}/login/certificate"
    with at_chromium(desk) as seat:
        seat.go(address, "1234")
        desk.eject()
        after_the_card(seat, place, cps3.card.ps_idnat)
        other = inserted(place, desk, CardGeneration.CPS3)
        seat.go(address)
        reported = seat.evaluate(REFUSED) or seat.url
        assert reported in {*NO_CARD, "chrome-error://chromewebdata/"}
    with at_chromium(desk) as seat:
        seat.go(address, "1234")
        assert seat.evaluate(SESSION) == other.card.ps_idnat

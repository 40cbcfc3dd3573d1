# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A cure is believed only after the check that failed was run again."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from tests.unit.diagnosis.faults import FAULTS
from tests.unit.diagnosis.world import Break, change, healthy

from caducee.diagnosis.cures import CURES, Cure, Workshop, apply, treat, undo
from caducee.diagnosis.cures.proof import checks_of
from caducee.diagnosis.engine import run
from caducee.diagnosis.machine.place import Place
from caducee.diagnosis.machine.programs import browsers, p11kit
from caducee.diagnosis.model import Check, Report
from caducee.diagnosis.probes import ToldProbes
from caducee.diagnosis.scene import Scene

POLICIES = "etc/firefox/policies/policies.json"
BESIDE = "usr/lib/firefox-esr/distribution/policies.json"


def looking(*worlds: tuple[Break, ...]) -> Callable[[Sequence[Check]], Report]:
    """Look at one world after the other; the last one stays."""
    left = list(worlds)

    def look(checks: Sequence[Check]) -> Report:
        answers = healthy()
        for item in left.pop(0) if len(left) > 1 else left[0]:
            item(answers)
        return run(Scene(ToldProbes(answers)), checks)

    return look


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    home = tmp_path / "home"
    home.mkdir()
    module = home / "libcaducee_pkcs11.so"
    module.touch()
    monkeypatch.setenv("CADUCEE_PKCS11_MODULE", str(module))
    place = Place(home, {"PATH": "/usr/bin"}, tmp_path / "system")
    return Workshop(place, lambda *words: None, lambda *words: "", root=True)


def nothing(name: str, shop: Workshop) -> Cure:
    """Apply a cure that changes nothing."""
    return next(cure for cure in CURES if cure.name == name)


STOPPED = (FAULTS["pcscd does not run, without systemd"][0],)


@pytest.mark.parametrize("cure", CURES, ids=lambda cure: cure.name)
def test_every_cure_has_checks_that_prove_it_after_those_that_they_need(cure: Cure) -> None:
    checks = checks_of(cure.name)
    assert any(cure.name in _cures(check) for check in checks)
    names = [check.name for check in checks]
    assert all(names.index(need) < names.index(c.name) for c in checks for need in c.needs)


def _cures(check: Check) -> set[str]:
    from caducee.base import catalogue

    return {catalogue.entry(code).cure for code in check.codes}


def test_a_cure_that_helped_says_so(shop: Workshop) -> None:
    treated = treat("pcscd-start", shop, looking(STOPPED, ()), do=nothing)
    assert (treated.helped, treated.needed) == (True, True)
    assert "finds nothing more of this kind" in treated.told()


def test_a_cure_that_changed_nothing_says_that_it_did_not_help(shop: Workshop) -> None:
    treated = treat("pcscd-start", shop, looking(STOPPED), do=nothing)
    assert treated.helped is False
    assert "It did not help" in treated.told()
    assert "[diag.pcscd_stopped]" in treated.told()


def test_another_error_in_the_place_of_the_first_is_no_help(shop: Workshop) -> None:
    failed = (FAULTS["pcscd failed too often"][0],)
    treated = treat("pcscd-start", shop, looking(STOPPED, failed), do=nothing)
    assert [item.code for item in treated.left] == ["diag.pcscd_failed"]


def test_where_the_check_cannot_be_run_nobody_says_that_it_helped(shop: Workshop) -> None:
    treated = treat("scdaemon-stop", shop, looking(STOPPED), do=nothing, wait=lambda _s: None)
    assert treated.helped is None
    assert "was not checked" in treated.told()


def test_what_takes_effect_slowly_is_given_its_time(shop: Workshop) -> None:
    unset = (change("clock", offset=None, synchronised=False),)
    treated = treat(
        "clock-sync", shop, looking(unset, unset, unset, ()), do=nothing, wait=lambda _s: None
    )
    assert treated.helped


# Wrong paths of the module, wherever they stand


def policy(shop: Workshop, path: str, name: str, library: str) -> Path:
    file = shop.place.under(path)
    file.parent.mkdir(parents=True)
    devices = {"Add": {name: library, "other": "/opt/other.so"}}
    file.write_text(json.dumps({"policies": {"SecurityDevices": devices}}))
    return file


def browsers_look(shop: Workshop, checks: Sequence[Check]) -> Report:
    answers = healthy() | {"browsers": browsers(shop.place)}
    return run(Scene(ToldProbes(answers)), [check for check in checks if check.name != "module"])


@pytest.mark.parametrize("path", [POLICIES, BESIDE])
@pytest.mark.parametrize(
    ("name", "library"),
    [("caducee", "/opt/gone.so"), ("CPS", "/opt/old/libcaducee_pkcs11.so")],
)
def test_a_wrong_path_in_a_policy_is_found_and_cured_and_comes_back(
    shop: Workshop, path: str, name: str, library: str
) -> None:
    file = policy(shop, path, name, library)
    before = file.read_bytes()
    (found,) = (browser for browser in browsers(shop.place) if browser.kind == "policy")
    assert (found.path, found.state, found.reason) == (str(file), "other", library)
    look = partial(browsers_look, shop)
    report = look(checks_of("firefox-policy"))
    assert "diag.firefox_policy_elsewhere" in [finding.code for finding in report.findings]
    treated = treat("firefox-policy", shop, look)
    assert (treated.needed, treated.helped) == (True, True)
    added = json.loads(file.read_bytes())["policies"]["SecurityDevices"]["Add"]
    assert added == {
        "caducee": str(shop.place.home / "libcaducee_pkcs11.so"),
        "other": "/opt/other.so",
    }
    undo("firefox-policy", shop)
    assert file.read_bytes() == before


def test_the_cure_of_profiles_does_not_say_that_it_cured_a_policy(shop: Workshop) -> None:
    policy(shop, POLICIES, "caducee", "/opt/gone.so")
    report = browsers_look(shop, checks_of("browser-register"))
    cures = {finding.code: finding.cure for finding in report.findings}
    assert cures["diag.firefox_policy_elsewhere"] == "firefox-policy"


def test_policies_beside_firefox_do_not_count_where_there_are_those_of_the_system(
    shop: Workshop,
) -> None:
    policy(shop, BESIDE, "caducee", "/opt/gone.so")
    policy(shop, POLICIES, "caducee", str(shop.place.home / "libcaducee_pkcs11.so"))
    assert [browser.state for browser in browsers(shop.place) if browser.kind == "policy"] == [
        "installed"
    ]


def test_policies_that_cannot_be_read_are_found(shop: Workshop) -> None:
    policy(shop, POLICIES, "caducee", "x").write_text("{")
    report = browsers_look(shop, checks_of("firefox-policy"))
    assert "diag.firefox_broken" in [finding.code for finding in report.findings]


def kit(shop: Workshop, text: str, path: str = "etc/pkcs11/modules/caducee.module") -> Path:
    file = shop.place.under(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    shop.place.under("usr/bin").mkdir(parents=True, exist_ok=True)
    program = shop.place.under("usr/bin/p11-kit")
    program.write_text("")
    program.chmod(0o755)
    return file


def test_another_installation_in_p11_kit_is_found_as_it_is_in_a_database(
    shop: Workshop, tmp_path: Path
) -> None:
    other = tmp_path / "libcaducee_pkcs11.so"
    other.touch()
    file = kit(shop, f"module: {other}\n")
    assert (p11kit(shop.place).state, p11kit(shop.place).path) == ("other", str(file))
    apply("p11kit-register", shop)
    assert p11kit(shop.place).state == "installed"


def test_a_wrong_path_in_p11_kit_is_found_beside_a_right_one(shop: Workshop) -> None:
    kit(shop, f"module: {shop.place.home}/libcaducee_pkcs11.so\n")
    file = kit(shop, "module: /opt/libcaducee_pkcs11.so\n", "etc/pkcs11/modules/old.module")
    assert (p11kit(shop.place).state, p11kit(shop.place).path) == ("other", str(file))


def test_a_relative_name_in_p11_kit_is_looked_for_in_its_own_folder(shop: Workshop) -> None:
    kit(shop, "module: libcaducee_pkcs11.so\n")
    assert p11kit(shop.place).state == "other"
    inside = shop.place.under("usr/lib/x86_64-linux-gnu/pkcs11/libcaducee_pkcs11.so")
    inside.parent.mkdir(parents=True)
    inside.symlink_to(shop.place.home / "libcaducee_pkcs11.so")
    assert p11kit(shop.place).state == "installed"

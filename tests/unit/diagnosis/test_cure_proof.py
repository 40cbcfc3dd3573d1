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

from caducee.diagnosis.context import CheckContext
from caducee.diagnosis.cures import CURES, Cure, CureContext, apply, apply_and_verify, undo
from caducee.diagnosis.cures.verification import checks_of
from caducee.diagnosis.engine import run
from caducee.diagnosis.machine.programs import browsers, p11kit
from caducee.diagnosis.machine.root import MachineRoot
from caducee.diagnosis.model import Check, Report
from caducee.diagnosis.probes import RecordedProbes

POLICIES = "etc/firefox/policies/policies.json"
BESIDE = "usr/lib/firefox-esr/distribution/policies.json"


def looking(*worlds: tuple[Break, ...]) -> Callable[[Sequence[Check]], Report]:
    """Look at one world after the other; the last one stays."""
    left = list(worlds)

    def look(checks: Sequence[Check]) -> Report:
        answers = healthy()
        for item in left.pop(0) if len(left) > 1 else left[0]:
            item(answers)
        return run(CheckContext(RecordedProbes(answers)), checks)

    return look


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CureContext:
    home = tmp_path / "home"
    home.mkdir()
    module = home / "libcaducee_pkcs11.so"
    module.touch()
    monkeypatch.setenv("CADUCEE_PKCS11_MODULE", str(module))
    place = MachineRoot(home, {"PATH": "/usr/bin"}, tmp_path / "system")
    return CureContext(place, lambda *words: None, lambda *words: "", root=True)


def nothing(name: str, context: CureContext) -> Cure:
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


def test_a_cure_that_helped_says_so(context: CureContext) -> None:
    treated = apply_and_verify("pcscd-start", context, looking(STOPPED, ()), do=nothing)
    assert (treated.helped, treated.needed) == (True, True)
    assert "problem solved" in treated.text()


def test_a_cure_that_changed_nothing_says_that_it_did_not_help(context: CureContext) -> None:
    treated = apply_and_verify("pcscd-start", context, looking(STOPPED), do=nothing)
    assert treated.helped is False
    assert "The cure did not help" in treated.text()
    assert "[diag.pcscd_stopped]" in treated.text()


def test_another_error_in_the_place_of_the_first_is_no_help(context: CureContext) -> None:
    failed = (FAULTS["pcscd failed too often"][0],)
    treated = apply_and_verify("pcscd-start", context, looking(STOPPED, failed), do=nothing)
    assert [item.code for item in treated.left] == ["diag.pcscd_failed"]


def test_where_the_check_cannot_be_run_nobody_says_that_it_helped(context: CureContext) -> None:
    treated = apply_and_verify(
        "scdaemon-stop", context, looking(STOPPED), do=nothing, wait=lambda _s: None
    )
    assert treated.helped is None
    assert "Result not checked" in treated.text()


def test_what_takes_effect_slowly_is_given_its_time(context: CureContext) -> None:
    unset = (change("clock", offset=None, synchronised=False),)
    treated = apply_and_verify(
        "clock-sync", context, looking(unset, unset, unset, ()), do=nothing, wait=lambda _s: None
    )
    assert treated.helped


# Wrong paths of the module, wherever they stand


def policy(context: CureContext, path: str, name: str, library: str) -> Path:
    file = context.place.under(path)
    file.parent.mkdir(parents=True)
    devices = {"Add": {name: library, "other": "/opt/other.so"}}
    file.write_text(json.dumps({"policies": {"SecurityDevices": devices}}))
    return file


def browsers_look(context: CureContext, checks: Sequence[Check]) -> Report:
    answers = healthy() | {"browsers": browsers(context.place)}
    return run(
        CheckContext(RecordedProbes(answers)), [check for check in checks if check.name != "module"]
    )


@pytest.mark.parametrize("path", [POLICIES, BESIDE])
@pytest.mark.parametrize(
    ("name", "library"),
    [("caducee", "/opt/gone.so"), ("CPS", "/opt/old/libcaducee_pkcs11.so")],
)
def test_a_wrong_path_in_a_policy_is_found_and_cured_and_comes_back(
    context: CureContext, path: str, name: str, library: str
) -> None:
    file = policy(context, path, name, library)
    before = file.read_bytes()
    (found,) = (browser for browser in browsers(context.place) if browser.kind == "policy")
    assert (found.path, found.state, found.reason) == (str(file), "other", library)
    look = partial(browsers_look, context)
    report = look(checks_of("firefox-policy"))
    assert "diag.firefox_policy_elsewhere" in [finding.code for finding in report.findings]
    treated = apply_and_verify("firefox-policy", context, look)
    assert (treated.needed, treated.helped) == (True, True)
    added = json.loads(file.read_bytes())["policies"]["SecurityDevices"]["Add"]
    assert added == {
        "caducee": str(context.place.home / "libcaducee_pkcs11.so"),
        "other": "/opt/other.so",
    }
    undo("firefox-policy", context)
    assert file.read_bytes() == before


def test_the_cure_of_profiles_does_not_say_that_it_cured_a_policy(context: CureContext) -> None:
    policy(context, POLICIES, "caducee", "/opt/gone.so")
    report = browsers_look(context, checks_of("browser-register"))
    cures = {finding.code: finding.cure for finding in report.findings}
    assert cures["diag.firefox_policy_elsewhere"] == "firefox-policy"


def test_policies_beside_firefox_do_not_count_where_there_are_those_of_the_system(
    context: CureContext,
) -> None:
    policy(context, BESIDE, "caducee", "/opt/gone.so")
    policy(context, POLICIES, "caducee", str(context.place.home / "libcaducee_pkcs11.so"))
    assert [browser.state for browser in browsers(context.place) if browser.kind == "policy"] == [
        "installed"
    ]


def test_policies_that_cannot_be_read_are_found(context: CureContext) -> None:
    policy(context, POLICIES, "caducee", "x").write_text("{")
    report = browsers_look(context, checks_of("firefox-policy"))
    assert "diag.firefox_broken" in [finding.code for finding in report.findings]


def kit(context: CureContext, text: str, path: str = "etc/pkcs11/modules/caducee.module") -> Path:
    file = context.place.under(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    context.place.under("usr/bin").mkdir(parents=True, exist_ok=True)
    program = context.place.under("usr/bin/p11-kit")
    program.write_text("")
    program.chmod(0o755)
    return file


def test_another_installation_in_p11_kit_is_found_as_it_is_in_a_database(
    context: CureContext, tmp_path: Path
) -> None:
    other = tmp_path / "libcaducee_pkcs11.so"
    other.touch()
    file = kit(context, f"module: {other}\n")
    assert (p11kit(context.place).state, p11kit(context.place).path) == ("other", str(file))
    apply("p11kit-register", context)
    assert p11kit(context.place).state == "installed"


def test_a_wrong_path_in_p11_kit_is_found_beside_a_right_one(context: CureContext) -> None:
    kit(context, f"module: {context.place.home}/libcaducee_pkcs11.so\n")
    file = kit(context, "module: /opt/libcaducee_pkcs11.so\n", "etc/pkcs11/modules/old.module")
    assert (p11kit(context.place).state, p11kit(context.place).path) == ("other", str(file))


def test_a_relative_name_in_p11_kit_is_looked_for_in_its_own_folder(context: CureContext) -> None:
    kit(context, "module: libcaducee_pkcs11.so\n")
    assert p11kit(context.place).state == "other"
    inside = context.place.under("usr/lib/x86_64-linux-gnu/pkcs11/libcaducee_pkcs11.so")
    inside.parent.mkdir(parents=True)
    inside.symlink_to(context.place.home / "libcaducee_pkcs11.so")
    assert p11kit(context.place).state == "installed"

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Where trusted authorities and services come from when no option names them."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.unit.diagnosis.test_collection import report
from tests.unit.sandbox.conftest import order

from caducee.base.errors import ConfigError
from caducee.base.i18n import use_language
from caducee.cli import site
from caducee.cli.diag import _options, _print_json, _show, diag
from caducee.cli.site import find_site
from caducee.cryptolib import KeyUse
from caducee.diagnosis.machine.card import judged
from caducee.diagnosis.session import DiagnosisOptions
from caducee.issuance import IssuedCard
from caducee.sandbox.running import portal_noted
from caducee.sandbox.world import Sandbox
from caducee.services.web.settings import PortalAddresses
from caducee.testing.keys import SharedKeys

type Wished = Callable[..., DiagnosisOptions]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox.create(tmp_path / "world", ca_keys=SharedKeys()) as made:
        yield made


@pytest.fixture
def revoked(world: Sandbox) -> IssuedCard:
    issued = world.issue(order(world), keys=SharedKeys())
    world.revoke(issued.card.number)
    return issued


@pytest.fixture
def wished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wished:
    """What ``caducee diag`` looks at, on a machine where nothing is named for everybody."""
    monkeypatch.delenv("CADUCEE_SANDBOX", raising=False)
    monkeypatch.delenv("CADUCEE_SITE", raising=False)
    monkeypatch.setattr(site, "SITE_FILE", tmp_path / "etc" / "site.toml")
    monkeypatch.setattr(site, "TRUST_FOLDER", tmp_path / "etc" / "trust")

    def do(*arguments: str) -> DiagnosisOptions:
        with diag.make_context("diag", list(arguments)) as context:
            return _options(context.params)

    return do


def write(path: Path, *certificates: x509.Certificate) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
    )
    return path


def verdict(options: DiagnosisOptions, issued: IssuedCard) -> str:
    """Return what the judge says of a card's certificate."""
    assert options.judge is not None
    result = options.judge.judge(issued.authentication, KeyUse.AUTHENTICATION)
    assert result is not None
    return judged(KeyUse.AUTHENTICATION, result).code


def test_where_nothing_is_named_nobody_judges(wished: Wished) -> None:
    assert wished().judge is None


def test_the_sandbox_of_the_environment_judges_a_revoked_card(
    wished: Wished, world: Sandbox, revoked: IssuedCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADUCEE_SANDBOX", str(world.folder))
    assert verdict(wished(), revoked) == "trust.revoked"


def test_the_portal_of_the_sandbox_is_looked_at_while_it_runs(
    wished: Wished, world: Sandbox
) -> None:
    addresses = PortalAddresses("https://localhost:1", "https://localhost:2", "https://localhost:3")
    with portal_noted(world.folder, addresses, world.server_root()):
        found = wished("--sandbox", str(world.folder))
    assert found.services == {"portal": "https://localhost:1"}
    assert found.portal == {"1.2": "https://localhost:2", "1.3": "https://localhost:3"}
    assert found.server_authorities == world.server_root().absolute()
    assert wished("--sandbox", str(world.folder)).services == {}


def test_a_site_file_names_authorities_lists_and_services(
    wished: Wished, world: Sandbox, revoked: IssuedCard, tmp_path: Path
) -> None:
    folder = tmp_path / "etc"
    write(folder / "roots.pem", *world.authority.anchors())
    write(folder / "below" / "all.pem", *world.authority.intermediates())
    for number, item in enumerate(world.authority.crls()):
        (folder / "below" / f"{number}.crl").write_bytes(item)
    (folder / "site.toml").write_text(
        'anchors = ["roots.pem"]\nauthorities = ["below/all.pem"]\n'
        f"crl = [{', '.join(repr(f'below/{n}.crl') for n in range(number + 1))}]\n"
        'portal = "https://portal.test"\n[services]\nportal = "https://portal.test"\n'
    )
    found = wished()
    assert verdict(found, revoked) == "trust.revoked"
    assert found.portal == {"1.2": "https://portal.test"}
    assert found.services == {"portal": "https://portal.test"}


def test_without_a_site_file_the_system_folder_is_used(
    wished: Wished, world: Sandbox, revoked: IssuedCard, tmp_path: Path
) -> None:
    folder = tmp_path / "etc" / "trust"
    write(folder / "anchors" / "roots.pem", *world.authority.anchors())
    write(folder / "authorities" / "all.pem", *world.authority.intermediates())
    (folder / "crl").mkdir()
    for number, item in enumerate(world.authority.crls()):
        (folder / "crl" / f"{number}.crl").write_bytes(item)
    (folder / "crl" / "README").write_text("not a list")
    assert verdict(wished(), revoked) == "trust.revoked"


def test_a_site_file_of_the_environment_that_is_not_there_is_reported(
    wished: Wished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CADUCEE_SITE", os.fspath(tmp_path / "missing.toml"))
    with pytest.raises(ConfigError) as caught:
        find_site()
    assert caught.value.code == "base.config_unreadable"


def test_a_site_file_names_the_support(wished: Wished, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "site.toml").write_text('support_telephone = "01 99 00 12 34"\n')
    assert wished().support == "01 99 00 12 34"


@pytest.mark.parametrize("fault", ["pcscd was killed", "a test card"])
def test_the_support_is_named_where_an_error_was_found(
    capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    found, asked = report(fault), DiagnosisOptions(support="01 99 00 12 34")
    with use_language("en"):
        _show(found, asked)
        assert ("support: 01 99 00 12 34" in capsys.readouterr().out) is (found.healthy is False)
        _print_json(found, asked)
    assert json.loads(capsys.readouterr().out)["support"] == "01 99 00 12 34"


def test_a_site_file_without_authorities_uses_the_folder_beside_it(
    wished: Wished, world: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "etc"
    write(folder / "trust" / "anchors" / "roots.pem", *world.authority.anchors())
    (folder / "site.toml").write_text('portal = "https://portal.test"\n')
    assert find_site().anchors == (folder / "trust" / "anchors" / "roots.pem",)

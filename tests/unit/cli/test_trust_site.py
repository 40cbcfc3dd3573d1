# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Authorities are imported to where the diagnosis and the card manager look, and listed."""

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import TrustError
from caducee.base.i18n import use_language
from caducee.cli.site import find_site
from caducee.cli.trust import trust
from caducee.testing.pki import Chain, chain_of_three


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    monkeypatch.setenv("CADUCEE_SITE", str(tmp_path / "etc" / "site.toml"))
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "site.toml").write_text('portal = "https://portal.test"\n')
    chain = chain_of_three()
    both = (chain.root, chain.issuing)
    pem = b"".join(item.certificate.public_bytes(Encoding.PEM) for item in both)
    (tmp_path / "chain.pem").write_bytes(pem)
    return chain


def run(*words: str, command: str = "import") -> Result:
    done = CliRunner().invoke(trust, [command, *words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def sha256(der: bytes) -> str:
    """Return a fingerprint as OpenSSL prints it."""
    return hashlib.sha256(der).digest().hex(":").upper()


def test_imported_authorities_are_those_of_the_site(chain: Chain, tmp_path: Path) -> None:
    given = [f"--fingerprint={sha256(item.der)}" for item in (chain.root, chain.issuing)]
    done = run(str(tmp_path / "chain.pem"), *given, "--json")
    site = find_site()
    assert [file.read_bytes() for file in site.anchors] == [chain.root.der]
    assert [file.read_bytes() for file in site.authorities] == [chain.issuing.der]
    listed = json.loads(done.output)["imported"]
    assert [item["file"] for item in listed] == [*map(str, site.anchors + site.authorities)]
    assert site.anchors[0].stat().st_mode & 0o777 == 0o644


def test_what_is_trusted_is_listed(chain: Chain, tmp_path: Path) -> None:
    with use_language("en"):
        assert "No trusted authorities" in run(command="list").output
        run(
            str(tmp_path / "chain.pem"),
            *(f"--fingerprint={sha256(item.der)}" for item in (chain.root, chain.issuing)),
        )
        listed = json.loads(run("--json", command="list").output)["authorities"]
        assert [(item["name"], item["root"], item["published"]) for item in listed] == [
            ("ROOT", True, False),
            ("ISSUING", False, False),
        ]
        assert "ISSUING  2027-11-24  no published fingerprint" in run(command="list").output


def test_when_one_does_not_match_none_is_imported(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(TrustError) as refused:
        run(str(tmp_path / "chain.pem"), "--fingerprint", sha256(chain.root.der))
    assert refused.value.code == "trust.fingerprint_unknown"
    assert find_site().anchors == ()


def test_a_fingerprint_that_is_none_is_refused(chain: Chain, tmp_path: Path) -> None:
    assert run(str(tmp_path / "chain.pem"), "--fingerprint", "AB:CD").exit_code == 2

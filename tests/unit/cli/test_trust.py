# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""A bundle is made, shown and used by commands; certificates are judged without a network."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from caducee.base.errors import TrustError
from caducee.cli.trust import trust
from caducee.testing.pki import NOW, Chain, chain_of_three, issue, usage
from caducee.testing.pki import key as key_of

AT = NOW.isoformat()


@pytest.fixture(scope="module")
def world() -> Chain:
    return chain_of_three()


@pytest.fixture
def files(world: Chain, tmp_path: Path) -> Path:
    signer = issue("SIGNER", extensions=[(usage("digital_signature"), True)])
    for name, item in (("root", world.root), ("ca", world.issuing), ("leaf", world.leaf)):
        (tmp_path / f"{name}.pem").write_bytes(item.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "leaf.der").write_bytes(world.leaf.der)
    (tmp_path / "signer.pem").write_bytes(signer.certificate.public_bytes(Encoding.PEM))
    for name, guard in (("key", NoEncryption()), ("locked", BestAvailableEncryption(b"secret"))):
        pem = key_of("CN=SIGNER,C=FR").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, guard)
        (tmp_path / f"{name}.pem").write_bytes(pem)
    (tmp_path / "root.crl").write_bytes(world.root.crl())
    (tmp_path / "good.crl").write_bytes(world.issuing.crl(5))
    revoked = world.issuing.crl(world.leaf.certificate.serial_number)
    (tmp_path / "bad.crl").write_bytes(revoked)
    return tmp_path


def run(folder: Path, command: str, *words: str, stdin: str | None = None) -> Result:
    arguments = [str(folder / word[1:]) if word.startswith("@") else word for word in words]
    done = CliRunner().invoke(trust, [command, *arguments], input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def bundle(folder: Path, lists: str, key: str = "@key.pem", stdin: str | None = None) -> Result:
    known = ("--authorities", "@root.pem", "--authorities", "@ca.pem")
    chosen = ("--crl", "@root.crl", "--crl", lists, "--key", key)
    return run(folder, "bundle", "@out.bundle", *known, *chosen, stdin=stdin)


def check(folder: Path, *more: str, leaf: str = "@leaf.pem") -> Result:
    chain = ("--authorities", "@ca.pem", "--anchors", "@root.pem", "--at", AT)
    return run(folder, "check", leaf, *chain, *more)


def test_a_bundle_is_made_shown_and_used(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caducee.base.clock.SystemClock.now", lambda _: NOW)
    made = bundle(files, "@good.crl")
    assert "1 revoked certificates of 2 authorities" in made.output
    shown = json.loads(
        run(files, "show", "@out.bundle", "--signer", "@signer.pem", "--json").output
    )
    assert sorted(item["revoked"] for item in shown["lists"]) == [0, 1]
    assert shown["expires"] == "2026-12-01T12:00:00+00:00"
    text = run(files, "show", "@out.bundle", "--signer", "@signer.pem").output
    assert "counts until 2026-12-01 12:00 UTC" in text
    used = check(files, "--bundle", "@out.bundle", "--signer", "@signer.pem")
    assert used.exit_code == 0
    bundle(files, "@bad.crl")
    refused = check(files, "--bundle", "@out.bundle", "--signer", "@signer.pem", "--json")
    assert refused.exit_code == 1
    said = json.loads(refused.output)
    assert said["ok"] is False
    assert "trust.revoked_by_bundle" in {item["code"] for item in said["checks"]}


def test_a_bundle_of_another_signer_is_refused(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caducee.base.clock.SystemClock.now", lambda _: NOW)
    bundle(files, "@good.crl")
    with pytest.raises(TrustError) as caught:
        run(files, "show", "@out.bundle", "--signer", "@leaf.pem")
    assert caught.value.code == "trust.bundle_signature"
    assert run(files, "show", "@out.bundle").exit_code == 2


def test_a_key_with_a_passphrase_is_asked_for_it(files: Path) -> None:
    assert bundle(files, "@good.crl", "@locked.pem", stdin="secret\n").exit_code == 0
    with pytest.raises(TrustError) as caught:
        bundle(files, "@good.crl", "@locked.pem", stdin="wrong\n")
    assert caught.value.code == "cli.signing_key"


@pytest.mark.parametrize("leaf", ["@leaf.pem", "@leaf.der"])
def test_a_certificate_is_judged_by_lists(files: Path, leaf: str) -> None:
    good = check(files, "--crl", "@root.crl", "--crl", "@good.crl", leaf=leaf)
    assert (good.exit_code, "✗" in good.output) == (0, False)
    bad = check(files, "--crl", "@root.crl", "--crl", "@bad.crl", leaf=leaf)
    assert (bad.exit_code, "was revoked on" in bad.output) == (1, True)
    assert check(files, "--purpose", "signature", leaf=leaf).exit_code == 1
    assert check(files, "--purpose", "login", leaf=leaf).exit_code == 0


def test_a_moment_that_is_none_is_refused(files: Path) -> None:
    assert check(files, "--at", "soon").exit_code == 2


def test_a_file_that_is_no_certificate_is_refused(files: Path) -> None:
    for data in (b"-----BEGIN CERTIFICATE-----\nx", b"x"):
        (files / "leaf.pem").write_bytes(data)
        with pytest.raises(TrustError) as caught:
            check(files)
        assert caught.value.code == "trust.certificate_unreadable"

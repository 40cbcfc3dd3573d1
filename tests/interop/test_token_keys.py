# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Authorities whose keys never leave a PKCS#11 token (SoftHSM)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.authority.keys import KeyKind
from caducee.authority.ocsp.answers import ResponseWriter
from caducee.authority.token import TokenKeys, TokenRsaKey
from caducee.base.clock import FixedClock, SystemClock
from caducee.base.errors import KeyOperationError, StateError
from caducee.base.secret import Secret
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, identities, issue_card
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("softhsm")]

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
LABEL, PIN = "authorities", "246810"
FORT = igc.ca(igc.Range.FORT)
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make a token once: SoftHSM reads its configuration when the process first loads it."""
    folder = tmp_path_factory.mktemp("hsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    command = ["softhsm2-util", "--init-token", "--free", "--label", LABEL]
    subprocess.run([*command, "--pin", PIN, "--so-pin", PIN], check=True, stdout=subprocess.DEVNULL)
    yield LABEL
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture
def keys(token: str, tmp_path: Path) -> Iterator[TokenKeys]:
    folder = tmp_path / "ca"
    kind = KeyKind.RSA_2048
    with TokenKeys(MODULE, token, Secret(PIN.encode()), folder, kind=kind) as opened:
        yield opened


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry("sqlite://") as opened:
        yield opened


@pytest.fixture
def authority(tmp_path: Path, registry: Registry, keys: TokenKeys) -> Authority:
    records = RegistryRecords(registry)
    return Authority(tmp_path / "ca", records, SystemClock(), keys=keys, store=keys)


def test_certificates_and_lists_are_signed_in_the_token(
    authority: Authority, registry: Registry, tmp_path: Path
) -> None:
    order = CardOrder(person=identities.person(42788))
    issued = issue_card(registry, authority, order, keys=SharedKeys(card_keys=1))
    issuer, root = authority.chain(FORT_PP)
    issued.authentication.verify_directly_issued_by(issuer)
    issuer.verify_directly_issued_by(root)
    key = issuer.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    for der in (authority.crl(FORT_PP), authority.delta_crl(FORT_PP)):
        assert x509.load_der_x509_crl(der).is_signature_valid(key)
    authority.ocsp_signer(FORT_PP).certificate.verify_directly_issued_by(issuer)
    for name, item in (("leaf", issued.authentication), ("ca", issuer), ("root", root)):
        (tmp_path / f"{name}.pem").write_bytes(item.public_bytes(Encoding.PEM))
    command = ["openssl", "verify", "-CAfile", "root.pem", "-untrusted", "ca.pem", "leaf.pem"]
    said = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, check=True)
    assert said.stdout == "leaf.pem: OK\n"


def test_no_file_holds_a_key_of_an_authority(authority: Authority, tmp_path: Path) -> None:
    authority.certificate(FORT_PP)
    files = [path.read_bytes() for path in (tmp_path / "ca").glob("ACI-*.pem")]
    assert len(files) == 1
    assert b"PRIVATE KEY" not in files[0]


def test_responders_have_their_keys_in_the_token_too(authority: Authority, tmp_path: Path) -> None:
    signer = authority.ocsp_signer(FORT_PP)
    assert isinstance(signer.key, TokenRsaKey)
    signer.certificate.verify_directly_issued_by(authority.certificate(FORT_PP))
    ResponseWriter(signer).write(SystemClock().now(), [])
    files = list((tmp_path / "ca").glob("OCSP-*.pem"))
    assert len(files) == 1
    assert b"PRIVATE KEY" not in files[0].read_bytes()


def test_keys_of_responders_do_not_pile_up_in_the_token(
    registry: Registry, keys: TokenKeys, tmp_path: Path
) -> None:
    clock = FixedClock(SystemClock().now())
    authority = Authority(tmp_path / "ca", RegistryRecords(registry), clock, keys=keys, store=keys)
    made = []
    for _ in range(3):
        made.append(authority.ocsp_signer(FORT_PP))
        ResponseWriter(made[-1]).write(clock.now(), [])
        if len(made) > 1:  # whoever still answers with the one before can finish
            ResponseWriter(made[-2]).write(clock.now(), [])
        clock.advance(igc.OCSP_RESPONDER_PERIOD)
    with pytest.raises(StateError):
        ResponseWriter(made[0]).write(clock.now(), [])


def test_a_responder_whose_key_stands_in_a_file_gets_one_in_the_token(
    authority: Authority, keys: TokenKeys, registry: Registry, tmp_path: Path
) -> None:
    old = Authority(
        tmp_path / "old", RegistryRecords(registry), SystemClock(), keys=SharedKeys()
    ).ocsp_signer(FORT_PP)
    authority.certificate(FORT_PP)
    name = f"OCSP-{FORT_PP.file}.pem"
    (tmp_path / "ca" / name).write_bytes((tmp_path / "old" / name).read_bytes())
    signer = authority.ocsp_signer(FORT_PP)
    assert signer.certificate != old.certificate
    assert b"PRIVATE KEY" not in (tmp_path / "ca" / name).read_bytes()


def test_a_key_is_found_again_by_another_object(
    authority: Authority, registry: Registry, keys: TokenKeys, token: str, tmp_path: Path
) -> None:
    made = authority.certificate(FORT_PP)
    keys.ca_key(FORT_PP.common_name)  # as after a kill: a key without a certificate
    keys.close()
    with TokenKeys(MODULE, token, Secret(PIN.encode()), tmp_path / "ca") as again:
        other = Authority(
            tmp_path / "ca",
            RegistryRecords(registry),
            SystemClock(),
            keys=again,
            store=again,
        )
        assert other.certificate(FORT_PP) == made
        key = made.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        assert x509.load_der_x509_crl(other.new_crl(FORT_PP)).is_signature_valid(key)


def test_a_key_cannot_be_taken_out(keys: TokenKeys) -> None:
    key = keys.ca_key("stays")
    with pytest.raises(KeyOperationError):
        key.private_numbers()


def test_a_wrong_code_or_token_is_reported_and_the_code_is_not(token: str, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from caducee.authority.token import TokenKeys;"
        "from caducee.base.secret import Secret; from caducee.base.errors import StateError\n"
        "try: TokenKeys(Path(sys.argv[1]), sys.argv[2], Secret(sys.argv[3].encode()), Path('.'))\n"
        "except StateError as error: print(error)"
    )
    for label, code in ((token, "135791"), ("nowhere", PIN)):
        # In a process of its own: this one may be logged in already.
        command = [sys.executable, "-c", script, str(MODULE), label, code]
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        assert "authority.token_failed" in said
        assert label in said
        assert code not in said


def test_a_key_that_is_not_in_the_token_is_reported(
    authority: Authority, keys: TokenKeys, tmp_path: Path
) -> None:
    authority.certificate(FORT_PP)
    run_tool = Authority(
        tmp_path / "other", authority._records, SystemClock(), keys=SharedKeys()
    ).certificate(FORT)
    (tmp_path / "ca" / f"{FORT.file}.pem").write_bytes(run_tool.public_bytes(Encoding.PEM))
    with pytest.raises(StateError) as caught:
        keys.load(FORT.file)
    assert caught.value.code == "authority.token_key_missing"


@pytest.fixture
def elliptic(token: str, tmp_path: Path) -> Iterator[TokenKeys]:
    pin, kind = Secret(PIN.encode()), KeyKind.EC_P384
    with TokenKeys(MODULE, token, pin, tmp_path / "ca", kind=kind) as opened:
        yield opened


def test_keys_on_a_curve_sign_in_the_token_and_are_found_again(
    elliptic: TokenKeys, registry: Registry, tmp_path: Path
) -> None:
    records = RegistryRecords(registry)
    folder = tmp_path / "ca"
    authority = Authority(folder, records, SystemClock(), keys=elliptic, store=elliptic)
    issuer, root = authority.chain(FORT_PP)
    issuer.verify_directly_issued_by(root)
    key = issuer.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert x509.load_der_x509_crl(authority.crl(FORT_PP)).is_signature_valid(key)
    again = Authority(folder, records, SystemClock(), keys=elliptic, store=elliptic)
    assert again.chain(FORT_PP) == (issuer, root)
    assert x509.load_der_x509_crl(again.new_crl(FORT_PP)).is_signature_valid(key)
    with pytest.raises(KeyOperationError):
        elliptic.ca_key("stays").private_numbers()


def test_a_key_is_renewed_in_the_token(authority: Authority, tmp_path: Path) -> None:
    old = authority.certificate(FORT)
    new = authority.renew_key(FORT)
    with_new, with_old = authority.links(new)
    with_new.verify_directly_issued_by(authority.certificate(new))
    with_old.verify_directly_issued_by(old)
    assert b"PRIVATE KEY" not in (tmp_path / "ca" / f"{new.file}.pem").read_bytes()


def test_the_settings_of_a_sandbox_name_the_token(token: str, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    Sandbox.create(folder).close()
    (folder / "code").write_text(f"{PIN}\n")
    (folder / "sandbox.toml").write_text(
        '[authority]\nkeys = "ec-p256"\n[authority.token]\n'
        f'module = "{MODULE}"\nlabel = "{token}"\npin_file = "code"\n'
    )
    with Sandbox(folder) as world:
        made = world.authority.certificate(FORT_PP)
        key = made.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert x509.load_der_x509_crl(world.authority.crl(FORT_PP)).is_signature_valid(key)
    pems = {path.name: path.read_bytes() for path in (folder / "authority").glob("AC*.pem")}
    assert set(pems) == {f"{FORT.file}.pem", f"{FORT_PP.file}.pem"}
    assert not any(b"PRIVATE KEY" in pem for pem in pems.values())
    with Sandbox(folder) as again:
        assert again.authority.certificate(FORT_PP) == made


def test_a_missing_code_of_the_token_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    Sandbox.create(folder).close()
    (folder / "sandbox.toml").write_text(
        f'[authority.token]\nmodule = "{MODULE}"\nlabel = "x"\npin_file = "nowhere"\n'
    )
    with Sandbox(folder) as world, pytest.raises(StateError) as caught:
        world.authority.certificate(FORT)
    assert caught.value.code == "authority.key_unreadable"

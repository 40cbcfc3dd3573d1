# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""``caducee certificate`` and ``caducee sandbox renew-key``: files, records, refusals."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from caducee.cli.exits import Exit
from caducee.cli.main import main
from caducee.sandbox.world import Sandbox
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

type Run = Callable[..., tuple[int, str, str]]

KEYS = SharedKeys()
MINISTRY = ("300000000077081", "--structure-name", "MINISTERE DE TEST7708", "--department", "21")
ORGANISATIONS = igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.ORGANISATIONS)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in English on a new world; gives status, output, errors."""
    monkeypatch.setenv("CADUCEE_SANDBOX", str(tmp_path / "world"))
    monkeypatch.setenv("LANGUAGE", "en")
    original = Sandbox.__init__

    def with_shared_keys(self: Sandbox, folder: Path, **options: object) -> None:
        original(self, folder, ca_keys=KEYS)

    monkeypatch.setattr(Sandbox, "__init__", with_shared_keys)
    Sandbox.create(tmp_path / "world").close()

    def do(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return do


def made(run: Run, *arguments: str) -> tuple[dict[str, str], list[x509.Certificate]]:
    status, out, errors = run("certificate", *arguments, "--json")
    assert (status, errors) == (Exit.OK, "")
    said: dict[str, str] = json.loads(out)
    return said, x509.load_pem_x509_certificates(Path(said["certificate"]).read_bytes())


def organisation(
    run: Run, name: str, use: str, *more: str
) -> tuple[dict[str, str], list[x509.Certificate]]:
    number, *structure = MINISTRY
    return made(run, "organisation", number, name, "--use", use, *structure, *more)


@pytest.mark.parametrize("kind", ["rsa-2048", "ec-p256", "ec-p384"])
def test_a_key_is_made_and_certified_for_an_organisation(run: Run, kind: str) -> None:
    said, (leaf, issuer) = organisation(run, "INSI-AUTO", "AUTH_CLI", "--key", kind)
    assert said["subject"].startswith("CN=INSI-AUTO,OU=300000000077081,O=MINISTERE DE TEST7708")
    leaf.verify_directly_issued_by(issuer)
    key = Path(said["key"])
    assert key.stat().st_mode & 0o777 == 0o600
    public = load_pem_private_key(key.read_bytes(), None).public_key()
    assert public == leaf.public_key()


def test_a_server_is_certified_from_its_request(run: Run, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "anything")])
    asked = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    path = tmp_path / "server.csr"
    path.write_bytes(asked.public_bytes(Encoding.PEM))
    said, (leaf, _) = organisation(
        run, "a.hopital.test", "SSL", "--csr", str(path), "--host", "b.hopital.test"
    )
    assert "key" not in said
    assert leaf.public_key() == key.public_key()
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.hopital.test", "b.hopital.test"]


def test_a_structure_that_is_known_needs_no_name_again(run: Run) -> None:
    organisation(run, "FIRST", "SIGN")
    _, (leaf, _) = made(run, "organisation", MINISTRY[0], "SECOND", "--use", "SIGN")
    assert "O=MINISTERE DE TEST7708,ST=Côte-d'Or (21)" in leaf.subject.rfc4514_string()


def test_the_hierarchy_marked_sandbox_issues_too(run: Run) -> None:
    _, (_, issuer) = organisation(run, "SEAL", "SIGN", "--world", "SANDBOX")
    assert "SANDBOX AC IGC-SANTE ELEMENTAIRE ORGANISATIONS" in issuer.subject.rfc4514_string()


def test_a_person_is_certified_renewed_and_revoked(run: Run, tmp_path: Path) -> None:
    said, (leaf, _) = made(run, "person", "--use", "authentication", "--email", "kit@example.test")
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["kit@example.test"]
    again, (new, _) = made(run, "renew", said["serial"])
    assert new.public_key() == leaf.public_key()
    assert again["serial"] != said["serial"]
    assert "key" not in again
    status, out, _ = run("certificate", "revoke", said["serial"], "--reason", "superseded")
    assert status == Exit.OK
    assert said["serial"] in out
    listed = json.loads(run("certificate", "list", said["serial"], "--json")[1])["certificates"]
    assert [(item["reason"], item["use"]) for item in listed] == [("superseded", "authentication")]
    with Sandbox(tmp_path / "world") as world:
        people = igc.ca(igc.Range.ELEMENTAIRE, igc.Domain.PERSONNES)
        crl = x509.load_der_x509_crl(world.authority.crl(people))
    assert [item.serial_number for item in crl] == [leaf.serial_number]
    assert run("certificate", "renew", said["serial"])[0] == Exit.FAILURE
    assert "before" in run("certificate", "revoke", said["serial"])[1]


def test_people_are_reported_where_the_files_are(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("certificate", "person", "--out", str(tmp_path / "here"))
    assert status == Exit.OK
    for path in (tmp_path / "here").iterdir():
        assert str(path) in out
    (line,) = run("certificate", "list", "DOC5000000")[1].splitlines()
    assert "signature" in line


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("person", "899700427885"), Exit.FAILURE, "[sandbox.person_unknown]"),
        (("renew", "ABCD"), Exit.FAILURE, "[sandbox.certificate_unknown]"),
        (("revoke", "nonsense"), Exit.FAILURE, "[sandbox.certificate_unknown]"),
        (
            ("organisation", "300000000077081", "X", "--use", "SIGN"),
            Exit.FAILURE,
            "[sandbox.structure_unknown]",
        ),
        (
            ("organisation", *MINISTRY, "portal", "--use", "SSL"),
            Exit.FAILURE,
            "[issuance.host_name]",
        ),
        (("person", "--key", "rsa-1024"), Exit.USAGE, "rsa-1024"),
        (("organisation", "300000000077081", "X"), Exit.USAGE, "--use"),
    ],
)
def test_a_refusal_says_why(run: Run, arguments: tuple[str, ...], status: int, said: str) -> None:
    ended, _, errors = run("certificate", *arguments)
    assert ended == status
    assert said in errors


def test_a_key_of_an_authority_is_renewed(run: Run, tmp_path: Path) -> None:
    organisation(run, "BEFORE", "SIGN")
    status, out, _ = run("sandbox", "renew-key", "ACI-EL-ORG-TEST", "--key", "ec-p256", "--json")
    assert status == Exit.OK
    assert json.loads(out)["file"] == "ACI-EL-ORG-G2-TEST"
    _, (leaf, issuer) = organisation(run, "AFTER", "SIGN")
    assert isinstance(issuer.public_key(), ec.EllipticCurvePublicKey)
    leaf.verify_directly_issued_by(issuer)
    again = run("sandbox", "renew-key", ORGANISATIONS.common_name)
    assert "key 3" in again[1]
    assert run("sandbox", "renew-key", "ACI-XX")[2].count("[sandbox.authority_unknown]") == 1

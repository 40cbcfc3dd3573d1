# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""OpenSSL asks the responder and judges its answers; pkilint reads them and its certificate."""

import contextlib
import datetime as dt
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.authority.authority import Authority
from caducee.authority.ocsp.requests import CertId
from caducee.authority.ocsp.responder import OcspResponder, cert_id
from caducee.base.clock import ShiftedClock, SystemClock
from caducee.directory.authority_records import RegistryRecords
from caducee.directory.registry import Registry
from caducee.issuance import CardOrder, identities, issue_card
from caducee.spec import igc
from caducee.testing.keys import SharedKeys

pytestmark = pytest.mark.system

FORT = igc.ca(igc.Range.FORT)
FORT_PP = igc.ca(igc.Range.FORT, igc.Domain.PERSONNES)


@dataclass(frozen=True)
class Place:
    """An authority with a good and a revoked certificate, as files for OpenSSL."""

    folder: Path
    authority: Authority
    responder: OcspResponder
    clock: ShiftedClock
    url: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("ocsp")
    clock = ShiftedClock(SystemClock())
    with Registry(f"sqlite:///{folder / 'registry.db'}") as registry:
        records = RegistryRecords(registry)
        keys = SharedKeys()
        authority = Authority(folder / "ca", records, clock, keys=keys)
        for name, order in (("good", 42788), ("revoked", 42789)):
            person = identities.person(order)
            issued = issue_card(registry, authority, CardOrder(person=person), keys=keys)
            write(folder / f"{name}.pem", issued.authentication)
        authority.revoke(FORT_PP, issued.authentication.serial_number)
        write(folder / "issuer.pem", authority.certificate(FORT_PP))
        write(folder / "root.pem", authority.certificate(FORT))
        # A certificate with the name and issuer of ours, but a serial that nobody gave out.
        run_tool = authority.redated(issued.authentication, clock.now())
        write(folder / "unknown.pem", run_tool)
        responder = OcspResponder(authority, records)
        with carried(responder) as url:
            yield Place(folder, authority, responder, clock, url)


def write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(Encoding.PEM))


def openssl(place: Place, *arguments: str) -> str:
    done = subprocess.run(
        ["openssl", "ocsp", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=place.folder,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


def asked(place: Place, *names: str, options: tuple[str, ...] = ()) -> str:
    """Let OpenSSL ask over HTTP and judge the answer, which is kept in a file."""
    who = [word for name in names for word in ("-cert", f"{name}.pem")]
    return openssl(
        place,
        *("-issuer", "issuer.pem", *options, *who, "-url", place.url, "-respout", "answer.der"),
        *("-CAfile", "root.pem", "-verify_other", "issuer.pem", "-resp_text"),
    )


@contextlib.contextmanager
def carried(responder: OcspResponder) -> Iterator[str]:
    """Carry requests to a responder and answers back by HTTP; gives the address."""

    class Carrier(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = responder.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/ocsp-response")
            self.send_header("Content-Length", str(len(answer.der)))
            self.end_headers()
            self.wfile.write(answer.der)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Carrier) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_openssl_accepts_a_good_answer_with_its_nonce(place: Place) -> None:
    said = asked(place, "good", options=("-nonce",))
    assert "Response verify OK" in said
    assert "good.pem: good" in said
    assert "WARNING: no nonce" not in said
    assert "Nonce Verify error" not in said


def test_openssl_accepts_a_prepared_answer_without_nonce(place: Place) -> None:
    first = asked(place, "good", options=("-no_nonce",))
    again = asked(place, "good", options=("-no_nonce",))
    assert "good.pem: good" in first
    assert again == first
    assert place.responder.prepared


@pytest.mark.parametrize("hashed", ["-sha1", "-sha256", "-sha512"])
def test_openssl_may_name_the_issuer_by_each_hash(place: Place, hashed: str) -> None:
    assert "good.pem: good" in asked(place, "good", options=(hashed,))


def test_openssl_is_reported_of_a_revocation_and_its_date(place: Place) -> None:
    said = asked(place, "revoked")
    assert "Response verify OK" in said
    assert "revoked.pem: revoked" in said
    assert "Revocation Time:" in said
    assert "Reason:" not in said


def test_openssl_is_reported_of_an_unknown_certificate(place: Place) -> None:
    said = asked(place, "unknown")
    assert "Response verify OK" in said
    assert "unknown.pem: unknown" in said


def test_openssl_asks_about_several_at_once(place: Place) -> None:
    said = asked(place, "good", "revoked", "unknown")
    assert "Response verify OK" in said
    for name, status in (("good", "good"), ("revoked", "revoked"), ("unknown", "unknown")):
        assert f"{name}.pem: {status}" in said


def test_openssl_refuses_an_answer_of_another_issuers_responder(place: Place) -> None:
    openssl(
        place,
        *("-issuer", "root.pem", "-cert", "issuer.pem", "-no_nonce", "-reqout", "request.der"),
    )
    answer = place.responder.answer((place.folder / "request.der").read_bytes())
    (place.folder / "answer.der").write_bytes(answer.der)
    said = openssl(
        place,
        *("-issuer", "issuer.pem", "-cert", "good.pem", "-no_nonce", "-respin", "answer.der"),
        *("-CAfile", "root.pem", "-verify_other", "issuer.pem"),
    )
    assert "good.pem: ERROR: No Status found" in said


def test_openssl_finds_an_answer_of_yesterday_out_of_date(place: Place) -> None:
    place.clock.by = -dt.timedelta(days=1)
    try:
        said = asked(place, "good")
    finally:
        place.clock.by = dt.timedelta()
    assert "WARNING: Status times invalid" in said


LINT = """
import sys
from pkilint.bin import lint_ocsp_response, lint_pkix_cert
lint_ocsp_response.main(["lint", "-s", "ALL", "-f", "JSON", sys.argv[1]])
lint_pkix_cert.main(["lint", "-s", "ALL", "-f", "JSON", sys.argv[2]])
"""
EXPLAINED = {
    # As in the other certificates: see docs/guide/pki-findings.md.
    "pkix.certificate_policies_policy_has_qualifier",
    "pkix.subject_key_identifier_method_1_identified",
}


@pytest.mark.parametrize("names", [("good",), ("revoked",), ("unknown",), ("good", "revoked")])
def test_pkilint_finds_no_fault_in_answers_and_their_certificate(
    place: Place, names: tuple[str, ...]
) -> None:
    asked(place, *names)
    write(place.folder / "responder.pem", place.authority.ocsp_signer(FORT_PP).certificate)
    files = [str(place.folder / name) for name in ("answer.der", "responder.pem")]
    done = subprocess.run(
        [sys.executable, "-c", LINT, *files], stdout=subprocess.PIPE, text=True, check=True
    )
    found = {
        finding["code"]
        for line in done.stdout.splitlines()
        for result in json.loads(line)["results"]
        for finding in result["finding_descriptions"]
    }
    assert found <= EXPLAINED


def test_ours_and_openssls_names_of_a_certificate_are_the_same(place: Place) -> None:
    openssl(place, "-issuer", "issuer.pem", "-cert", "good.pem", "-no_nonce", "-reqout", "one.der")
    good = x509.load_pem_x509_certificate((place.folder / "good.pem").read_bytes())
    named: CertId = cert_id(place.authority.certificate(FORT_PP), good.serial_number)
    assert named.encoded in (place.folder / "one.der").read_bytes()

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Certificates are taken in every form that programs have them in, and nothing else."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from caducee.base.errors import ConfigError, TrustError
from caducee.testing import pki
from caducee.trust.loading import certificates

CERTIFICATE = pki.authority("FORMS").certificate
DER = CERTIFICATE.public_bytes(Encoding.DER)
PEM = CERTIFICATE.public_bytes(Encoding.PEM)


@pytest.mark.parametrize("content", [DER, PEM, PEM + PEM])
def test_objects_content_and_files_are_the_same(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    wanted = (CERTIFICATE,) * max(1, content.count(b"BEGIN"))
    assert certificates(content) == certificates(path) == certificates(str(path)) == wanted


def test_pem_may_be_text_and_sources_may_be_mixed() -> None:
    found = certificates(item for item in (CERTIFICATE, DER, PEM.decode(), PEM))
    assert found == (CERTIFICATE,) * 4
    assert certificates(CERTIFICATE) == (CERTIFICATE,)


@pytest.mark.parametrize("wrong", [None, 3, {}, bytearray(DER), [CERTIFICATE, 7]])
def test_another_type_is_refused_by_its_name(wrong: object) -> None:
    with pytest.raises(ConfigError) as caught:
        certificates(wrong)  # type: ignore[arg-type]
    assert caught.value.code == "verifier.certificates_kind"
    kind = "int" if isinstance(wrong, list) else type(wrong).__name__
    assert caught.value.facts == {"kind": kind}


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_file_that_holds_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        certificates([path])
    assert caught.value.code == "verifier.certificates_unreadable"
    assert caught.value.facts["path"] == str(path)


def test_content_that_is_no_certificate_is_refused() -> None:
    with pytest.raises(TrustError):
        certificates(b"no certificate")

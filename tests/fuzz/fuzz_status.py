# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What publication points, directories and responders give to the status client; names."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import atheris

from caducee.testing.fuzz import run

with atheris.instrument_imports():
    from cryptography import x509

    from caducee.base.clock import FixedClock
    from caducee.base.errors import FormatError
    from caducee.testing.pki import LEAF, NOW, chain_of_three, name
    from caducee.trust import RevocationState, StatusClient, StatusRules
    from caducee.trust.fetch import FetchSchedule, HttpResponse
    from caducee.trust.names import UNREADABLE, normal, read_name

POINT = x509.DistributionPoint(
    [x509.UniformResourceIdentifier("http://x.test/a.crl")], None, None, None
)
WORLD = chain_of_three()
OWN = WORLD.issuing.issue("LEAF", extensions=(*LEAF, (x509.CRLDistributionPoints([POINT]), False)))
LISTS = (WORLD.issuing.crl(5), WORLD.issuing.crl(OWN.certificate.serial_number))


class Way:
    """Gives the bytes of the fuzzer at every address."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def send(self, url: str, headers: Mapping[str, str]) -> HttpResponse:
        """Give the bytes as a list."""
        return HttpResponse(200, {}, self.data)

    def post(self, url: str, request: bytes) -> bytes:
        """Give the bytes as an answer."""
        return self.data


def check(data: bytes) -> None:
    """Take bytes as lists, as an OCSP answer and as a name."""
    try:
        read_name(data)
    except (FormatError, *UNREADABLE):
        pass
    normal(data)
    known = (WORLD.root.certificate, WORLD.issuing.certificate)
    with tempfile.TemporaryDirectory() as folder:
        rules = StatusRules(lists=FetchSchedule(), deltas=None)
        client = StatusClient(
            known, Path(folder) / "s", FixedClock(NOW), Way(data), rules, start=lambda work: work()
        )
        answer = client.status(OWN.certificate, WORLD.issuing.certificate, NOW)
    if answer.state is not RevocationState.UNKNOWN:
        assert any(item in data for item in LISTS)


if __name__ == "__main__":
    run(check, [*LISTS, b"".join(LISTS), name("LEAF").public_bytes()])

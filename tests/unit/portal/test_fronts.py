# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""What the configurations of fronts may hold; the programs themselves run in tests/interop."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from caducee.base.errors import ConfigError
from caducee.services.portal.fronts import (
    FrontSettings,
    haproxy_configuration,
    nginx_configuration,
)

SETTINGS = FrontSettings(
    portal_socket=Path("/run/portal.sock"),
    origin="https://portal.test",
    certificate=Path("/etc/server.pem"),
    key=Path("/etc/server.key"),
    client_authorities=Path("/etc/cards.pem"),
    folder=Path("/run/front"),
)


def test_an_origin_without_port_is_on_443() -> None:
    assert "listen 127.0.0.1:443 ssl;" in nginx_configuration(SETTINGS)
    assert "bind 127.0.0.1:443 ssl" in next(iter(haproxy_configuration(SETTINGS).values()))


def test_a_listener_for_tls_1_3_is_there_when_it_has_an_origin() -> None:
    both = replace(SETTINGS, tls13_origin="https://portal13.test:8443", bind="::1")
    assert "TLSv1.3" not in nginx_configuration(SETTINGS)
    assert "listen [::1]:8443 ssl;" in nginx_configuration(both)
    assert [path.name for path in haproxy_configuration(both)] == [
        "haproxy.cfg",
        "tlsv1.2.crt-list",
        "tlsv1.3.crt-list",
    ]


@pytest.mark.parametrize(
    "sign", ['"', "'", "\\", ";", "{", "}", "#", "$", " ", "\n", "\x00", "\x85"]
)
@pytest.mark.parametrize("name", ["portal_socket", "certificate", "client_authorities", "folder"])
def test_no_value_can_end_its_word(name: str, sign: str) -> None:
    changes: dict[str, Any] = {name: Path(f"/etc/a{sign}b")}
    for write in (nginx_configuration, haproxy_configuration):
        with pytest.raises(ConfigError) as caught:
            write(replace(SETTINGS, **changes))
        assert caught.value.code == "portal.front_unwritable"

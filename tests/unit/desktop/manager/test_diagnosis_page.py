# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The diagnosis of the card manager looks at the services of the site, and names its support."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from caducee.cli.manager import make_ports
from caducee.desktop.manager.context import Context
from caducee.desktop.manager.pages.diagnosis import DiagnosisPage


def test_the_site_file_decides_what_is_looked_at(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "site.toml"
    file.write_text('support_telephone = "01 99"\n[services]\nportal = "https://portal.test"\n')
    monkeypatch.setenv("CADUCEE_SITE", str(file))
    monkeypatch.setenv("CADUCEE_CRYPTOLIB_CONFIG", str(tmp_path / "none.toml"))
    ports = make_ports(None)
    assert ports.diagnosis.services == {"portal": "https://portal.test"}
    page = DiagnosisPage(Context(ports))
    qtbot.addWidget(page)
    assert page.panel.view.heading.endswith("01 99")

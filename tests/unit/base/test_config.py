# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import pytest

from caducee.base.config import Settings, load, parse
from caducee.base.errors import ConfigError
from caducee.base.i18n import use_language


class Some(Settings, frozen=True):
    name: str
    port: int = 0


def test_settings_are_read_from_text_and_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_text('name = "é"\nport = 8\n', encoding="utf-8")
    assert load(file, Some) == parse('name = "é"\nport = 8', Some) == Some(name="é", port=8)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        parse('name = "a"', Some).port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('name = "a"\nprot = 1', "prot"),
        ("port = 1", "name"),
        ('name = "a"\nport = "1"', "port"),
    ],
)
def test_a_wrong_missing_or_unknown_key_is_refused_by_its_name(text: str, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, Some, "some.toml")
    assert caught.value.code == "base.config_invalid"
    assert caught.value.facts["path"] == "some.toml"
    assert named in str(caught.value.facts["reason"])


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "a = " + "{a = " * 5000, "a = " + "9" * 5000]
)
def test_text_that_toml_breaks_over_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, Some)
    assert caught.value.code == "base.config_unreadable"


def test_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("name = ", Some)
    assert caught.value.code == "base.config_unreadable"


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    with pytest.raises(ConfigError) as caught:
        load(file, Some)
    assert caught.value.code == "base.config_unreadable"
    assert caught.value.facts["path"] == str(file)
    file.write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError) as caught:
        load(file, Some)
    assert caught.value.code == "base.config_unreadable"


def test_the_reason_is_given_without_numbers_and_in_the_language_of_the_reader(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "absent.toml", Some)
    assert caught.value.facts["reason"] == "No such file or directory"
    with use_language("fr"):
        assert "ne peut pas être lu\u00a0: fichier ou dossier inexistant." in str(caught.value)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from caducee.base.clock import FixedClock
from caducee.base.errors import ConfigError, StateError
from caducee.services.psc.keys import KEEP_SECONDS, SigningKeys


@pytest.fixture
def keys(tmp_path: Path, clock: FixedClock) -> SigningKeys:
    return SigningKeys.open(tmp_path / "keys", clock)


def signed(keys: SigningKeys) -> str:
    key = keys.current()
    return jwt.encode({"alg": "RS256", "kid": key.kid}, {}, key)


def verifies(keys: SigningKeys, token: str) -> bool:
    """Tell whether a client that fetches the JWKS now accepts a token."""
    try:
        jwt.decode(token, KeySet.import_key_set(keys.published()), algorithms=["RS256"])  # type: ignore[arg-type]
    except JoseError:
        return False
    return True


def later(clock: FixedClock, seconds: float) -> None:
    clock.advance(dt.timedelta(seconds=seconds))


def test_a_folder_gets_one_key_and_keeps_it(
    keys: SigningKeys, tmp_path: Path, clock: FixedClock
) -> None:
    again = SigningKeys.open(tmp_path / "keys", clock)
    assert again.current().kid == keys.current().kid
    assert verifies(again, signed(keys))
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_private_keys_are_their_users_alone(keys: SigningKeys, tmp_path: Path) -> None:
    keys.roll()
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
    assert modes == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_the_jwks_holds_public_keys_for_signatures(keys: SigningKeys) -> None:
    key: dict[str, Any] = keys.published()["keys"][0]
    assert len(keys.published()["keys"]) == 1
    assert key.keys() == {"kty", "n", "e", "use", "kid", "alg"}
    assert (key["kty"], key["use"], key["alg"]) == ("RSA", "sig", "RS256")
    assert key["kid"] == RSAKey.import_key(key).thumbprint()


def test_after_a_roll_the_new_key_signs_and_the_old_one_verifies(
    keys: SigningKeys, clock: FixedClock
) -> None:
    before = signed(keys)
    later(clock, 3600)
    kid = keys.roll()
    assert kid == keys.current().kid
    assert verifies(keys, before) and verifies(keys, signed(keys))
    assert keys.published()["keys"][0]["kid"] == kid


def test_an_old_key_verifies_until_its_time_after_the_roll(
    keys: SigningKeys, clock: FixedClock
) -> None:
    before = signed(keys)
    later(clock, 10 * KEEP_SECONDS)
    keys.roll()
    later(clock, KEEP_SECONDS - 1)
    assert verifies(keys, before)
    later(clock, 1)
    assert not verifies(keys, before)


def test_a_key_that_verifies_nothing_is_deleted_at_the_next_roll(
    keys: SigningKeys, tmp_path: Path, clock: FixedClock
) -> None:
    for _ in range(3):
        keys.roll()
        later(clock, KEEP_SECONDS)
    names = sorted(path.name for path in (tmp_path / "keys").iterdir())
    assert names == ["0003.json", "0004.json"]


def test_another_process_takes_up_the_new_key(
    keys: SigningKeys, tmp_path: Path, clock: FixedClock
) -> None:
    other = SigningKeys.open(tmp_path / "keys", clock)
    before = signed(other)
    kid = keys.roll()
    assert other.current().kid == kid
    assert verifies(other, before) and verifies(other, signed(keys))


def test_two_processes_that_roll_at_once_end_with_one_key(
    keys: SigningKeys, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SigningKeys.open(tmp_path / "keys", clock)
    other.current()
    add = SigningKeys._add

    def add_late(self: SigningKeys, number: int) -> None:
        monkeypatch.setattr(SigningKeys, "_add", add)
        other.roll()
        add(self, number)

    monkeypatch.setattr(SigningKeys, "_add", add_late)
    assert keys.roll() == other.current().kid
    assert len(list((tmp_path / "keys").iterdir())) == 2


def test_keys_are_numbered_beyond_four_digits(tmp_path: Path, clock: FixedClock) -> None:
    keys = SigningKeys.open(tmp_path, clock)
    before = keys.current().kid
    (tmp_path / "0001.json").rename(tmp_path / "9999.json")
    kid = keys.roll()
    assert kid != before
    assert (tmp_path / "10000.json").exists()
    assert SigningKeys.open(tmp_path, clock).current().kid == kid


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff",
        b'{"created": 1, "private_key": "x"}',
        b'{"created": "1", "private_key": "x"}',
        json.dumps({"created": 1, "private_key": "-----BEGIN PRIVATE KEY-----\n"}).encode(),
    ],
)
def test_a_file_that_is_no_key_is_named_without_its_content(
    content: bytes, tmp_path: Path, clock: FixedClock
) -> None:
    (tmp_path / "0001.json").write_bytes(content)
    with pytest.raises(ConfigError, match=r"psc\.key_unreadable") as caught:
        SigningKeys.open(tmp_path, clock)
    assert caught.value.facts["path"] == str(tmp_path / "0001.json")
    assert "BEGIN" not in str(caught.value)


def test_a_running_service_replaces_keys_that_were_removed(
    keys: SigningKeys, tmp_path: Path
) -> None:
    before = signed(keys)
    (tmp_path / "keys" / "0001.json").unlink()
    assert verifies(keys, signed(keys)) and not verifies(keys, before)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StateError, match=r"base\.file_unwritable"):
        SigningKeys.open(tmp_path / "file" / "keys", clock)

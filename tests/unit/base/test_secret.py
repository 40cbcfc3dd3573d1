# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import copy
import doctest
import logging
import pickle
import traceback

import pytest

from caducee.base import secret
from caducee.base.secret import Secret


def test_example_of_the_documentation_holds() -> None:
    assert doctest.testmod(secret).failed == 0


def test_a_secret_shows_itself_in_no_text() -> None:
    code = Secret.of("1234")
    for text in (repr(code), str(code), f"{code}", f"{code:>20}", f"{code!r}", "%s" % code):  # noqa: UP031
        assert text == "<Secret>"
    assert "1234" not in repr([code, {"pin": code}])


def test_a_secret_shows_itself_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").debug("code %s %r", Secret.of("1234"), Secret.of("1234"))
    assert "1234" not in caplog.text


def test_a_secret_shows_itself_in_no_traceback_with_locals() -> None:
    def fail(code: Secret) -> None:
        raise RuntimeError("no")

    try:
        fail(Secret.of("1234"))
    except RuntimeError as error:
        report = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert "1234" not in "".join(report.format()).replace('Secret.of("1234")', "")


def test_secrets_are_not_compared_hashed_pickled_or_copied() -> None:
    code = Secret(b"1234")
    with pytest.raises(TypeError):
        _ = code == Secret(b"1234")
    with pytest.raises(TypeError):
        hash(code)
    with pytest.raises(TypeError):
        pickle.dumps(code)
    with pytest.raises(TypeError):
        copy.copy(code)
    with pytest.raises(TypeError):
        copy.deepcopy(code)


def test_a_secret_keeps_its_own_bytes_until_it_is_wiped() -> None:
    given = bytearray(b"1234")
    code = Secret(given)
    given[0] = 0
    assert code.reveal() == b"1234"
    assert (bool(code), len(code)) == (True, 4)
    code.wipe()
    assert (bool(code), len(code), code.reveal()) == (False, 0, b"")


def test_wiping_overwrites_the_bytes_before_forgetting_them() -> None:
    code = Secret(b"1234")
    seen = memoryview(code._bytes)
    with pytest.raises(BufferError):  # the bytes cannot shrink while they are looked at
        code.wipe()
    assert bytes(seen) == bytes(4)


def test_a_secret_is_the_bytes_that_it_takes() -> None:
    given = bytearray(b"1234")
    code = Secret.taking(given)
    assert code.reveal() == b"1234"
    code.wipe()
    assert given == b""


def test_a_copy_and_a_join_are_wiped_by_themselves() -> None:
    code = Secret(b"1234")
    copy, both = code.copy(), Secret.joined([code, Secret(b""), Secret(b"56")])
    code.wipe()
    assert (copy.reveal(), both.reveal()) == (b"1234", b"123456")


def test_a_look_at_a_secret_changes_nothing_and_ends_with_its_block() -> None:
    code = Secret(b"1234")
    with code.opened() as seen:
        assert bytes(seen) == b"1234" and seen.readonly
    code.wipe()
    with pytest.raises(ValueError, match="released"):
        seen.tobytes()

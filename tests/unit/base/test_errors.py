# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0

import pickle

import pytest

from caducee.base import errors
from caducee.base.errors import CpsError, FormatError, StateError
from caducee.base.i18n import use_language


def test_an_error_carries_code_facts_sentence_and_advice() -> None:
    error = FormatError("codec.tlv_truncated", offset=3)
    with use_language("en"):
        assert error.code == "codec.tlv_truncated"
        assert dict(error.facts) == {"offset": 3}
        assert error.sentence() == "Truncated data object at byte 3."
        assert error.advice().endswith(".")
        assert str(error) == "Truncated data object at byte 3. [codec.tlv_truncated]"


def test_a_missing_fact_leaves_its_name_and_never_hides_the_error() -> None:
    with use_language("en"):
        assert "{offset}" in str(FormatError("codec.tlv_truncated"))


def test_facts_cannot_be_changed_afterwards() -> None:
    error = FormatError("codec.tlv_truncated", offset=3)
    with pytest.raises(TypeError):
        error.facts["offset"] = 4  # type: ignore[index]


def test_an_unknown_code_is_a_fault_of_the_caller() -> None:
    with pytest.raises(LookupError, match=r"codec\.no_such_thing"):
        FormatError("codec.no_such_thing")


def test_an_error_survives_the_way_to_another_process() -> None:
    error = StateError("base.file_unwritable", path="/x", reason="full")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is StateError
    assert (again.code, dict(again.facts)) == (error.code, dict(error.facts))


def test_every_error_of_the_tree_has_one_root() -> None:
    for name in errors.__all__:
        item = getattr(errors, name)
        if isinstance(item, type):
            assert issubclass(item, CpsError)


def test_the_tree_is_drawn_in_the_documentation_of_the_module() -> None:
    for name in errors.__all__:
        if isinstance(getattr(errors, name), type):
            assert name in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (OSError(28, "Disk full", "/a"), "Disk full"),
        (OSError("x"), "x"),
    ],
)
def test_a_failed_call_given_as_a_fact_stands_for_its_reason(cause: OSError, reason: str) -> None:
    error = StateError("base.file_unwritable", path="/a", reason=cause)
    assert dict(error.facts) == {"path": "/a", "reason": reason}
    assert dict(pickle.loads(pickle.dumps(error)).facts) == dict(error.facts)

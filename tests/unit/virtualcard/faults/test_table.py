# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The table of faults is whole, and its codes are those of the catalogue."""

import pytest

from caducee.base import catalogue
from caducee.virtualcard.faults.names import FaultName
from caducee.virtualcard.faults.table import TABLE, FaultFacts, Meeting, facts_of
from caducee.virtualcard.image_parts import Fault


def test_every_fault_stands_in_the_table_once_in_the_order_of_their_names() -> None:
    assert [item.name for item in TABLE] == list(FaultName)
    assert all(facts_of(member).name is member for member in FaultName)


@pytest.mark.parametrize("facts", TABLE, ids=lambda item: item.name)
def test_every_fault_that_is_met_has_a_sentence_and_advice(facts: FaultFacts) -> None:
    assert (facts.code is None) == (facts.meeting is Meeting.NEVER)
    if facts.code is not None:
        entry = catalogue.entry(facts.code)
        assert entry.sentence
        assert entry.advice


@pytest.mark.parametrize("facts", TABLE, ids=lambda item: item.name)
def test_options_are_fields_of_a_fault(facts: FaultFacts) -> None:
    assert set(facts.options) <= set(Fault.__struct_fields__)

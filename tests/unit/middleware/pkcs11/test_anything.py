# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Any function with any arguments: a code of the standard, and an engine that goes on."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caducee.base.secret import Secret
from caducee.codec.pkcs11 import (
    Attribute,
    AttributeBuffer,
    Mechanism,
    OutputBuffer,
    PssParameters,
    UnreadParameter,
)
from caducee.spec.pkcs11 import Cka, Ckg, Ckm, Ckr
from caducee.spec.pkcs11.functions import FUNCTIONS, Kind
from caducee.spec.pkcs11.wire import PARAMETER_WANTED

CALLED = [item for item in FUNCTIONS if item.local is None and item.name != "C_Finalize"]
CRASHES = {Ckr.GENERAL_ERROR, Ckr.DEVICE_REMOVED, Ckr.FUNCTION_FAILED}

NUMBERS = st.one_of(st.integers(0, 70), st.integers(0, (1 << 64) - 1))
OCTETS = st.one_of(st.binary(max_size=64), st.integers(0, 5000).map(bytes))
ROOMS = st.one_of(
    st.just(OutputBuffer(None)), st.integers(0, 600).map(OutputBuffer), NUMBERS.map(OutputBuffer)
)
HASHES = st.sampled_from([Ckm.SHA_1, Ckm.SHA256, Ckm.SHA384, Ckm.MD5]).map(int)
MASKS = st.sampled_from(list(Ckg)).map(int)
PARAMETERS = st.one_of(
    st.none(),
    st.builds(UnreadParameter, st.one_of(st.just(24), NUMBERS)),
    st.builds(PssParameters, HASHES, MASKS, NUMBERS),
)
MECHANISMS = st.builds(
    Mechanism,
    st.one_of(st.sampled_from([1, 3, 6, 13, 14, 0x40, 0x43, 0x220, 0x250]), NUMBERS),
    PARAMETERS,
)
TYPES = st.one_of(st.sampled_from([int(member) for member in Cka]), NUMBERS)
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.ULONG: NUMBERS,
    Kind.FLAG: st.booleans(),
    Kind.BYTES: OCTETS,
    Kind.DATA: st.none() | OCTETS,
    Kind.OPTIONAL_BYTES: st.none() | OCTETS,
    # Right codes are left out: the card would be blocked or changed for the calls that follow.
    Kind.PIN: st.none() | st.binary(max_size=3).map(Secret),
    Kind.LABEL: st.just(b" " * 32),
    Kind.MECHANISM: st.none() | MECHANISMS,
    Kind.TEMPLATE: st.lists(st.builds(Attribute, TYPES, OCTETS), max_size=6).map(tuple),
    Kind.PARAMETER: st.none() | NUMBERS,
    Kind.BYTES_ROOM: ROOMS,
    Kind.OPTIONAL_BYTES_ROOM: st.none() | ROOMS,
    Kind.LIST_ROOM: ROOMS,
    Kind.FOUND_ROOM: st.integers(0, 600).map(OutputBuffer),
    Kind.TEMPLATE_ROOM: st.lists(
        st.builds(AttributeBuffer, TYPES, st.none() | NUMBERS), max_size=6
    ).map(tuple),
    Kind.RANDOM: st.integers(0, 20) | NUMBERS,
}
HANDLES = {"object", "key", "unwrapping_key", "wrapping_key", "base_key"}


@pytest.mark.parametrize("kind", ["place", "cl_place", "cps4_place"])
def test_any_call(request: pytest.FixtureRequest, kind: str) -> None:
    place = request.getfixturevalue(kind)
    program = place.program()
    session = program.open()
    program.login(session)
    handles = program.find(session)

    @settings(
        max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.data())
    def run(data: st.DataObject) -> None:
        for _ in range(3):
            function = data.draw(st.sampled_from(CALLED))
            named = {}
            for item in function.ins:
                value = VALUES[item.kind]
                if item.name == "session":
                    value = st.sampled_from([session] * 9 + [1])
                if item.name in HANDLES:
                    value = st.sampled_from([*handles, 1])
                named[item.name] = data.draw(value)
            reply = program.call(function.name, **named)
            assert reply.rv in {*Ckr, PARAMETER_WANTED} and reply.rv not in CRASHES, function.name
            open_session = program.app.sessions.get(session)
            if open_session is None or open_session.login.user is None:
                renew()

    def renew() -> None:
        nonlocal session, handles
        program.ok("C_CloseAllSessions", slot=0)
        session = program.open()
        program.login(session)
        handles = program.find(session)

    run()
    assert program.ok("C_GetTokenInfo", slot=0)

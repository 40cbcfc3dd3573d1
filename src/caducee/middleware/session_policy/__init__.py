# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy of a workstation: when a session opens, locks, resumes and ends.

`Workstation` is a value; `Workstation.take` states it what happens and returns what has to be done.
It has no clock, no thread and no reader: `caducee.middleware.pkcs11` uses it for the sessions of
programs, `caducee.middleware.session_policy.watching` for a workstation.
"""

from caducee.middleware.session_policy.card_session import (
    CardRef,
    CardSession,
    PinPurpose,
    Transition,
)
from caducee.middleware.session_policy.policy import SessionPolicy
from caducee.middleware.session_policy.states import Effect, SessionEvent, SessionState
from caducee.middleware.session_policy.workstation import (
    CardCame,
    CardLeft,
    ForeignCard,
    LoggedOut,
    PinEvent,
    TimePassed,
    Workstation,
    WorkstationEvent,
)

__all__ = [
    "CardCame",
    "CardLeft",
    "CardRef",
    "CardSession",
    "Effect",
    "ForeignCard",
    "LoggedOut",
    "PinEvent",
    "PinPurpose",
    "SessionEvent",
    "SessionPolicy",
    "SessionState",
    "TimePassed",
    "Transition",
    "Workstation",
    "WorkstationEvent",
]

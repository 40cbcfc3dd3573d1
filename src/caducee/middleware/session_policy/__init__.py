# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Session policy of a workstation: when a session opens, locks, resumes and ends.

`Workstation` is a value; `Workstation.take` tells it what happens and returns what has to be done.
It has no clock, no thread and no reader: `caducee.middleware.pkcs11` uses it for the sessions of
programs, `caducee.middleware.session_policy.watching` for a workstation.
"""

from caducee.middleware.session_policy.policy import SessionPolicy
from caducee.middleware.session_policy.seat import CardRef, Purpose, Seat, Step
from caducee.middleware.session_policy.states import Effect, Event, State
from caducee.middleware.session_policy.workstation import (
    CardCame,
    CardLeft,
    Coded,
    ForeignCard,
    Happening,
    LoggedOut,
    TimePassed,
    Workstation,
)

__all__ = [
    "CardCame",
    "CardLeft",
    "CardRef",
    "Coded",
    "Effect",
    "Event",
    "ForeignCard",
    "Happening",
    "LoggedOut",
    "Purpose",
    "Seat",
    "SessionPolicy",
    "State",
    "Step",
    "TimePassed",
    "Workstation",
]

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Words for what the code calls by an id."""

from enum import Enum

from caducee.base.i18n import N_, gettext
from caducee.issuance.states import CardState
from caducee.services.ordering.catalogue import ProductKind
from caducee.services.ordering.form import CodesChoice, Delivery, Environment, StructureKind
from caducee.services.ordering.items import CallBack, ItemState, StopReason
from caducee.services.ordering.outbox import EventKind
from caducee.services.ordering.roles import Role
from caducee.services.ordering.states import OrderAction, OrderState

__all__ = ["EVENTS", "names", "word"]

_PAIRS: tuple[tuple[Enum, str], ...] = (
    (OrderState.DRAFT, N_("draft")),
    (OrderState.SUBMITTED, N_("waits for review")),
    (OrderState.QUESTION, N_("waits for your answer")),
    (OrderState.ACCEPTED, N_("accepted, waits for production")),
    (OrderState.REFUSED, N_("refused")),
    (OrderState.WITHDRAWN, N_("cancelled")),
    (OrderState.PRODUCING, N_("in production")),
    (OrderState.READY, N_("ready for collection")),
    (OrderState.DELIVERED, N_("delivered")),
    (OrderState.ENDED, N_("ended")),
    (OrderAction.SAVE, N_("Draft saved")),
    (OrderAction.SUBMIT, N_("Signed and handed in")),
    (OrderAction.WITHDRAW, N_("Cancelled")),
    (OrderAction.ASK, N_("Question of the reviewer")),
    (OrderAction.ACCEPT, N_("Accepted")),
    (OrderAction.REFUSE, N_("Refused")),
    (OrderAction.PRODUCE, N_("Production started")),
    (OrderAction.FINISH, N_("Everything made")),
    (OrderAction.DELIVER, N_("Handed over")),
    (OrderAction.END, N_("Test use ended")),
    (ItemState.PLANNED, N_("to be made")),
    (ItemState.FAILED, N_("cannot be made")),
    (ItemState.MADE, N_("made, not collected yet")),
    (ItemState.TAKEN, N_("collected, not activated yet")),
    (ItemState.ACTIVE, N_("taken into use")),
    (ItemState.STOPPED, N_("stopped")),
    (ItemState.DESTROYED, N_("destroyed")),
    (StopReason.LOST, N_("lost")),
    (StopReason.STOLEN, N_("stolen")),
    (StopReason.DAMAGED, N_("damaged")),
    (StopReason.CHANGED, N_("data of the holder changed")),
    (StopReason.RENEWED, N_("renewed")),
    (StopReason.ENDED, N_("end of the test use")),
    (StopReason.DESTROYED, N_("destroyed")),
    (CallBack.FORM_TELEPHONE, N_("telephone number of the order form")),
    (CallBack.ACCOUNT_EMAIL, N_("e-mail address of the account")),
    (CallBack.KNOWN_BEFORE, N_("another number or address known before")),
    (CallBack.IN_PERSON, N_("in person")),
    (Role.APPLICANT, N_("applicant")),
    (Role.REVIEWER, N_("reviewer")),
    (Role.PRODUCTION, N_("production")),
    (Role.SUPPORT, N_("support")),
    (Role.AUDITOR, N_("auditor")),
    (Environment.DEVELOPMENT, N_("development")),
    (Environment.INTEGRATION, N_("integration tests")),
    (Environment.QUALIFICATION, N_("qualification")),
    (Environment.TRAINING, N_("training")),
    (Environment.DEMONSTRATION, N_("demonstration")),
    (CodesChoice.RANDOM, N_("random, in a letter (as a real card)")),
    (CodesChoice.TEST, N_("the documented test codes")),
    (Delivery.ARCHIVE, N_("an encrypted archive of card images")),
    (Delivery.READER, N_("straight into the reader of this sandbox")),
    (ProductKind.CARD, N_("card")),
    (ProductKind.PERSON_CERTIFICATE, N_("certificate of a person")),
    (ProductKind.ORGANISATION_CERTIFICATE, N_("certificate of an organisation")),
    (StructureKind.SIRET, "SIRET"),
    (StructureKind.SIREN, "SIREN"),
    (StructureKind.FINESS, "FINESS"),
)
_WORDS = {(type(item), item.value): text for item, text in _PAIRS}
"""Members of two enumerations with the same value are equal as texts."""

EVENTS: dict[str, str] = {
    "card.made": N_("Made"),
    "card.taken": N_("Handed over"),
    EventKind.ACTIVATED.value: N_("Activated"),
    EventKind.STOPPED.value: N_("Stopped"),
    "card.replace": N_("Replacement ordered"),
    EventKind.REPLACED.value: N_("Replaced"),
    "card.remind": N_("Reminder: it ends soon"),
    EventKind.DESTROYED.value: N_("Destroyed"),
    "certificate.made": N_("Made"),
}


def word(enum: Enum | str) -> str:
    """Return the word for an id, in the language in use; an unknown one stays as it is."""
    if isinstance(enum, str) and not isinstance(enum, Enum):
        return gettext(EVENTS.get(enum, enum)) if enum else ""
    return gettext(_WORDS.get((type(enum), enum.value), str(enum.value)))


_STATES: dict[CardState, str] = {
    CardState.NEW: N_("new"),
    CardState.NEAR_EXPIRY: N_("ends soon"),
    CardState.EXPIRED: N_("expired"),
    CardState.NOT_YET_VALID: N_("not valid yet"),
    CardState.REVOKED: N_("revoked"),
    CardState.LAST_TRY: N_("last try of the code"),
    CardState.BLOCKED: N_("blocked"),
    CardState.BLOCKED_FOR_EVER: N_("blocked for ever"),
    CardState.UNUSED_BITS: N_("fault of encoding"),
    CardState.UPDATE_INCOMPLETE: N_("update interrupted"),
    CardState.UPDATE_EMPTY: N_("update left nothing"),
    CardState.KEYS_EXCHANGED: N_("keys exchanged"),
}


def names() -> dict[str, str]:
    """Return the words for the values of the catalogue's filters."""
    states = {item.value: gettext(text) for item, text in _STATES.items()}
    return states | {member.value: word(member) for member in ProductKind}

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""The operations of LDAPv3 as frozen values (RFC 4511 section 4).

What stands after the known parts of an operation is kept in ``extra``: the format may grow there.
"""

from dataclasses import dataclass, field
from typing import Final

from caducee.base.errors import FormatError
from caducee.base.secret import Secret
from caducee.codec.ldap import _elements as ber
from caducee.codec.ldap import filters
from caducee.codec.ldap.filters import Filter
from caducee.spec.ldap import VERSION, Dereference, OperationTag, ResultCode, SearchScope

__all__ = [
    "SIMPLE",
    "AbandonRequest",
    "Attribute",
    "BindRequest",
    "BindResponse",
    "CompareRequest",
    "CompareResponse",
    "ExtendedRequest",
    "ExtendedResponse",
    "Extra",
    "Operation",
    "OtherOperation",
    "Result",
    "SearchDone",
    "SearchEntry",
    "SearchReference",
    "SearchRequest",
    "UnbindRequest",
]

SIMPLE: Final = 0x80
"""The method of a bind with name and password."""

_READ = frozenset(OperationTag) - {
    OperationTag.MODIFY_REQUEST,
    OperationTag.ADD_REQUEST,
    OperationTag.DELETE_REQUEST,
    OperationTag.MODIFY_DN_REQUEST,
}

type Extra = tuple[ber.Element, ...]
"""What stands after the parts that are known: tags and values."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute with its values."""

    description: str
    """Type and options: ``certificateRevocationList;binary``."""

    values: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """How an operation ended (RFC 4511 section 4.1.9)."""

    code: int
    """Nearly always a `ResultCode`."""

    matched_name: str = ""
    message: str = ""
    referrals: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the operation succeeded."""
        return self.code == ResultCode.SUCCESS


@dataclass(frozen=True, slots=True)
class BindRequest:
    """Who the client is (RFC 4511 section 4.2)."""

    name: str = ""
    password: Secret | None = field(default_factory=lambda: Secret(b""), compare=False)
    """For a simple bind; empty: anonymous. ``None`` when `method` is another one."""

    version: int = VERSION
    method: int = SIMPLE
    credentials: bytes = field(default=b"", repr=False)
    """What another method brings along."""

    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class BindResponse:
    """The answer to a bind request."""

    result: Result
    credentials: bytes | None = field(default=None, repr=False)
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class UnbindRequest:
    """The client leaves."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question (RFC 4511 section 4.5.1)."""

    base: str
    scope: SearchScope = SearchScope.SUBTREE
    filter: Filter = filters.EVERYTHING
    attributes: tuple[str, ...] = ()
    """What is wanted of each entry; nothing, or ``*``: all user attributes; ``1.1``: none."""

    size_limit: int = 0
    """Entries at most; 0: no limit of the client."""

    time_limit: int = 0
    """Seconds; 0: no limit of the client."""

    types_only: bool = False
    dereference: Dereference = Dereference.NEVER
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """An entry that was found."""

    name: str
    attributes: tuple[Attribute, ...] = ()
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class SearchReference:
    """Where else to ask, as LDAP URLs."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchDone:
    """The end of a search."""

    result: Result
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """A question whether an entry has a value (RFC 4511 section 4.10)."""

    name: str
    attribute: str
    """Attribute description."""

    value: bytes
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class CompareResponse:
    """The answer: `ResultCode.COMPARE_TRUE`, `ResultCode.COMPARE_FALSE`, or why there is none."""

    result: Result
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class AbandonRequest:
    """The client abandons the answer to a message."""

    message_id: int


@dataclass(frozen=True, slots=True)
class ExtendedRequest:
    """An operation that is named by an OID (RFC 4511 section 4.12)."""

    oid: str
    value: bytes | None = None
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class ExtendedResponse:
    """The answer to it, or a notice of the server (message 0)."""

    result: Result
    oid: str | None = None
    value: bytes | None = None
    extra: Extra = ()


@dataclass(frozen=True, slots=True)
class OtherOperation:
    """An operation that is not read here (modify, add, …), kept as it is."""

    tag: int
    value: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.tag in _READ or not 0 < self.tag <= 0xFF or self.tag & 0x1F == 0x1F:
            raise FormatError("ldap.structure", part="operation")


type Operation = (
    BindRequest
    | BindResponse
    | UnbindRequest
    | SearchRequest
    | SearchEntry
    | SearchReference
    | SearchDone
    | CompareRequest
    | CompareResponse
    | AbandonRequest
    | ExtendedRequest
    | ExtendedResponse
    | OtherOperation
)

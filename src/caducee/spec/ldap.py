# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Numbers and names of LDAPv3: RFC 4511 (protocol), RFC 4512 (models), RFC 4514 (names)."""

from enum import IntEnum, StrEnum, unique
from typing import Final

__all__ = [
    "PORT",
    "SECURE_PORT",
    "SHORT_NAMES",
    "VERSION",
    "Dereference",
    "FilterTag",
    "Oid",
    "OperationTag",
    "ResultCode",
    "SearchScope",
]

PORT: Final = 389
SECURE_PORT: Final = 636
"""LDAP inside TLS (ldaps); IANA."""

VERSION: Final = 3


@unique
class ResultCode(IntEnum):
    """What an operation ended with (RFC 4511 section 4.1.9 and appendix A)."""

    SUCCESS = 0
    OPERATIONS_ERROR = 1
    PROTOCOL_ERROR = 2
    TIME_LIMIT_EXCEEDED = 3
    SIZE_LIMIT_EXCEEDED = 4
    COMPARE_FALSE = 5
    COMPARE_TRUE = 6
    AUTH_METHOD_NOT_SUPPORTED = 7
    REFERRAL = 10
    ADMIN_LIMIT_EXCEEDED = 11
    UNAVAILABLE_CRITICAL_EXTENSION = 12
    CONFIDENTIALITY_REQUIRED = 13
    NO_SUCH_ATTRIBUTE = 16
    UNDEFINED_ATTRIBUTE_TYPE = 17
    INAPPROPRIATE_MATCHING = 18
    INVALID_ATTRIBUTE_SYNTAX = 21
    NO_SUCH_OBJECT = 32
    INVALID_DN_SYNTAX = 34
    INVALID_CREDENTIALS = 49
    INSUFFICIENT_ACCESS_RIGHTS = 50
    BUSY = 51
    UNAVAILABLE = 52
    UNWILLING_TO_PERFORM = 53
    OBJECT_CLASS_MODS_PROHIBITED = 69
    OTHER = 80

    @classmethod
    def name_of(cls, number: int) -> str:
        """Return the name of a result, or its number when it has none here."""
        return cls(number).name if number in cls else str(number)


@unique
class SearchScope(IntEnum):
    """How far a search goes (RFC 4511 section 4.5.1.2)."""

    BASE = 0
    ONE_LEVEL = 1
    SUBTREE = 2

    CHILDREN = 3
    """All entries below the base, without the base (draft-sermersheim-ldap-subordinate-scope)."""


@unique
class Dereference(IntEnum):
    """What is done with alias entries (RFC 4511 section 4.5.1.3)."""

    NEVER = 0
    IN_SEARCHING = 1
    FINDING_BASE = 2
    ALWAYS = 3


@unique
class OperationTag(IntEnum):
    """The tag of each operation (RFC 4511 section 4.2 and following)."""

    BIND_REQUEST = 0x60
    BIND_RESPONSE = 0x61
    UNBIND_REQUEST = 0x42
    SEARCH_REQUEST = 0x63
    SEARCH_ENTRY = 0x64
    SEARCH_DONE = 0x65
    SEARCH_REFERENCE = 0x73
    MODIFY_REQUEST = 0x66
    ADD_REQUEST = 0x68
    DELETE_REQUEST = 0x4A
    MODIFY_DN_REQUEST = 0x6C
    COMPARE_REQUEST = 0x6E
    COMPARE_RESPONSE = 0x6F
    ABANDON_REQUEST = 0x50
    EXTENDED_REQUEST = 0x77
    EXTENDED_RESPONSE = 0x78


@unique
class FilterTag(IntEnum):
    """The tag of each kind of filter (RFC 4511 section 4.5.1)."""

    AND = 0xA0
    OR = 0xA1
    NOT = 0xA2
    EQUAL = 0xA3
    SUBSTRINGS = 0xA4
    GREATER_OR_EQUAL = 0xA5
    LESS_OR_EQUAL = 0xA6
    PRESENT = 0x87
    APPROXIMATE = 0xA8
    EXTENSIBLE = 0xA9


@unique
class Oid(StrEnum):
    """Controls, extended operations and features."""

    PAGED_RESULTS = "1.2.840.113556.1.4.319"
    """RFC 2696."""

    START_TLS = "1.3.6.1.4.1.1466.20037"
    """RFC 4511 section 4.14."""

    WHO_AM_I = "1.3.6.1.4.1.4203.1.11.3"
    """RFC 4532."""

    NOTICE_OF_DISCONNECTION = "1.3.6.1.4.1.1466.20036"
    """RFC 4511 section 4.4.1."""

    ALL_OPERATIONAL_ATTRIBUTES = "1.3.6.1.4.1.4203.1.5.1"
    """RFC 3673."""

    ATTRIBUTES_BY_CLASS = "1.3.6.1.4.1.4203.1.5.2"
    """RFC 4529."""

    TRUE_FALSE_FILTERS = "1.3.6.1.4.1.4203.1.5.3"
    """RFC 4526."""


SHORT_NAMES: Final = {
    "2.5.4.3": "cn",
    "2.5.4.4": "sn",
    "2.5.4.5": "serialnumber",
    "2.5.4.6": "c",
    "2.5.4.7": "l",
    "2.5.4.8": "st",
    "2.5.4.9": "street",
    "2.5.4.10": "o",
    "2.5.4.11": "ou",
    "2.5.4.12": "title",
    "2.5.4.42": "givenname",
    "0.9.2342.19200300.100.1.1": "uid",
    "0.9.2342.19200300.100.1.25": "dc",
    "commonname": "cn",
    "surname": "sn",
    "countryname": "c",
    "localityname": "l",
    "stateorprovincename": "st",
    "streetaddress": "street",
    "organizationname": "o",
    "organizationalunitname": "ou",
    "t": "title",
    "gn": "givenname",
    "userid": "uid",
    "domaincomponent": "dc",
}
"""Other names of the attribute types in names, lower case (RFC 4514 section 3, RFC 4519); ``t``
and ``gn`` are written so in names of certificates (openssl)."""

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Tags of the data objects that cards exchange, one enum for each place they stand in."""

from enum import IntEnum, unique

__all__ = [
    "ActuaTag",
    "AtrFileTag",
    "CryptoTag",
    "DirTag",
    "FcpTag",
    "SdoTag",
    "SerialTag",
    "TemplateTag",
    "Universal",
]


@unique
class Universal(IntEnum):
    """Universal tags of ASN.1, as they are written (ITU-T X.680 section 8.4)."""

    BOOLEAN = 0x01
    INTEGER = 0x02
    BIT_STRING = 0x03
    OCTET_STRING = 0x04
    NULL = 0x05
    OBJECT_IDENTIFIER = 0x06
    ENUMERATED = 0x0A
    UTF8_STRING = 0x0C
    NUMERIC_STRING = 0x12
    PRINTABLE_STRING = 0x13
    T61_STRING = 0x14
    IA5_STRING = 0x16
    GENERALIZED_TIME = 0x18
    VISIBLE_STRING = 0x1A
    UNIVERSAL_STRING = 0x1C
    BMP_STRING = 0x1E
    SEQUENCE = 0x30
    SET = 0x31


@unique
class FcpTag(IntEnum):
    """File control parameters (ISO/IEC 7816-4 section 5.3.3)."""

    FCP = 0x62
    FMD = 0x64
    FCI = 0x6F
    SIZE = 0x80
    TOTAL_SIZE = 0x81
    DESCRIPTOR = 0x82
    FILE_ID = 0x83
    NAME = 0x84
    PROPRIETARY = 0x85
    SECURITY_PROPRIETARY = 0x86
    SHORT_ID = 0x88
    LIFE_CYCLE = 0x8A
    COMPACT_CONTACT = 0x8C
    COMPACT_CONTACTLESS = 0x9C
    SECURITY = 0xA1
    PROPRIETARY_TEMPLATE = 0xA5


@unique
class DirTag(IntEnum):
    """EF.DIR (ISO/IEC 7816-4 section 8.2.1)."""

    APPLICATION = 0x61
    AID = 0x4F
    LABEL = 0x50
    PATH = 0x51
    DISCRETIONARY = 0x73


@unique
class AtrFileTag(IntEnum):
    """EF.ATR (ISO/IEC 7816-4 section 8.2.1; IAS-ECC 1.0.1)."""

    CATEGORY = 0x80
    SERVICE_DATA = 0x43
    PRE_ISSUING = 0x46
    CAPABILITIES = 0x47
    STATUS = 0x82
    BUFFER_SIZES = 0xE0


@unique
class SerialTag(IntEnum):
    """EF.SN.ICC (ISO/IEC 7812 number in the object of ISO/IEC 7816-6)."""

    SERIAL = 0x5A


@unique
class ActuaTag(IntEnum):
    """EF_ACTUA, the last update of the card (issuer's library, ``card-cps.h``)."""

    UPDATE = 0xEC
    START = 0x81
    END = 0x82


@unique
class SdoTag(IntEnum):
    """Security data objects as GET DATA shows them (IAS-ECC 1.0.1; card bytes, found by trial)."""

    EXTENDED_HEADER_LIST = 0x4D
    REQUEST = 0x70
    ATTRIBUTES = 0xA0
    MAX_TRIES = 0x9A
    TRIES_LEFT = 0x9B
    USES_LEFT = 0x9D
    SIZE = 0x80
    ACCESS = 0xA1
    COMPACT = 0x8C
    PIN_LENGTHS = 0x7F41
    PRIVATE_KEY = 0x7F48
    PUBLIC_KEY = 0x7F49
    ENVIRONMENT = 0x7B
    MODULUS = 0x81
    EXPONENT = 0x82


@unique
class TemplateTag(IntEnum):
    """Control reference templates of MSE and of environments (ISO/IEC 7816-4 section 6.3.1)."""

    AUTHENTICATION = 0xA4
    HASH = 0xAA
    SIGNATURE = 0xB6
    CONFIDENTIALITY = 0xB8
    ALGORITHM = 0x80
    REFERENCE = 0x83
    PRIVATE_REFERENCE = 0x84
    CHIPDOC_REFERENCES = 0x91
    """CPS4: algorithm and key in one object (issuer's library, ``card-cps4.c``)."""

    USAGE = 0x95


@unique
class CryptoTag(IntEnum):
    """Data objects of PERFORM SECURITY OPERATION (ISO/IEC 7816-8; IAS-ECC 1.0.1)."""

    PLAIN = 0x80
    PADDED_CRYPTOGRAM = 0x81
    CRYPTOGRAM = 0x86
    HASH_STATE = 0x90
    SIGNATURE_INPUT = 0x9A
    SIGNATURE = 0x9E
    HASH_TEMPLATE = 0xA0

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``codec``: bytes and texts that do not follow their format."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_OTHER_COPY = N_("Read the card again; if it happens again, the card or the file is damaged.")
_SENDER = N_("Report this fault to the publisher of the program that sent the command.")
_TOKEN = N_("Log in again; if it happens again, update the program beside the browser.")
_FACADE = N_("Update the module and the card service together: their versions differ.")
_RETYPE = N_("Compare the number with the card or the directory and type it again.")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "codec.apdu_expected",
        N_("Invalid Le: {le} bytes, expected 1 to 65536."),
        _SENDER,
    ),
    Entry(
        "codec.apdu_header",
        N_("Invalid APDU header: a value does not fit in one byte."),
        _SENDER,
    ),
    Entry(
        "codec.apdu_length",
        N_("Invalid APDU: inconsistent lengths in {size} bytes."),
        _SENDER,
    ),
    Entry(
        "codec.atr",
        N_("Invalid ATR of {size} bytes."),
        N_("Take the card out and insert it again; if it happens again, try another reader."),
    ),
    Entry(
        "codec.bcd_date",
        N_("Invalid BCD date: {size} bytes."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.bcd_digits",
        N_("Invalid BCD number: it holds something other than digits."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.ber_bits",
        N_("Invalid BIT STRING of {size} bytes."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.ber_integer",
        N_("Invalid INTEGER of {size} bytes."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.ber_text",
        N_("Invalid UTF-8 at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.fcp_access",
        N_("Invalid access rule of a file."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.fcp_template",
        N_("Invalid FCP template: unexpected tag {tag}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.fcp_value",
        N_("Invalid FCP template: tag {tag} with {size} bytes."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.card_object_count",
        N_("Invalid file: {count} data objects, expected 1."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.card_object_tag",
        N_("Invalid data object: tag {tag}, expected {expected}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.card_object_value",
        N_("Invalid value of {tag} in the data object {object}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.identifier_key",
        N_("Invalid check digit in the {kind} number {value}."),
        _RETYPE,
    ),
    Entry(
        "codec.identifier_order",
        N_("The number {value} does not fit in {digits} digits."),
        N_("Choose a smaller number, not negative."),
    ),
    Entry(
        "codec.identifier_register",
        N_("Invalid national identifier {value}: register number missing or superfluous."),
        N_("Staff of a structure have a slash and a register number; professionals have none."),
    ),
    Entry(
        "codec.identifier_shape",
        N_("Invalid {kind} number {value}."),
        _RETYPE,
    ),
    Entry(
        "codec.identifier_type",
        N_("Invalid {kind} number {value}: unknown type digit."),
        N_("Put the type digit first, e.g. 8 before an RPPS number, 1 before a FINESS number."),
    ),
    Entry(
        "codec.pinpad",
        N_("Invalid PIN pad message: {what} ({size})."),
        N_("Update the reader's driver; until then, type the PIN on the keyboard."),
    ),
    Entry(
        "codec.pkcs11_characters",
        N_("Invalid PKCS#11 value: {size} characters or numbers, expected {expected}."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_frame",
        N_("Invalid message size between a program and the card service: {size} bytes."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_function",
        N_("Unknown PKCS#11 function number {number}."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_message",
        N_("Invalid message between a program and the card service at byte {offset}."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_number",
        N_("The number {value} does not fit in {bits} bits."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_results",
        N_("Invalid response to {function}: missing or superfluous results."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_template",
        N_("Template too long: {count} attributes."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs15_kind",
        N_("Invalid PKCS#15 entry: unexpected tag {tag}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.pkcs15_structure",
        N_("Invalid PKCS#15 entry ({part}): a mandatory element is missing."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.response_length",
        N_("Invalid response APDU of {size} bytes."),
        N_("Take the card out and insert it again; if it happens again, try another reader."),
    ),
    Entry(
        "codec.serial_size",
        N_("Invalid chip serial number: {size} bytes."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_depth",
        N_("Data objects are nested too deeply at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_length",
        N_("Invalid data object length at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_missing",
        N_("The data object {tag} is missing."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_primitive",
        N_("The data object {tag} cannot hold other objects."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_tag",
        N_("Invalid data object tag at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_trailing",
        N_("Trailing bytes after a data object, at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_truncated",
        N_("Truncated data object at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.token_algorithm",
        N_("Unknown token signature algorithm {algorithm}."),
        _TOKEN,
    ),
    Entry(
        "codec.token_format",
        N_("Unsupported token format {format}: web-eid version 1 expected."),
        N_("Update the program beside the browser, or this service."),
    ),
    Entry(
        "codec.token_json",
        N_("Invalid token: expected one JSON object with each member once."),
        _TOKEN,
    ),
    Entry(
        "codec.token_member",
        N_("Invalid token: the member {member} is missing or malformed."),
        _TOKEN,
    ),
    Entry(
        "codec.token_size",
        N_("Token too large: {size} characters, at most {most}."),
        _TOKEN,
    ),
    Entry(
        "codec.native_size",
        N_("Native message too large: {size} bytes, at most {most}."),
        N_("Load the page again; if it stays so, report the fault."),
    ),
    Entry(
        "codec.oidc_refused",
        N_("OpenID Connect request refused: {error} ({description})."),
        N_(
            "Correct the request of the application; RFC 6749 and OpenID Connect Core describe "
            "each error."
        ),
    ),
)

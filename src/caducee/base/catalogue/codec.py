# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Codes of the area ``codec``: bytes and texts that do not follow their format."""

from caducee.base.catalogue.entry import Entry
from caducee.base.i18n import N_

_OTHER_COPY = N_("Read the card again; if it happens again, the card or the file is damaged.")
_SENDER = N_("The program that sent this command is at fault; report it to its maker.")
_TOKEN = N_("Log in again; if it happens again, update the program beside the browser.")
_FACADE = N_("Update the module and the card service together: they do not understand each other.")
_RETYPE = N_("Compare the number with the card or the directory and type it again.")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "codec.apdu_expected",
        N_("A command cannot ask for {le} bytes; 1 to 65536 are possible."),
        _SENDER,
    ),
    Entry(
        "codec.apdu_header",
        N_("The header of a command has a value that cannot be written."),
        _SENDER,
    ),
    Entry(
        "codec.apdu_length",
        N_("The lengths in a command of {size} bytes contradict each other."),
        _SENDER,
    ),
    Entry(
        "codec.atr",
        N_("An answer to reset of {size} bytes does not follow its format."),
        N_("Take the card out and insert it again; if it happens again, try another reader."),
    ),
    Entry(
        "codec.bcd_date",
        N_("A date of {size} bytes is no date."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.bcd_digits",
        N_("A number that is written in digits holds something else."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.ber_bits",
        N_("A bit string of {size} bytes is wrong or too long."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.ber_integer",
        N_("A number of {size} bytes is wrong or too long."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.ber_text",
        N_("A text is no valid UTF-8 at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.fcp_access",
        N_("An access rule of a file does not follow its format."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.fcp_template",
        N_("The description of a file begins with the wrong tag {tag}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.fcp_value",
        N_("The description of a file holds {tag} with {size} bytes, which is not possible."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.card_object_count",
        N_("A file that holds one data object holds {count}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.card_object_tag",
        N_("A data object of the card begins with {tag} in place of {expected}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.card_object_value",
        N_("The value under {tag} of the data object {object} has the wrong form."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.identifier_key",
        N_("The check digit of the {kind} number {value} is wrong."),
        _RETYPE,
    ),
    Entry(
        "codec.identifier_order",
        N_("The number {value} does not fit into {digits} digits."),
        N_("Choose a smaller number; none may be negative."),
    ),
    Entry(
        "codec.identifier_register",
        N_("The national identifier {value} needs, or must not have, a register number."),
        N_("Staff of a structure have a slash and a register number; professionals have none."),
    ),
    Entry(
        "codec.identifier_shape",
        N_("{value} does not have the form of a {kind} number."),
        _RETYPE,
    ),
    Entry(
        "codec.identifier_type",
        N_("{value} does not begin with a known type digit of {kind}."),
        N_("Put the type digit first, e.g. 8 before an RPPS number, 1 before a FINESS number."),
    ),
    Entry(
        "codec.pinpad",
        N_("What a reader's keypad says or is told does not follow PC/SC: {what} ({size})."),
        N_("Update the reader's driver; until then type the code at the keyboard."),
    ),
    Entry(
        "codec.pkcs11_characters",
        N_("A value of {size} characters or numbers stands where {expected} belong."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_frame",
        N_("A message between a program and the card service cannot have {size} bytes."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_function",
        N_("A program calls a function number {number} that the card service does not know."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_message",
        N_("A message between a program and the card service is wrong at byte {offset}."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_number",
        N_("The number {value} does not fit in {bits} bits."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_results",
        N_("The answer to {function} lacks results, or has too many."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs11_template",
        N_("A list of {count} attributes is too long."),
        _FACADE,
    ),
    Entry(
        "codec.pkcs15_kind",
        N_("An entry with tag {tag} stands where another kind is due."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.pkcs15_structure",
        N_("An entry of a directory file ({part}) lacks a part that it must have."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.response_length",
        N_("An answer of {size} bytes is no answer of a card."),
        N_("Take the card out and insert it again; if it happens again, try another reader."),
    ),
    Entry(
        "codec.serial_size",
        N_("The serial number of the chip has the wrong size: {size}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_depth",
        N_("Data objects are nested too deeply at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_length",
        N_("The length of a data object is wrong at byte {offset}."),
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
        N_("The tag of a data object is wrong at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_trailing",
        N_("There are bytes left after a data object, at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.tlv_truncated",
        N_("A data object ends too early, at byte {offset}."),
        _OTHER_COPY,
    ),
    Entry(
        "codec.token_algorithm",
        N_("The token is signed with {algorithm}, which this format does not know."),
        _TOKEN,
    ),
    Entry(
        "codec.token_format",
        N_("The token has the format {format}; version 1 of web-eid is understood."),
        N_("Update the program beside the browser, or this service."),
    ),
    Entry(
        "codec.token_json",
        N_("The token is not one JSON object with each member once."),
        _TOKEN,
    ),
    Entry(
        "codec.token_member",
        N_("The member {member} of the token is missing or has the wrong form."),
        _TOKEN,
    ),
    Entry(
        "codec.token_size",
        N_("The token has {size} characters; at most {most} are taken."),
        _TOKEN,
    ),
    Entry(
        "codec.native_size",
        N_("A message between browser and program has {size} bytes; at most {most} are taken."),
        N_("Load the page again; if it stays so, report the fault."),
    ),
)

# SPDX-FileCopyrightText: The caducee contributors
# SPDX-License-Identifier: Apache-2.0
"""Structures for PIN pads against the header of pcsc-lite: a C program writes the same bytes."""

import subprocess
from pathlib import Path

import pytest

from caducee.codec.pinpad import PinFormat, PinModify, PinVerify, write_features
from caducee.spec.pinpad import GET_FEATURES, Feature, PadProperty, PinEncoding

pytestmark = pytest.mark.system

PROGRAM = r"""
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <PCSC/winscard.h>
#include <PCSC/reader.h>

static void show(const void *data, size_t size)
{
    for (size_t at = 0; at < size; at++)
        printf("%02x", ((const uint8_t *)data)[at]);
    printf("\n");
}

int main(void)
{
    uint8_t room[64];
    memset(room, 0, sizeof room);
    PIN_VERIFY_STRUCTURE *verify = (void *)room;
    verify->bTimerOut = 20;
    verify->bTimerOut2 = 20;
    verify->bmFormatString = 0x80 | 2 << 3 | 0x04 | 0x01;
    verify->bmPINBlockString = 0x40 | 8;
    verify->bmPINLengthFormat = 0x14;
    verify->wPINMaxExtraDigit = 0x0408;
    verify->bEntryValidationCondition = 0x02;
    verify->bNumberMessage = 1;
    verify->wLangId = 0x040C;
    verify->bMsgIndex = 7;
    verify->ulDataLength = 5;
    memcpy(verify->abData, "\x00\x20\x00\x01\x00", 5);
    show(room, offsetof(PIN_VERIFY_STRUCTURE, abData) + 5);

    memset(room, 0, sizeof room);
    PIN_MODIFY_STRUCTURE *modify = (void *)room;
    modify->bTimerOut = 20;
    modify->bTimerOut2 = 20;
    modify->bmFormatString = 0x82;
    modify->bmPINBlockString = 8;
    modify->bInsertionOffsetOld = 0;
    modify->bInsertionOffsetNew = 8;
    modify->wPINMaxExtraDigit = 0x0408;
    modify->bConfirmPIN = 0x03;
    modify->bEntryValidationCondition = 0x02;
    modify->bNumberMessage = 3;
    modify->wLangId = 0x0409;
    modify->bMsgIndex1 = 0;
    modify->bMsgIndex2 = 1;
    modify->bMsgIndex3 = 2;
    modify->ulDataLength = 5;
    memcpy(modify->abData, "\x00\x24\x00\x01\x00", 5);
    show(room, offsetof(PIN_MODIFY_STRUCTURE, abData) + 5);

    PCSC_TLV_STRUCTURE feature = {.tag = FEATURE_VERIFY_PIN_DIRECT, .length = 4};
    feature.value = htonl(SCARD_CTL_CODE(FEATURE_VERIFY_PIN_DIRECT + 1000));
    show(&feature, sizeof feature);

    printf("%lu %d %d %d %d\n", (unsigned long)CM_IOCTL_GET_FEATURE_REQUEST,
           FEATURE_MODIFY_PIN_DIRECT, FEATURE_GET_TLV_PROPERTIES, FEATURE_IFD_PIN_PROPERTIES,
           FEATURE_EXECUTE_PACE);
    printf("%d %d %d %d\n", PCSCv2_PART10_PROPERTY_wLcdLayout,
           PCSCv2_PART10_PROPERTY_bMinPINSize, PCSCv2_PART10_PROPERTY_bMaxPINSize,
           PCSCv2_PART10_PROPERTY_wIdProduct);
    return 0;
}
"""


def test_the_header_of_pcsclite_writes_the_same_bytes(tmp_path: Path) -> None:
    source, program = tmp_path / "pad.c", tmp_path / "pad"
    source.write_text(PROGRAM)
    flags = ["-I/usr/include/PCSC", "-include", "stddef.h"]
    subprocess.run(["gcc", *flags, "-o", str(program), str(source)], check=True, timeout=60)
    reported = subprocess.run(
        [str(program)], capture_output=True, text=True, check=True, timeout=20
    )
    verify, modify, feature, numbers, properties = reported.stdout.splitlines()
    odd = PinFormat(8, PinEncoding.BCD, 2, right=True, length_bits=4, length_format=0x14)
    mine = PinVerify(bytes.fromhex("0020000100"), odd, 4, 8, 0x040C, seconds=20, message=7)
    assert mine.to_bytes().hex() == verify
    changed = PinModify(bytes.fromhex("0024000100"), PinFormat(8), 4, 8, 0, 8, seconds=20)
    assert changed.to_bytes().hex() == modify
    code = 0x42000000 + Feature.VERIFY_PIN_DIRECT + 1000
    assert write_features({Feature.VERIFY_PIN_DIRECT: code}).hex() == feature
    assert [int(word) for word in numbers.split()] == [
        0x42000000 + GET_FEATURES,
        Feature.MODIFY_PIN_DIRECT,
        Feature.GET_TLV_PROPERTIES,
        Feature.IFD_PIN_PROPERTIES,
        Feature.EXECUTE_PACE,
    ]
    assert [int(word) for word in properties.split()] == [
        PadProperty.LCD_LAYOUT,
        PadProperty.LEAST_PIN,
        PadProperty.MOST_PIN,
        PadProperty.PRODUCT,
    ]

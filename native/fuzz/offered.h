/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzzer, as a caller, offers to every function.
 */
#ifndef CADUCEE_OFFERED_H
#define CADUCEE_OFFERED_H

#include "../pkcs11/facade.h"

struct offered {
    CK_BYTE data[5];
    CK_UTF8CHAR label[32];
    CK_MECHANISM mechanism;
    CK_ATTRIBUTE template[1];
    CK_ULONG number;
    CK_INFO CK_INFO;
    CK_SLOT_INFO CK_SLOT_INFO;
    CK_TOKEN_INFO CK_TOKEN_INFO;
    CK_SESSION_INFO CK_SESSION_INFO;
    CK_MECHANISM_INFO CK_MECHANISM_INFO;
    CK_BYTE *room; /* exactly room_size bytes, or NULL */
    CK_ULONG room_size;
    CK_ULONG *list;
    CK_ULONG list_size;
    CK_ATTRIBUTE *rooms;
    CK_ULONG rooms_count;
};

CK_RV call_function(unsigned number, struct offered *offered);

#endif

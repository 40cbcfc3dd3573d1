/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A daemon that sends anything. The whole façade runs but its transport, in whose place the input
 * stands: three bytes that say who calls and what is offered, then what the daemon sends.
 *
 *   byte 0   bit 0: the welcome comes from the input too, else a good one is sent
 *            bit 1: at its end the input is silent, else the connection ends
 *            bit 2: no room is offered, only questions for lengths
 *            bit 3: the pieces that arrive are single bytes
 *   byte 1   room, in bytes or numbers
 *   byte 2   function
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "offered.h"

static const uint8_t good_welcome[] = {9, 0, 0, 0, WIRE_WELCOME, 0, 0, 0, 0, WIRE_VERSION, 0, 0, 0};

static struct {
    const uint8_t *data;
    size_t size;
    size_t welcome; /* bytes of the good welcome that are still to come */
    bool silent, dripping;
} input;

/* --- the transport --- */

void link_clear(struct link *link)
{
    link->socket = -1;
}

void link_close(struct link *link)
{
    link->socket = -1;
}

void link_interrupt(struct link *link)
{
    (void)link;
}

bool link_is_quiet(struct link *link)
{
    (void)link;
    return true;
}

size_t link_token(uint8_t token[WIRE_MAX_TOKEN])
{
    (void)token;
    return 0;
}

enum outcome link_connect(struct link *link, uint64_t deadline)
{
    (void)deadline;
    link->socket = 1;
    return DONE;
}

enum outcome link_send(struct link *link, const uint8_t *data, size_t size, size_t *sent,
                       uint64_t deadline)
{
    volatile uint8_t last = 0;
    (void)link;
    (void)deadline;
    for (size_t at = 0; at < size; at++)
        last ^= data[at]; /* every byte that is sent has been written */
    *sent = size;
    return DONE;
}

enum outcome link_receive(struct link *link, uint8_t *data, size_t size, size_t *received,
                          uint64_t deadline)
{
    (void)link;
    (void)deadline;
    const uint8_t *from = input.data;
    size_t most = input.size;
    if (input.welcome > 0) {
        from = good_welcome + sizeof good_welcome - input.welcome;
        most = input.welcome;
    }
    size_t count = size < most ? size : most;
    if (input.dripping && count > 1)
        count = 1;
    if (count == 0)
        return input.silent ? SILENT : CLOSED;
    memcpy(data, from, count);
    *received = count;
    if (input.welcome > 0) {
        input.welcome -= count;
    } else {
        input.data += count;
        input.size -= count;
    }
    return DONE;
}

/* --- the caller --- */

/* Rooms of exactly the size that is told, so that one byte too many is seen. */
static void offer(struct offered *offered, uint8_t room, bool nothing)
{
    static CK_RSA_PKCS_PSS_PARAMS pss = {1, 2, 3};
    static CK_BYTE value[3] = "abc";
    memset(offered, 0, sizeof *offered);
    offered->mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof pss};
    offered->template[0] = (CK_ATTRIBUTE){CKA_LABEL, value, sizeof value};
    offered->room_size = offered->list_size = room;
    offered->rooms_count = room % 4;
    offered->rooms = calloc(offered->rooms_count + 1, sizeof *offered->rooms);
    if (!nothing) {
        offered->room = malloc(room ? room : 1);
        offered->list = malloc((room ? room : 1) * sizeof *offered->list);
    }
    for (CK_ULONG at = 0; at < offered->rooms_count; at++) {
        CK_ULONG types[] = {CKA_VALUE, CKA_WRAP_TEMPLATE, CKA_ID};
        offered->rooms[at] = (CK_ATTRIBUTE){types[at], nothing ? NULL : malloc(room ? room : 1),
                                            nothing ? 0 : room};
    }
}

static void withdraw(struct offered *offered, void *const places[4])
{
    for (CK_ULONG at = 0; at < offered->rooms_count; at++) {
        if (offered->rooms[at].pValue != places[at])
            abort(); /* a pointer of the caller was changed */
        free(offered->rooms[at].pValue);
    }
    free(offered->rooms);
    free(offered->room);
    free(offered->list);
}

static void call_once(unsigned function, uint8_t room, bool nothing)
{
    struct offered offered;
    void *places[4] = {NULL};
    offer(&offered, room, nothing);
    for (CK_ULONG at = 0; at < offered.rooms_count; at++)
        places[at] = offered.rooms[at].pValue;
    CK_RV rv = call_function(function, &offered);
    if (rv == CKR_OK && offered.room != NULL && offered.room_size > room)
        abort(); /* success, and more bytes than there is room for */
    withdraw(&offered, places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    input.data = data + 3;
    input.size = size - 3;
    input.welcome = data[0] & 1 ? 0 : sizeof good_welcome;
    input.silent = data[0] & 2;
    input.dripping = data[0] & 8;
    if (caducee_C_Initialize(NULL) != CKR_OK)
        return 0;
    for (unsigned turn = 0; turn < 2; turn++) {
        input.welcome = 0; /* a second connection is welcomed by the input, if at all */
        call_once(data[2], data[1], data[0] & 4);
    }
    return caducee_C_Finalize(NULL) == CKR_OK ? 0 : -1;
}

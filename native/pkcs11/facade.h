/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the façade know of each other. The wire is told by src/caducee/codec/pkcs11.
 */
#ifndef CADUCEE_FACADE_H
#define CADUCEE_FACADE_H

#include <stdbool.h>
#include <stdint.h>

#include "cryptoki.h"
#include "generated/wire.h"
#include "system.h"

/* What became of something that was sent, awaited or looked for. */
enum outcome {
    DONE,
    CLOSED,   /* the other side is gone */
    SILENT,   /* nothing came in time */
    ABSENT,   /* nobody listens there */
    FOREIGN,  /* who listens there is not the user's own daemon */
    BROKEN,   /* the machine has no memory, no descriptor */
};

/* --- transport_*.c: one connection; a deadline is a time of system_now() --- */

void link_clear(struct link *link);
enum outcome link_connect(struct link *link, uint64_t deadline);
/* Sends all; *sent tells how much left before a failure. */
enum outcome link_send(struct link *link, const uint8_t *data, size_t size, size_t *sent,
                       uint64_t deadline);
/* Receives at least one byte and at most `size`. */
enum outcome link_receive(struct link *link, uint8_t *data, size_t size, size_t *received,
                          uint64_t deadline);
/* Whether an idle connection is as it was left: open, and nothing came on it. */
bool link_is_quiet(struct link *link);
/* Wakes a thread that waits on the connection; it finds it closed. */
void link_interrupt(struct link *link);
/* Forgets the connection; in the child of a fork this leaves the parent's as it is. */
void link_close(struct link *link);
/* What HELLO carries where the transport does not tell who connects; returns its length. */
size_t link_token(uint8_t token[WIRE_MAX_TOKEN]);

/* --- buffer.c: bytes that grow, and are wiped before they go --- */

/* The fuzzer takes other values, so that no slack hides a byte that is read too far. */
#if !defined(BUFFER_SMALL)
#define BUFFER_SMALL 2048
#define BUFFER_SLACK(size) (size)
#endif

struct buffer {
    uint8_t *data; /* `small`, or from malloc */
    size_t size;
    size_t capacity;
    uint8_t small[BUFFER_SMALL];
};

void buffer_open(struct buffer *buffer);
/* Makes room for `more` bytes behind `size`; false without memory. */
bool buffer_reserve(struct buffer *buffer, size_t more);
void buffer_close(struct buffer *buffer);

/* --- pool.c: the connections of this process --- */

struct connection {
    struct link link;
    enum { FREE, IDLE, BUSY } use;
};

bool pool_is_ready(void);
/* Gives a connection that has said HELLO, or the code to return; `fresh`: made just now. */
CK_RV pool_take(bool waits, bool want_fresh, struct connection **taken, bool *fresh);
void pool_give_back(struct connection *connection, bool healthy);
uint64_t pool_silence(void);
void pool_suspect(void);
CK_RV pool_open(CK_FLAGS flags, bool reserved, bool own_locks);
CK_RV pool_close(void);
void pool_unload(void);

/* --- call.c: one call --- */

struct call {
    struct buffer request;
    struct buffer reply;
    size_t start;  /* of the payload of the reply */
    size_t at;     /* what of it is read */
    size_t end;
    CK_RV rv;
    bool waits;    /* C_WaitForSlotEvent: as long as it takes, on a connection of its own */
    bool lies;     /* the reply cannot be true */
    const CK_MECHANISM *mechanism; /* whose parameter is not read yet, or NULL */
    size_t parameter; /* where it stands in the request */
    int saved_errno;
};

/* Begins a call; false before C_Initialize, when nothing of the caller's may be read. Once it has
 * failed, everything that follows does nothing. */
bool call_begin(struct call *call, uint32_t function);
/* Sends it and receives the reply; true if there are results to read. */
bool call_send(struct call *call);
/* Ends it, wipes what was sent and received, returns the code. */
CK_RV call_end(struct call *call);
/* The exchange itself, on a connection that is held: for pool.c too. */
enum outcome call_exchange(struct call *call, struct link *link, uint64_t silence, size_t *sent);
uint32_t read_u32(const uint8_t *place);
void call_frame(struct call *call, uint8_t kind, uint32_t code);

/* --- arguments.c: what goes into a call, and what comes out of a reply --- */

void put_number(struct call *call, uint64_t value, unsigned size);
void put_raw(struct call *call, const void *data, size_t size);
void put_ulong(struct call *call, CK_ULONG value);
void put_flag(struct call *call, CK_BBOOL value);
void put_bytes(struct call *call, const CK_BYTE *data, CK_ULONG length, CK_RV too_long);
void put_optional_bytes(struct call *call, const CK_BYTE *data, CK_ULONG length, CK_RV too_long);
void put_pin(struct call *call, const CK_BYTE *pin, CK_ULONG length, CK_RV too_long);
void put_label(struct call *call, const CK_UTF8CHAR *label);
void put_mechanism(struct call *call, const CK_MECHANISM *mechanism);
/* Reads the parameter that `put_mechanism` left unread, and puts it in its place. */
void insert_parameter(struct call *call);
void put_template(struct call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count);
void put_template_room(struct call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count);
void put_parameter(struct call *call, const void *parameter, CK_ULONG length);
void put_room(struct call *call, const void *place, const CK_ULONG *size);
void put_optional_room(struct call *call, const void *place, const CK_ULONG *size);
void put_found_room(struct call *call, const void *place, CK_ULONG most, const CK_ULONG *count);
void put_random(struct call *call, const CK_BYTE *place, CK_ULONG length);
void need_place(struct call *call, const void *place);
void need_null(struct call *call, const void *reserved);

void get_ulong(struct call *call, CK_ULONG *value);
void get_version(struct call *call, CK_VERSION *version);
void get_characters(struct call *call, CK_UTF8CHAR *characters, size_t size);
void get_bytes(struct call *call, CK_BYTE *place, CK_ULONG *length);
void get_optional_bytes(struct call *call, CK_BYTE *place, CK_ULONG *length);
void get_list(struct call *call, CK_ULONG *place, CK_ULONG *count);
void get_found(struct call *call, CK_ULONG *place, CK_ULONG most, CK_ULONG *count);
void get_template(struct call *call, CK_ATTRIBUTE *attributes, CK_ULONG count);
void get_random(struct call *call, CK_BYTE *place, CK_ULONG length);

#endif

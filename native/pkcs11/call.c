/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * One call: its frame, the exchange with the daemon, and what is believed of the reply.
 */
#include <stdatomic.h>
#include <string.h>

#include "facade.h"

/* No honest daemon sends more WORKING than this beside one a second, or asks more often for a card
 * after it was told that none is lent. */
#define WORKING_SLACK 64
#define LEND_MOST 16

#define RECEIVE_STEP 65536u

/* --- the trace id: random once, then counted and mixed (splitmix64), no call to the system --- */

static _Atomic uint64_t trace_counter;

static uint64_t next_trace(void)
{
    if (atomic_load_explicit(&trace_counter, memory_order_relaxed) == 0) {
        uint64_t seed = 0;
        uint64_t none = 0;
        system_random(&seed, sizeof seed);
        atomic_compare_exchange_strong(&trace_counter, &none, seed | 1);
    }
    uint64_t mixed = atomic_fetch_add(&trace_counter, 0x9E3779B97F4A7C15u) ^ system_process() << 32;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return mixed ^ mixed >> 31;
}

/* --- frames --- */

static void write_u32(uint8_t *place, uint32_t value)
{
    for (unsigned at = 0; at < 4; at++)
        place[at] = (uint8_t)(value >> (8 * at));
}

uint32_t read_u32(const uint8_t *place)
{
    return (uint32_t)place[0] | (uint32_t)place[1] << 8 | (uint32_t)place[2] << 16 |
           (uint32_t)place[3] << 24;
}

void call_frame(struct call *call, uint8_t kind, uint32_t code)
{
    call->saved_errno = system_errno();
    call->rv = CKR_OK;
    call->waits = call->lies = false;
    call->mechanism = NULL;
    call->start = call->at = call->end = 0;
    buffer_open(&call->request);
    buffer_open(&call->reply);
    put_number(call, 0, 4);
    put_number(call, kind, 1);
    put_number(call, code, 4);
}

bool call_begin(struct call *call, uint32_t function)
{
    call_frame(call, WIRE_CALL, function);
    if (!pool_is_ready()) {
        call->rv = CKR_CRYPTOKI_NOT_INITIALIZED;
        return false;
    }
    put_number(call, next_trace(), 8);
    return true;
}

/* --- the exchange --- */

/* Receives until `size` bytes from call->start on are there. Memory is taken as bytes come, not as
 * a length promises. */
static enum outcome receive_until(struct call *call, struct link *link, size_t size,
                                  uint64_t deadline)
{
    struct buffer *reply = &call->reply;
    size_t wanted = call->start + size;
    while (reply->size < wanted) {
        size_t missing = wanted - reply->size;
        size_t received = 0;
        if (!buffer_reserve(reply, missing < RECEIVE_STEP ? missing : RECEIVE_STEP))
            return BROKEN;
        enum outcome outcome = link_receive(link, reply->data + reply->size,
                                            reply->capacity - reply->size, &received, deadline);
        if (outcome != DONE)
            return outcome;
        reply->size += received;
    }
    return DONE;
}

/* No card is lent by a PKCS#11 module: the daemon is told so. */
static enum outcome answer_lend(struct link *link, uint64_t deadline)
{
    uint8_t frame[WIRE_LENGTH + WIRE_HEAD];
    size_t sent;
    write_u32(frame, WIRE_HEAD);
    frame[WIRE_LENGTH] = WIRE_LENT;
    write_u32(frame + WIRE_LENGTH + 1, CKR_FUNCTION_NOT_SUPPORTED);
    return link_send(link, frame, sizeof frame, &sent, deadline);
}

/* Forgets the frame that was read; what came behind it moves to the front. */
static void drop_frame(struct call *call)
{
    struct buffer *reply = &call->reply;
    memmove(reply->data, reply->data + call->end, reply->size - call->end);
    reply->size -= call->end;
    call->start = 0;
}

/* Receives one frame: call->start and call->end bound its payload. */
static enum outcome receive_frame(struct call *call, struct link *link, uint64_t deadline,
                                  uint8_t *kind, uint32_t *code)
{
    call->start = 0;
    enum outcome outcome = receive_until(call, link, WIRE_LENGTH + WIRE_HEAD, deadline);
    if (outcome != DONE)
        return outcome;
    uint32_t size = read_u32(call->reply.data);
    if (size < WIRE_HEAD || size > WIRE_MAX_FRAME) {
        call->lies = true;
        return DONE;
    }
    outcome = receive_until(call, link, WIRE_LENGTH + size, deadline);
    if (outcome != DONE)
        return outcome;
    *kind = call->reply.data[WIRE_LENGTH];
    *code = read_u32(call->reply.data + WIRE_LENGTH + 1);
    call->start = call->at = WIRE_LENGTH + WIRE_HEAD;
    call->end = WIRE_LENGTH + size;
    return DONE;
}

/* Receives until the reply is there, minding what comes before it. */
static enum outcome receive_reply(struct call *call, struct link *link, uint64_t silence,
                                  uint8_t expected)
{
    uint64_t begun = system_now();
    unsigned working = 0;
    unsigned lend = 0;
    for (;;) {
        uint64_t now = system_now();
        uint64_t deadline = now + silence;
        if (!call->waits && deadline > begun + WIRE_LONGEST * 1000u)
            deadline = begun + WIRE_LONGEST * 1000u;
        uint8_t kind = 0;
        uint32_t code = 0;
        enum outcome outcome = receive_frame(call, link, deadline, &kind, &code);
        if (outcome != DONE || call->lies)
            return outcome;
        if (kind == expected) {
            call->rv = code;
            call->lies = call->reply.size != call->end;
            return DONE;
        }
        bool empty = call->start == call->end;
        if (kind == WIRE_WORKING && empty && working++ < WORKING_SLACK + (now - begun) / 1000) {
            drop_frame(call);
        } else if (kind == WIRE_LEND && expected == WIRE_REPLY && lend++ < LEND_MOST) {
            drop_frame(call);
            outcome = answer_lend(link, deadline);
            if (outcome != DONE)
                return outcome;
        } else {
            call->lies = true;
            return DONE;
        }
    }
}

enum outcome call_exchange(struct call *call, struct link *link, uint64_t silence, size_t *sent)
{
    uint8_t expected = call->request.data[WIRE_LENGTH] == WIRE_HELLO ? WIRE_WELCOME : WIRE_REPLY;
    write_u32(call->request.data, (uint32_t)(call->request.size - WIRE_LENGTH));
    enum outcome outcome = link_send(link, call->request.data, call->request.size, sent,
                                     system_now() + silence);
    return outcome == DONE ? receive_reply(call, link, silence, expected) : outcome;
}

/* Whether a call asks no more than what there is: a second daemon may be asked it again. */
static bool is_harmless(const struct call *call)
{
    switch (read_u32(call->request.data + WIRE_LENGTH + 1)) {
    case FUNCTION_C_GetInfo:
    case FUNCTION_C_GetSlotList:
    case FUNCTION_C_GetSlotInfo:
    case FUNCTION_C_GetTokenInfo:
    case FUNCTION_C_GetMechanismList:
    case FUNCTION_C_GetMechanismInfo:
    case FUNCTION_C_OpenSession:
        return true;
    default:
        return false;
    }
}

/* Tries once on one connection; true if a second connection may be tried: only while the daemon
 * cannot have seen the whole call, for a wrong PIN sent twice would cost two tries, or when the call
 * does nothing that could happen twice. */
static bool attempt(struct call *call, bool want_fresh)
{
    struct connection *connection;
    bool fresh;
    CK_RV rv = pool_take(call->waits, want_fresh, &connection, &fresh);
    if (rv != CKR_OK) {
        call->rv = rv;
        return false;
    }
    size_t sent = 0;
    enum outcome outcome = call_exchange(call, &connection->link, pool_silence(), &sent);
    bool healthy = outcome == DONE && !call->lies;
    if (outcome == SILENT)
        pool_suspect();
    pool_give_back(connection, healthy);
    if (healthy)
        return false;
    if (outcome == CLOSED && !fresh && (sent < call->request.size || is_harmless(call)))
        return true;
    if (!pool_is_ready())
        call->rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    else
        call->rv = outcome == BROKEN ? CKR_HOST_MEMORY : CKR_DEVICE_ERROR;
    return false;
}

/* Sends the request; false when it is not sent, or no reply can be used. */
static bool send_once(struct call *call)
{
    if (call->rv == CKR_OK && call->request.size > WIRE_LENGTH + WIRE_MAX_FRAME)
        call->rv = CKR_ARGUMENTS_BAD;
    if (call->rv != CKR_OK)
        return false;
    if (attempt(call, false) && attempt(call, true))
        call->rv = CKR_DEVICE_ERROR;
    return true;
}

/* Whether the daemon has judged all but the parameter of a mechanism, and asks for that now. */
static bool wants_parameter(struct call *call)
{
    if (call->lies || call->rv != WIRE_PARAMETER_WANTED)
        return false;
    call->lies = call->mechanism == NULL || call->start != call->end;
    return !call->lies;
}

/* The same request with the parameter in it: the daemon has done nothing for the first. */
static bool send_with_parameter(struct call *call)
{
    call->rv = CKR_OK;
    call->start = call->at = call->end = call->reply.size = 0;
    insert_parameter(call);
    call->mechanism = NULL;
    return send_once(call) && !wants_parameter(call);
}

bool call_send(struct call *call)
{
    if (!send_once(call) || (wants_parameter(call) && !send_with_parameter(call)))
        return false;
    if (call->lies) {
        call->at = call->end = 0;
        return false;
    }
    return call->end > call->start || call->rv == CKR_OK;
}

CK_RV call_end(struct call *call)
{
    CK_RV rv = call->rv;
    if (call->lies || call->at != call->end)
        rv = CKR_DEVICE_ERROR;
    buffer_close(&call->request);
    buffer_close(&call->reply);
    system_set_errno(call->saved_errno);
    return rv;
}

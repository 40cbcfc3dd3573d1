/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What goes into a call, and what comes out of a reply, one function a kind of argument (`Kind` in
 * src/caducee/spec/pkcs11/functions.py). Whatever a caller passes is checked before it is read;
 * whatever the daemon says is checked before it is believed.
 */
#include <string.h>

#include "facade.h"

static void fail(struct call *call, CK_RV rv)
{
    if (call->rv == CKR_OK)
        call->rv = rv;
}

/* --- into a call --- */

void put_raw(struct call *call, const void *data, size_t size)
{
    if (call->rv != CKR_OK)
        return;
    if (!buffer_reserve(&call->request, size)) {
        call->rv = CKR_HOST_MEMORY;
        return;
    }
    if (size > 0)
        memcpy(call->request.data + call->request.size, data, size);
    call->request.size += size;
}

void put_number(struct call *call, uint64_t value, unsigned size)
{
    uint8_t bytes[8];
    for (unsigned at = 0; at < size; at++)
        bytes[at] = (uint8_t)(value >> (8 * at));
    put_raw(call, bytes, size);
}

void put_ulong(struct call *call, CK_ULONG value)
{
    put_number(call, value == CK_UNAVAILABLE_INFORMATION ? UINT64_MAX : value, 8);
}

void put_flag(struct call *call, CK_BBOOL value)
{
    put_number(call, value != 0, 1);
}

/* A length and the bytes; NULL is good for no bytes only. */
static void put_counted(struct call *call, const void *data, CK_ULONG length, CK_RV too_long)
{
    if (data == NULL && length > 0)
        fail(call, CKR_ARGUMENTS_BAD);
    else if (length > WIRE_MAX_FRAME - WIRE_HEAD ||
             call->request.size > WIRE_MAX_FRAME - WIRE_HEAD - (size_t)length)
        fail(call, too_long);
    put_number(call, length, 4);
    put_raw(call, data, length);
}

void put_bytes(struct call *call, const CK_BYTE *data, CK_ULONG length, CK_RV too_long)
{
    put_counted(call, data, length, too_long);
}

void put_optional_bytes(struct call *call, const CK_BYTE *data, CK_ULONG length, CK_RV too_long)
{
    put_number(call, data != NULL, 1);
    if (data != NULL || length > 0)
        put_counted(call, data, length, too_long);
}

void put_pin(struct call *call, const CK_BYTE *pin, CK_ULONG length, CK_RV too_long)
{
    if (pin != NULL && length > WIRE_MAX_PIN)
        fail(call, too_long);
    put_number(call, pin != NULL, 1);
    if (pin != NULL)
        put_counted(call, pin, length, too_long);
}

void put_label(struct call *call, const CK_UTF8CHAR *label)
{
    put_counted(call, label, WIRE_LABEL, CKR_ARGUMENTS_BAD);
}

/* The parameter stays unread, for callers leave it uninitialised where a call cannot succeed anyway:
 * only its length goes. The daemon asks for it once all else is judged (`insert_parameter`). */
void put_mechanism(struct call *call, const CK_MECHANISM *mechanism)
{
    put_number(call, mechanism != NULL, 1);
    if (mechanism == NULL)
        return;
    put_ulong(call, mechanism->mechanism);
    call->mechanism = mechanism;
    call->parameter = call->request.size;
    put_number(call, mechanism->ulParameterLen == 0 ? WIRE_MECHANISM_NONE : WIRE_MECHANISM_UNREAD, 1);
    if (mechanism->ulParameterLen > 0)
        put_ulong(call, mechanism->ulParameterLen);
}

/* Bytes of an unread parameter, and of PSS, in a request. */
#define UNREAD_SIZE (1 + 8)
#define PSS_SIZE (1 + 3 * 8)

/* The caller's structure need not be aligned: it is copied before it is read. */
void insert_parameter(struct call *call)
{
    const CK_MECHANISM *mechanism = call->mechanism;
    CK_RSA_PKCS_PSS_PARAMS pss;
    if (!MECHANISM_TAKES_PSS(mechanism->mechanism) || mechanism->pParameter == NULL ||
        mechanism->ulParameterLen != sizeof pss) {
        fail(call, CKR_MECHANISM_PARAM_INVALID);
        return;
    }
    memcpy(&pss, mechanism->pParameter, sizeof pss);
    size_t behind = call->parameter + UNREAD_SIZE;
    size_t rest = call->request.size - behind;
    put_raw(call, (const uint8_t[PSS_SIZE - UNREAD_SIZE]){0}, PSS_SIZE - UNREAD_SIZE);
    if (call->rv != CKR_OK)
        return;
    size_t size = call->request.size;
    memmove(call->request.data + call->parameter + PSS_SIZE, call->request.data + behind, rest);
    call->request.size = call->parameter;
    put_number(call, WIRE_MECHANISM_PSS, 1);
    put_ulong(call, pss.hashAlg);
    put_ulong(call, pss.mgf);
    put_ulong(call, pss.sLen);
    call->request.size = size;
}

/* Whether a value would hold addresses of the caller: a template within a template. */
static bool holds_addresses(CK_ULONG type)
{
    return (type & CKF_ARRAY_ATTRIBUTE) != 0 && type != CKA_ALLOWED_MECHANISMS;
}

static bool put_count(struct call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    if ((attributes == NULL && count > 0) || count > WIRE_MAX_ATTRIBUTES)
        fail(call, CKR_ARGUMENTS_BAD);
    put_number(call, count, 4);
    return call->rv == CKR_OK;
}

void put_template(struct call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    if (!put_count(call, attributes, count))
        return;
    for (CK_ULONG at = 0; at < count && call->rv == CKR_OK; at++) {
        const CK_ATTRIBUTE *one = &attributes[at];
        if (holds_addresses(one->type))
            fail(call, CKR_ATTRIBUTE_TYPE_INVALID);
        else if (one->pValue == NULL && one->ulValueLen > 0)
            fail(call, CKR_ATTRIBUTE_VALUE_INVALID);
        put_ulong(call, one->type);
        put_counted(call, one->pValue, one->ulValueLen, CKR_ATTRIBUTE_VALUE_INVALID);
    }
}

void put_template_room(struct call *call, const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    if (!put_count(call, attributes, count))
        return;
    for (CK_ULONG at = 0; at < count; at++) {
        const CK_ATTRIBUTE *one = &attributes[at];
        put_ulong(call, one->type);
        put_number(call, one->pValue != NULL, 1);
        if (one->pValue != NULL)
            put_ulong(call, one->ulValueLen);
    }
}

void put_parameter(struct call *call, const void *parameter, CK_ULONG length)
{
    if (parameter == NULL && length > 0)
        fail(call, CKR_ARGUMENTS_BAD);
    put_number(call, parameter != NULL, 1);
    if (parameter != NULL)
        put_ulong(call, length);
}

void put_room(struct call *call, const void *place, const CK_ULONG *size)
{
    if (size == NULL) {
        fail(call, CKR_ARGUMENTS_BAD);
        return;
    }
    put_number(call, place == NULL ? WIRE_ROOM_QUERY : WIRE_ROOM_CAPACITY, 1);
    if (place != NULL)
        put_ulong(call, *size);
}

void put_optional_room(struct call *call, const void *place, const CK_ULONG *size)
{
    if (size == NULL && place == NULL)
        put_number(call, WIRE_ROOM_NOTHING, 1);
    else
        put_room(call, place, size);
}

void put_found_room(struct call *call, const void *place, CK_ULONG most, const CK_ULONG *count)
{
    need_place(call, count);
    if (place == NULL && most > 0)
        fail(call, CKR_ARGUMENTS_BAD);
    put_number(call, WIRE_ROOM_CAPACITY, 1);
    put_ulong(call, most);
}

void put_random(struct call *call, const CK_BYTE *place, CK_ULONG length)
{
    if ((place == NULL && length > 0) || length > WIRE_MAX_FRAME - 64)
        fail(call, CKR_ARGUMENTS_BAD);
    put_ulong(call, length);
}

void need_place(struct call *call, const void *place)
{
    if (place == NULL)
        fail(call, CKR_ARGUMENTS_BAD);
}

void need_null(struct call *call, const void *reserved)
{
    if (reserved != NULL)
        fail(call, CKR_ARGUMENTS_BAD);
}

/* --- out of a reply --- */

static const uint8_t *take(struct call *call, uint64_t size)
{
    if (call->lies || size > call->end - call->at) {
        call->lies = true;
        return NULL;
    }
    const uint8_t *found = call->reply.data + call->at;
    call->at += (size_t)size;
    return found;
}

static uint64_t take_number(struct call *call, unsigned size)
{
    const uint8_t *bytes = take(call, size);
    uint64_t value = 0;
    if (bytes != NULL)
        for (unsigned at = size; at > 0; at--)
            value = value << 8 | bytes[at - 1];
    return value;
}

/* A number that must fit the host; 64 ones are all ones here too. */
static CK_ULONG take_ulong(struct call *call)
{
    uint64_t value = take_number(call, 8);
    if (value == UINT64_MAX)
        return CK_UNAVAILABLE_INFORMATION;
    if (value > (CK_ULONG)-1) {
        call->lies = true;
        return 0;
    }
    return (CK_ULONG)value;
}

static bool take_flag(struct call *call)
{
    uint64_t value = take_number(call, 1);
    if (value > 1)
        call->lies = true;
    return value == 1;
}

void get_ulong(struct call *call, CK_ULONG *value)
{
    CK_ULONG found = take_ulong(call);
    if (!call->lies)
        *value = found;
}

void get_version(struct call *call, CK_VERSION *version)
{
    const uint8_t *bytes = take(call, 2);
    if (bytes != NULL) {
        version->major = bytes[0];
        version->minor = bytes[1];
    }
}

void get_characters(struct call *call, CK_UTF8CHAR *characters, size_t size)
{
    const uint8_t *bytes = take(call, size);
    if (bytes != NULL)
        memcpy(characters, bytes, size);
}

/* Whether a value may be there, or be missing, in view of the code and of the room. */
static bool is_believable(const struct call *call, bool present, bool wanted, bool fits)
{
    if (present)
        return wanted && fits && call->rv != CKR_BUFFER_TOO_SMALL;
    return !wanted || call->rv != CKR_OK;
}

void get_bytes(struct call *call, CK_BYTE *place, CK_ULONG *length)
{
    CK_ULONG found = take_ulong(call);
    bool present = take_flag(call);
    if (!is_believable(call, present, place != NULL, found <= *length))
        call->lies = true;
    const uint8_t *bytes = take(call, present ? found : 0);
    if (bytes == NULL)
        return;
    if (present)
        memcpy(place, bytes, found);
    *length = found;
}

void get_optional_bytes(struct call *call, CK_BYTE *place, CK_ULONG *length)
{
    CK_ULONG unused = 0;
    get_bytes(call, place, length == NULL ? &unused : length);
}

void get_list(struct call *call, CK_ULONG *place, CK_ULONG *count)
{
    CK_ULONG found = take_ulong(call);
    bool present = take_flag(call);
    if (!is_believable(call, present, place != NULL, found <= *count) ||
        (present && found > (call->end - call->at) / 8))
        call->lies = true;
    for (CK_ULONG at = 0; present && !call->lies && at < found; at++)
        get_ulong(call, &place[at]);
    if (!call->lies)
        *count = found;
}

void get_found(struct call *call, CK_ULONG *place, CK_ULONG most, CK_ULONG *count)
{
    CK_ULONG found = most;
    CK_ULONG nowhere;
    get_list(call, place == NULL ? &nowhere : place, &found);
    if (!call->lies)
        *count = found;
}

static void get_attribute(struct call *call, CK_ATTRIBUTE *one)
{
    CK_ULONG length = take_ulong(call);
    bool present = take_flag(call);
    bool wanted = one->pValue != NULL && !holds_addresses(one->type);
    /* Others of the template may be whole beside one that has too little room. */
    if (present ? !wanted || length > one->ulValueLen : wanted && call->rv == CKR_OK)
        call->lies = true;
    const uint8_t *bytes = take(call, present ? length : 0);
    if (bytes == NULL)
        return;
    if (present)
        memcpy(one->pValue, bytes, length);
    one->ulValueLen = length;
}

void get_template(struct call *call, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    if (take_number(call, 4) != count)
        call->lies = true;
    for (CK_ULONG at = 0; at < count && !call->lies; at++)
        get_attribute(call, &attributes[at]);
}

void get_random(struct call *call, CK_BYTE *place, CK_ULONG length)
{
    if (take_number(call, 4) != length)
        call->lies = true;
    const uint8_t *bytes = take(call, length);
    if (bytes != NULL && length > 0)
        memcpy(place, bytes, length);
}

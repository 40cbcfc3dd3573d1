/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every function that crosses the wire.
 * Written by tools/pkcs11_c.py after src/caducee/spec/pkcs11/functions.py; do not edit.
 */

#include "../facade.h"

static void get_CK_INFO(struct call *call, CK_INFO *info)
{
    get_version(call, &info->cryptokiVersion);
    get_characters(call, info->manufacturerID, sizeof info->manufacturerID);
    get_ulong(call, &info->flags);
    get_characters(call, info->libraryDescription, sizeof info->libraryDescription);
    get_version(call, &info->libraryVersion);
}

static void get_CK_SLOT_INFO(struct call *call, CK_SLOT_INFO *info)
{
    get_characters(call, info->slotDescription, sizeof info->slotDescription);
    get_characters(call, info->manufacturerID, sizeof info->manufacturerID);
    get_ulong(call, &info->flags);
    get_version(call, &info->hardwareVersion);
    get_version(call, &info->firmwareVersion);
}

static void get_CK_TOKEN_INFO(struct call *call, CK_TOKEN_INFO *info)
{
    get_characters(call, info->label, sizeof info->label);
    get_characters(call, info->manufacturerID, sizeof info->manufacturerID);
    get_characters(call, info->model, sizeof info->model);
    get_characters(call, info->serialNumber, sizeof info->serialNumber);
    get_ulong(call, &info->flags);
    get_ulong(call, &info->ulMaxSessionCount);
    get_ulong(call, &info->ulSessionCount);
    get_ulong(call, &info->ulMaxRwSessionCount);
    get_ulong(call, &info->ulRwSessionCount);
    get_ulong(call, &info->ulMaxPinLen);
    get_ulong(call, &info->ulMinPinLen);
    get_ulong(call, &info->ulTotalPublicMemory);
    get_ulong(call, &info->ulFreePublicMemory);
    get_ulong(call, &info->ulTotalPrivateMemory);
    get_ulong(call, &info->ulFreePrivateMemory);
    get_version(call, &info->hardwareVersion);
    get_version(call, &info->firmwareVersion);
    get_characters(call, info->utcTime, sizeof info->utcTime);
}

static void get_CK_SESSION_INFO(struct call *call, CK_SESSION_INFO *info)
{
    get_ulong(call, &info->slotID);
    get_ulong(call, &info->state);
    get_ulong(call, &info->flags);
    get_ulong(call, &info->ulDeviceError);
}

static void get_CK_MECHANISM_INFO(struct call *call, CK_MECHANISM_INFO *info)
{
    get_ulong(call, &info->ulMinKeySize);
    get_ulong(call, &info->ulMaxKeySize);
    get_ulong(call, &info->flags);
}

CK_RV CK_CALL caducee_C_GetInfo(CK_INFO *info)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetInfo))
        return call_end(&call);
    need_place(&call, info);
    if (call_send(&call))
        get_CK_INFO(&call, info);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetSlotList(CK_BBOOL token_present, CK_ULONG *slots, CK_ULONG *slots_count)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetSlotList))
        return call_end(&call);
    put_flag(&call, token_present);
    put_room(&call, slots, slots_count);
    if (call_send(&call))
        get_list(&call, slots, slots_count);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetSlotInfo(CK_ULONG slot, CK_SLOT_INFO *info)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetSlotInfo))
        return call_end(&call);
    put_ulong(&call, slot);
    need_place(&call, info);
    if (call_send(&call))
        get_CK_SLOT_INFO(&call, info);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetTokenInfo(CK_ULONG slot, CK_TOKEN_INFO *info)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetTokenInfo))
        return call_end(&call);
    put_ulong(&call, slot);
    need_place(&call, info);
    if (call_send(&call))
        get_CK_TOKEN_INFO(&call, info);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetMechanismList(CK_ULONG slot, CK_ULONG *mechanisms,
                                         CK_ULONG *mechanisms_count)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetMechanismList))
        return call_end(&call);
    put_ulong(&call, slot);
    put_room(&call, mechanisms, mechanisms_count);
    if (call_send(&call))
        get_list(&call, mechanisms, mechanisms_count);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetMechanismInfo(CK_ULONG slot, CK_ULONG mechanism, CK_MECHANISM_INFO *info)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetMechanismInfo))
        return call_end(&call);
    put_ulong(&call, slot);
    put_ulong(&call, mechanism);
    need_place(&call, info);
    if (call_send(&call))
        get_CK_MECHANISM_INFO(&call, info);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_InitToken(CK_ULONG slot, CK_UTF8CHAR *pin, CK_ULONG pin_length,
                                  CK_UTF8CHAR *label)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_InitToken))
        return call_end(&call);
    put_ulong(&call, slot);
    put_pin(&call, pin, pin_length, CKR_PIN_INCORRECT);
    put_label(&call, label);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_InitPIN(CK_ULONG session, CK_UTF8CHAR *pin, CK_ULONG pin_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_InitPIN))
        return call_end(&call);
    put_ulong(&call, session);
    put_pin(&call, pin, pin_length, CKR_PIN_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SetPIN(CK_ULONG session, CK_UTF8CHAR *old_pin, CK_ULONG old_pin_length,
                               CK_UTF8CHAR *new_pin, CK_ULONG new_pin_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SetPIN))
        return call_end(&call);
    put_ulong(&call, session);
    put_pin(&call, old_pin, old_pin_length, CKR_PIN_LEN_RANGE);
    put_pin(&call, new_pin, new_pin_length, CKR_PIN_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_OpenSession(CK_ULONG slot, CK_ULONG flags, void *application,
                                    CK_NOTIFY notify, CK_ULONG *session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_OpenSession))
        return call_end(&call);
    put_ulong(&call, slot);
    put_ulong(&call, flags);
    (void)application;
    (void)notify;
    need_place(&call, session);
    if (call_send(&call))
        get_ulong(&call, session);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_CloseSession(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_CloseSession))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_CloseAllSessions(CK_ULONG slot)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_CloseAllSessions))
        return call_end(&call);
    put_ulong(&call, slot);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetSessionInfo(CK_ULONG session, CK_SESSION_INFO *info)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetSessionInfo))
        return call_end(&call);
    put_ulong(&call, session);
    need_place(&call, info);
    if (call_send(&call))
        get_CK_SESSION_INFO(&call, info);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetOperationState(CK_ULONG session, CK_BYTE *state, CK_ULONG *state_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetOperationState))
        return call_end(&call);
    put_ulong(&call, session);
    put_room(&call, state, state_length);
    if (call_send(&call))
        get_bytes(&call, state, state_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SetOperationState(CK_ULONG session, CK_BYTE *state, CK_ULONG state_length,
                                          CK_ULONG encryption_key, CK_ULONG authentication_key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SetOperationState))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, state, state_length, CKR_SAVED_STATE_INVALID);
    put_ulong(&call, encryption_key);
    put_ulong(&call, authentication_key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_Login(CK_ULONG session, CK_ULONG user, CK_UTF8CHAR *pin,
                              CK_ULONG pin_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_Login))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, user);
    put_pin(&call, pin, pin_length, CKR_PIN_INCORRECT);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_Logout(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_Logout))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_CreateObject(CK_ULONG session, CK_ATTRIBUTE *template,
                                     CK_ULONG template_count, CK_ULONG *object)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_CreateObject))
        return call_end(&call);
    put_ulong(&call, session);
    put_template(&call, template, template_count);
    need_place(&call, object);
    if (call_send(&call))
        get_ulong(&call, object);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_CopyObject(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                   CK_ULONG template_count, CK_ULONG *copy)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_CopyObject))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, object);
    put_template(&call, template, template_count);
    need_place(&call, copy);
    if (call_send(&call))
        get_ulong(&call, copy);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DestroyObject(CK_ULONG session, CK_ULONG object)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DestroyObject))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, object);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetObjectSize(CK_ULONG session, CK_ULONG object, CK_ULONG *size)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetObjectSize))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, object);
    need_place(&call, size);
    if (call_send(&call))
        get_ulong(&call, size);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetAttributeValue(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                          CK_ULONG template_count)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetAttributeValue))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, object);
    put_template_room(&call, template, template_count);
    if (call_send(&call))
        get_template(&call, template, template_count);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SetAttributeValue(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                          CK_ULONG template_count)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SetAttributeValue))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, object);
    put_template(&call, template, template_count);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_FindObjectsInit(CK_ULONG session, CK_ATTRIBUTE *template,
                                        CK_ULONG template_count)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_FindObjectsInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_template(&call, template, template_count);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_FindObjects(CK_ULONG session, CK_ULONG *objects, CK_ULONG objects_most,
                                    CK_ULONG *objects_count)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_FindObjects))
        return call_end(&call);
    put_ulong(&call, session);
    put_found_room(&call, objects, objects_most, objects_count);
    if (call_send(&call))
        get_found(&call, objects, objects_most, objects_count);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_FindObjectsFinal(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_FindObjectsFinal))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_EncryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_EncryptInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_Encrypt(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                                CK_BYTE *ciphertext, CK_ULONG *ciphertext_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_Encrypt))
        return call_end(&call);
    put_ulong(&call, session);
    put_optional_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_room(&call, ciphertext, ciphertext_length);
    if (call_send(&call))
        get_bytes(&call, ciphertext, ciphertext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_EncryptUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                      CK_BYTE *ciphertext, CK_ULONG *ciphertext_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_EncryptUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, part, part_length, CKR_DATA_LEN_RANGE);
    put_room(&call, ciphertext, ciphertext_length);
    if (call_send(&call))
        get_bytes(&call, ciphertext, ciphertext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_EncryptFinal(CK_ULONG session, CK_BYTE *ciphertext,
                                     CK_ULONG *ciphertext_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_EncryptFinal))
        return call_end(&call);
    put_ulong(&call, session);
    put_room(&call, ciphertext, ciphertext_length);
    if (call_send(&call))
        get_bytes(&call, ciphertext, ciphertext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DecryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DecryptInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_Decrypt(CK_ULONG session, CK_BYTE *ciphertext, CK_ULONG ciphertext_length,
                                CK_BYTE *data, CK_ULONG *data_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_Decrypt))
        return call_end(&call);
    put_ulong(&call, session);
    put_optional_bytes(&call, ciphertext, ciphertext_length, CKR_ENCRYPTED_DATA_LEN_RANGE);
    put_room(&call, data, data_length);
    if (call_send(&call))
        get_bytes(&call, data, data_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DecryptUpdate(CK_ULONG session, CK_BYTE *ciphertext,
                                      CK_ULONG ciphertext_length, CK_BYTE *part,
                                      CK_ULONG *part_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DecryptUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, ciphertext, ciphertext_length, CKR_ENCRYPTED_DATA_LEN_RANGE);
    put_room(&call, part, part_length);
    if (call_send(&call))
        get_bytes(&call, part, part_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DecryptFinal(CK_ULONG session, CK_BYTE *part, CK_ULONG *part_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DecryptFinal))
        return call_end(&call);
    put_ulong(&call, session);
    put_room(&call, part, part_length);
    if (call_send(&call))
        get_bytes(&call, part, part_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DigestInit(CK_ULONG session, CK_MECHANISM *mechanism)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DigestInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_Digest(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                               CK_BYTE *digest, CK_ULONG *digest_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_Digest))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_room(&call, digest, digest_length);
    if (call_send(&call))
        get_bytes(&call, digest, digest_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DigestUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DigestUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, part, part_length, CKR_DATA_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DigestKey(CK_ULONG session, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DigestKey))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DigestFinal(CK_ULONG session, CK_BYTE *digest, CK_ULONG *digest_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DigestFinal))
        return call_end(&call);
    put_ulong(&call, session);
    put_room(&call, digest, digest_length);
    if (call_send(&call))
        get_bytes(&call, digest, digest_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_Sign(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                             CK_BYTE *signature, CK_ULONG *signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_Sign))
        return call_end(&call);
    put_ulong(&call, session);
    put_optional_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_room(&call, signature, signature_length);
    if (call_send(&call))
        get_bytes(&call, signature, signature_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_optional_bytes(&call, part, part_length, CKR_DATA_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignFinal(CK_ULONG session, CK_BYTE *signature, CK_ULONG *signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignFinal))
        return call_end(&call);
    put_ulong(&call, session);
    put_room(&call, signature, signature_length);
    if (call_send(&call))
        get_bytes(&call, signature, signature_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignRecoverInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignRecoverInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignRecover(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                                    CK_BYTE *signature, CK_ULONG *signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignRecover))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_room(&call, signature, signature_length);
    if (call_send(&call))
        get_bytes(&call, signature, signature_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_VerifyInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_VerifyInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_Verify(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                               CK_BYTE *signature, CK_ULONG signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_Verify))
        return call_end(&call);
    put_ulong(&call, session);
    put_optional_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_optional_bytes(&call, signature, signature_length, CKR_SIGNATURE_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_VerifyUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_VerifyUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, part, part_length, CKR_DATA_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_VerifyFinal(CK_ULONG session, CK_BYTE *signature, CK_ULONG signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_VerifyFinal))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, signature, signature_length, CKR_SIGNATURE_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_VerifyRecoverInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_VerifyRecoverInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_VerifyRecover(CK_ULONG session, CK_BYTE *signature,
                                      CK_ULONG signature_length, CK_BYTE *data,
                                      CK_ULONG *data_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_VerifyRecover))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, signature, signature_length, CKR_SIGNATURE_LEN_RANGE);
    put_room(&call, data, data_length);
    if (call_send(&call))
        get_bytes(&call, data, data_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DigestEncryptUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                            CK_BYTE *ciphertext, CK_ULONG *ciphertext_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DigestEncryptUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, part, part_length, CKR_DATA_LEN_RANGE);
    put_room(&call, ciphertext, ciphertext_length);
    if (call_send(&call))
        get_bytes(&call, ciphertext, ciphertext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DecryptDigestUpdate(CK_ULONG session, CK_BYTE *ciphertext,
                                            CK_ULONG ciphertext_length, CK_BYTE *part,
                                            CK_ULONG *part_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DecryptDigestUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, ciphertext, ciphertext_length, CKR_ENCRYPTED_DATA_LEN_RANGE);
    put_room(&call, part, part_length);
    if (call_send(&call))
        get_bytes(&call, part, part_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignEncryptUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                          CK_BYTE *ciphertext, CK_ULONG *ciphertext_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignEncryptUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, part, part_length, CKR_DATA_LEN_RANGE);
    put_room(&call, ciphertext, ciphertext_length);
    if (call_send(&call))
        get_bytes(&call, ciphertext, ciphertext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DecryptVerifyUpdate(CK_ULONG session, CK_BYTE *ciphertext,
                                            CK_ULONG ciphertext_length, CK_BYTE *part,
                                            CK_ULONG *part_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DecryptVerifyUpdate))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, ciphertext, ciphertext_length, CKR_ENCRYPTED_DATA_LEN_RANGE);
    put_room(&call, part, part_length);
    if (call_send(&call))
        get_bytes(&call, part, part_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GenerateKey(CK_ULONG session, CK_MECHANISM *mechanism,
                                    CK_ATTRIBUTE *template, CK_ULONG template_count, CK_ULONG *key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GenerateKey))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_template(&call, template, template_count);
    need_place(&call, key);
    if (call_send(&call))
        get_ulong(&call, key);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GenerateKeyPair(CK_ULONG session, CK_MECHANISM *mechanism,
                                        CK_ATTRIBUTE *public_template,
                                        CK_ULONG public_template_count,
                                        CK_ATTRIBUTE *private_template,
                                        CK_ULONG private_template_count, CK_ULONG *public_key,
                                        CK_ULONG *private_key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GenerateKeyPair))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_template(&call, public_template, public_template_count);
    put_template(&call, private_template, private_template_count);
    need_place(&call, public_key);
    need_place(&call, private_key);
    if (call_send(&call)) {
        get_ulong(&call, public_key);
        get_ulong(&call, private_key);
    }
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_WrapKey(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG wrapping_key,
                                CK_ULONG key, CK_BYTE *wrapped, CK_ULONG *wrapped_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_WrapKey))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, wrapping_key);
    put_ulong(&call, key);
    put_room(&call, wrapped, wrapped_length);
    if (call_send(&call))
        get_bytes(&call, wrapped, wrapped_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_UnwrapKey(CK_ULONG session, CK_MECHANISM *mechanism,
                                  CK_ULONG unwrapping_key, CK_BYTE *wrapped,
                                  CK_ULONG wrapped_length, CK_ATTRIBUTE *template,
                                  CK_ULONG template_count, CK_ULONG *key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_UnwrapKey))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, unwrapping_key);
    put_bytes(&call, wrapped, wrapped_length, CKR_WRAPPED_KEY_LEN_RANGE);
    put_template(&call, template, template_count);
    need_place(&call, key);
    if (call_send(&call))
        get_ulong(&call, key);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DeriveKey(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG base_key,
                                  CK_ATTRIBUTE *template, CK_ULONG template_count, CK_ULONG *key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DeriveKey))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, base_key);
    put_template(&call, template, template_count);
    need_place(&call, key);
    if (call_send(&call))
        get_ulong(&call, key);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SeedRandom(CK_ULONG session, CK_BYTE *seed, CK_ULONG seed_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SeedRandom))
        return call_end(&call);
    put_ulong(&call, session);
    put_bytes(&call, seed, seed_length, CKR_DATA_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GenerateRandom(CK_ULONG session, CK_BYTE *random, CK_ULONG random_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GenerateRandom))
        return call_end(&call);
    put_ulong(&call, session);
    put_random(&call, random, random_length);
    if (call_send(&call))
        get_random(&call, random, random_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_GetFunctionStatus(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_GetFunctionStatus))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_CancelFunction(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_CancelFunction))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_WaitForSlotEvent(CK_ULONG flags, CK_ULONG *slot, void *reserved)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_WaitForSlotEvent))
        return call_end(&call);
    call.waits = !(flags & CKF_DONT_BLOCK);
    put_ulong(&call, flags);
    need_place(&call, slot);
    need_null(&call, reserved);
    if (call_send(&call))
        get_ulong(&call, slot);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_LoginUser(CK_ULONG session, CK_ULONG user, CK_UTF8CHAR *pin,
                                  CK_ULONG pin_length, CK_BYTE *username, CK_ULONG username_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_LoginUser))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, user);
    put_pin(&call, pin, pin_length, CKR_PIN_INCORRECT);
    put_optional_bytes(&call, username, username_length, CKR_ARGUMENTS_BAD);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SessionCancel(CK_ULONG session, CK_ULONG flags)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SessionCancel))
        return call_end(&call);
    put_ulong(&call, session);
    put_ulong(&call, flags);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_MessageEncryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_MessageEncryptInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_EncryptMessage(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                       CK_BYTE *associated_data, CK_ULONG associated_data_length,
                                       CK_BYTE *plaintext, CK_ULONG plaintext_length,
                                       CK_BYTE *ciphertext, CK_ULONG *ciphertext_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_EncryptMessage))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, associated_data, associated_data_length, CKR_DATA_LEN_RANGE);
    put_bytes(&call, plaintext, plaintext_length, CKR_DATA_LEN_RANGE);
    put_room(&call, ciphertext, ciphertext_length);
    if (call_send(&call))
        get_bytes(&call, ciphertext, ciphertext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_EncryptMessageBegin(CK_ULONG session, void *parameter,
                                            CK_ULONG parameter_length, CK_BYTE *associated_data,
                                            CK_ULONG associated_data_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_EncryptMessageBegin))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, associated_data, associated_data_length, CKR_DATA_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_EncryptMessageNext(CK_ULONG session, void *parameter,
                                           CK_ULONG parameter_length, CK_BYTE *plaintext,
                                           CK_ULONG plaintext_length, CK_BYTE *ciphertext,
                                           CK_ULONG *ciphertext_length, CK_ULONG flags)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_EncryptMessageNext))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, plaintext, plaintext_length, CKR_DATA_LEN_RANGE);
    put_room(&call, ciphertext, ciphertext_length);
    put_ulong(&call, flags);
    if (call_send(&call))
        get_bytes(&call, ciphertext, ciphertext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_MessageEncryptFinal(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_MessageEncryptFinal))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_MessageDecryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_MessageDecryptInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DecryptMessage(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                       CK_BYTE *associated_data, CK_ULONG associated_data_length,
                                       CK_BYTE *ciphertext, CK_ULONG ciphertext_length,
                                       CK_BYTE *plaintext, CK_ULONG *plaintext_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DecryptMessage))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, associated_data, associated_data_length, CKR_DATA_LEN_RANGE);
    put_bytes(&call, ciphertext, ciphertext_length, CKR_ENCRYPTED_DATA_LEN_RANGE);
    put_room(&call, plaintext, plaintext_length);
    if (call_send(&call))
        get_bytes(&call, plaintext, plaintext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DecryptMessageBegin(CK_ULONG session, void *parameter,
                                            CK_ULONG parameter_length, CK_BYTE *associated_data,
                                            CK_ULONG associated_data_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DecryptMessageBegin))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, associated_data, associated_data_length, CKR_DATA_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_DecryptMessageNext(CK_ULONG session, void *parameter,
                                           CK_ULONG parameter_length, CK_BYTE *ciphertext,
                                           CK_ULONG ciphertext_length, CK_BYTE *plaintext,
                                           CK_ULONG *plaintext_length, CK_ULONG flags)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_DecryptMessageNext))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, ciphertext, ciphertext_length, CKR_ENCRYPTED_DATA_LEN_RANGE);
    put_room(&call, plaintext, plaintext_length);
    put_ulong(&call, flags);
    if (call_send(&call))
        get_bytes(&call, plaintext, plaintext_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_MessageDecryptFinal(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_MessageDecryptFinal))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_MessageSignInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_MessageSignInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignMessage(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                    CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
                                    CK_ULONG *signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignMessage))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_room(&call, signature, signature_length);
    if (call_send(&call))
        get_bytes(&call, signature, signature_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignMessageBegin(CK_ULONG session, void *parameter,
                                         CK_ULONG parameter_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignMessageBegin))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_SignMessageNext(CK_ULONG session, void *parameter,
                                        CK_ULONG parameter_length, CK_BYTE *data,
                                        CK_ULONG data_length, CK_BYTE *signature,
                                        CK_ULONG *signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_SignMessageNext))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_optional_room(&call, signature, signature_length);
    if (call_send(&call))
        get_optional_bytes(&call, signature, signature_length);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_MessageSignFinal(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_MessageSignFinal))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_MessageVerifyInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_MessageVerifyInit))
        return call_end(&call);
    put_ulong(&call, session);
    put_mechanism(&call, mechanism);
    put_ulong(&call, key);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_VerifyMessage(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                      CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
                                      CK_ULONG signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_VerifyMessage))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_bytes(&call, signature, signature_length, CKR_SIGNATURE_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_VerifyMessageBegin(CK_ULONG session, void *parameter,
                                           CK_ULONG parameter_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_VerifyMessageBegin))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_VerifyMessageNext(CK_ULONG session, void *parameter,
                                          CK_ULONG parameter_length, CK_BYTE *data,
                                          CK_ULONG data_length, CK_BYTE *signature,
                                          CK_ULONG signature_length)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_VerifyMessageNext))
        return call_end(&call);
    put_ulong(&call, session);
    put_parameter(&call, parameter, parameter_length);
    put_bytes(&call, data, data_length, CKR_DATA_LEN_RANGE);
    put_optional_bytes(&call, signature, signature_length, CKR_SIGNATURE_LEN_RANGE);
    call_send(&call);
    return call_end(&call);
}

CK_RV CK_CALL caducee_C_MessageVerifyFinal(CK_ULONG session)
{
    struct call call;
    if (!call_begin(&call, FUNCTION_C_MessageVerifyFinal))
        return call_end(&call);
    put_ulong(&call, session);
    call_send(&call);
    return call_end(&call);
}

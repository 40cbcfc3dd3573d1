/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A call of each function, for the fuzzer.
 * Written by tools/pkcs11_c.py after src/caducee/spec/pkcs11/functions.py; do not edit.
 */

#include "../../fuzz/offered.h"

CK_RV call_function(unsigned number, struct offered *offered)
{
    switch (number) {
    case FUNCTION_C_GetInfo:
        return caducee_C_GetInfo(&offered->CK_INFO);
    case FUNCTION_C_GetSlotList:
        return caducee_C_GetSlotList(1, offered->list, &offered->list_size);
    case FUNCTION_C_GetSlotInfo:
        return caducee_C_GetSlotInfo(1, &offered->CK_SLOT_INFO);
    case FUNCTION_C_GetTokenInfo:
        return caducee_C_GetTokenInfo(1, &offered->CK_TOKEN_INFO);
    case FUNCTION_C_GetMechanismList:
        return caducee_C_GetMechanismList(1, offered->list, &offered->list_size);
    case FUNCTION_C_GetMechanismInfo:
        return caducee_C_GetMechanismInfo(1, 1, &offered->CK_MECHANISM_INFO);
    case FUNCTION_C_InitToken:
        return caducee_C_InitToken(1, offered->data, sizeof offered->data, offered->label);
    case FUNCTION_C_InitPIN:
        return caducee_C_InitPIN(1, offered->data, sizeof offered->data);
    case FUNCTION_C_SetPIN:
        return caducee_C_SetPIN(1, offered->data, sizeof offered->data, offered->data,
                                sizeof offered->data);
    case FUNCTION_C_OpenSession:
        return caducee_C_OpenSession(1, 1, NULL, NULL, &offered->number);
    case FUNCTION_C_CloseSession:
        return caducee_C_CloseSession(1);
    case FUNCTION_C_CloseAllSessions:
        return caducee_C_CloseAllSessions(1);
    case FUNCTION_C_GetSessionInfo:
        return caducee_C_GetSessionInfo(1, &offered->CK_SESSION_INFO);
    case FUNCTION_C_GetOperationState:
        return caducee_C_GetOperationState(1, offered->room, &offered->room_size);
    case FUNCTION_C_SetOperationState:
        return caducee_C_SetOperationState(1, offered->data, sizeof offered->data, 1, 1);
    case FUNCTION_C_Login:
        return caducee_C_Login(1, 1, offered->data, sizeof offered->data);
    case FUNCTION_C_Logout:
        return caducee_C_Logout(1);
    case FUNCTION_C_CreateObject:
        return caducee_C_CreateObject(1, offered->template, 1, &offered->number);
    case FUNCTION_C_CopyObject:
        return caducee_C_CopyObject(1, 1, offered->template, 1, &offered->number);
    case FUNCTION_C_DestroyObject:
        return caducee_C_DestroyObject(1, 1);
    case FUNCTION_C_GetObjectSize:
        return caducee_C_GetObjectSize(1, 1, &offered->number);
    case FUNCTION_C_GetAttributeValue:
        return caducee_C_GetAttributeValue(1, 1, offered->rooms, offered->rooms_count);
    case FUNCTION_C_SetAttributeValue:
        return caducee_C_SetAttributeValue(1, 1, offered->template, 1);
    case FUNCTION_C_FindObjectsInit:
        return caducee_C_FindObjectsInit(1, offered->template, 1);
    case FUNCTION_C_FindObjects:
        return caducee_C_FindObjects(1, offered->list, offered->list ? offered->list_size : 0,
                                     &offered->list_size);
    case FUNCTION_C_FindObjectsFinal:
        return caducee_C_FindObjectsFinal(1);
    case FUNCTION_C_EncryptInit:
        return caducee_C_EncryptInit(1, &offered->mechanism, 1);
    case FUNCTION_C_Encrypt:
        return caducee_C_Encrypt(1, offered->data, sizeof offered->data, offered->room,
                                 &offered->room_size);
    case FUNCTION_C_EncryptUpdate:
        return caducee_C_EncryptUpdate(1, offered->data, sizeof offered->data, offered->room,
                                       &offered->room_size);
    case FUNCTION_C_EncryptFinal:
        return caducee_C_EncryptFinal(1, offered->room, &offered->room_size);
    case FUNCTION_C_DecryptInit:
        return caducee_C_DecryptInit(1, &offered->mechanism, 1);
    case FUNCTION_C_Decrypt:
        return caducee_C_Decrypt(1, offered->data, sizeof offered->data, offered->room,
                                 &offered->room_size);
    case FUNCTION_C_DecryptUpdate:
        return caducee_C_DecryptUpdate(1, offered->data, sizeof offered->data, offered->room,
                                       &offered->room_size);
    case FUNCTION_C_DecryptFinal:
        return caducee_C_DecryptFinal(1, offered->room, &offered->room_size);
    case FUNCTION_C_DigestInit:
        return caducee_C_DigestInit(1, &offered->mechanism);
    case FUNCTION_C_Digest:
        return caducee_C_Digest(1, offered->data, sizeof offered->data, offered->room,
                                &offered->room_size);
    case FUNCTION_C_DigestUpdate:
        return caducee_C_DigestUpdate(1, offered->data, sizeof offered->data);
    case FUNCTION_C_DigestKey:
        return caducee_C_DigestKey(1, 1);
    case FUNCTION_C_DigestFinal:
        return caducee_C_DigestFinal(1, offered->room, &offered->room_size);
    case FUNCTION_C_SignInit:
        return caducee_C_SignInit(1, &offered->mechanism, 1);
    case FUNCTION_C_Sign:
        return caducee_C_Sign(1, offered->data, sizeof offered->data, offered->room,
                              &offered->room_size);
    case FUNCTION_C_SignUpdate:
        return caducee_C_SignUpdate(1, offered->data, sizeof offered->data);
    case FUNCTION_C_SignFinal:
        return caducee_C_SignFinal(1, offered->room, &offered->room_size);
    case FUNCTION_C_SignRecoverInit:
        return caducee_C_SignRecoverInit(1, &offered->mechanism, 1);
    case FUNCTION_C_SignRecover:
        return caducee_C_SignRecover(1, offered->data, sizeof offered->data, offered->room,
                                     &offered->room_size);
    case FUNCTION_C_VerifyInit:
        return caducee_C_VerifyInit(1, &offered->mechanism, 1);
    case FUNCTION_C_Verify:
        return caducee_C_Verify(1, offered->data, sizeof offered->data, offered->data,
                                sizeof offered->data);
    case FUNCTION_C_VerifyUpdate:
        return caducee_C_VerifyUpdate(1, offered->data, sizeof offered->data);
    case FUNCTION_C_VerifyFinal:
        return caducee_C_VerifyFinal(1, offered->data, sizeof offered->data);
    case FUNCTION_C_VerifyRecoverInit:
        return caducee_C_VerifyRecoverInit(1, &offered->mechanism, 1);
    case FUNCTION_C_VerifyRecover:
        return caducee_C_VerifyRecover(1, offered->data, sizeof offered->data, offered->room,
                                       &offered->room_size);
    case FUNCTION_C_DigestEncryptUpdate:
        return caducee_C_DigestEncryptUpdate(1, offered->data, sizeof offered->data, offered->room,
                                             &offered->room_size);
    case FUNCTION_C_DecryptDigestUpdate:
        return caducee_C_DecryptDigestUpdate(1, offered->data, sizeof offered->data, offered->room,
                                             &offered->room_size);
    case FUNCTION_C_SignEncryptUpdate:
        return caducee_C_SignEncryptUpdate(1, offered->data, sizeof offered->data, offered->room,
                                           &offered->room_size);
    case FUNCTION_C_DecryptVerifyUpdate:
        return caducee_C_DecryptVerifyUpdate(1, offered->data, sizeof offered->data, offered->room,
                                             &offered->room_size);
    case FUNCTION_C_GenerateKey:
        return caducee_C_GenerateKey(1, &offered->mechanism, offered->template, 1,
                                     &offered->number);
    case FUNCTION_C_GenerateKeyPair:
        return caducee_C_GenerateKeyPair(1, &offered->mechanism, offered->template, 1,
                                         offered->template, 1, &offered->number, &offered->number);
    case FUNCTION_C_WrapKey:
        return caducee_C_WrapKey(1, &offered->mechanism, 1, 1, offered->room, &offered->room_size);
    case FUNCTION_C_UnwrapKey:
        return caducee_C_UnwrapKey(1, &offered->mechanism, 1, offered->data, sizeof offered->data,
                                   offered->template, 1, &offered->number);
    case FUNCTION_C_DeriveKey:
        return caducee_C_DeriveKey(1, &offered->mechanism, 1, offered->template, 1,
                                   &offered->number);
    case FUNCTION_C_SeedRandom:
        return caducee_C_SeedRandom(1, offered->data, sizeof offered->data);
    case FUNCTION_C_GenerateRandom:
        return caducee_C_GenerateRandom(1, offered->room, offered->room ? offered->room_size : 0);
    case FUNCTION_C_GetFunctionStatus:
        return caducee_C_GetFunctionStatus(1);
    case FUNCTION_C_CancelFunction:
        return caducee_C_CancelFunction(1);
    case FUNCTION_C_WaitForSlotEvent:
        return caducee_C_WaitForSlotEvent(1, &offered->number, NULL);
    case FUNCTION_C_LoginUser:
        return caducee_C_LoginUser(1, 1, offered->data, sizeof offered->data, offered->data,
                                   sizeof offered->data);
    case FUNCTION_C_SessionCancel:
        return caducee_C_SessionCancel(1, 1);
    case FUNCTION_C_MessageEncryptInit:
        return caducee_C_MessageEncryptInit(1, &offered->mechanism, 1);
    case FUNCTION_C_EncryptMessage:
        return caducee_C_EncryptMessage(1, offered->data, sizeof offered->data, offered->data,
                                        sizeof offered->data, offered->data, sizeof offered->data,
                                        offered->room, &offered->room_size);
    case FUNCTION_C_EncryptMessageBegin:
        return caducee_C_EncryptMessageBegin(1, offered->data, sizeof offered->data, offered->data,
                                             sizeof offered->data);
    case FUNCTION_C_EncryptMessageNext:
        return caducee_C_EncryptMessageNext(1, offered->data, sizeof offered->data, offered->data,
                                            sizeof offered->data, offered->room,
                                            &offered->room_size, 1);
    case FUNCTION_C_MessageEncryptFinal:
        return caducee_C_MessageEncryptFinal(1);
    case FUNCTION_C_MessageDecryptInit:
        return caducee_C_MessageDecryptInit(1, &offered->mechanism, 1);
    case FUNCTION_C_DecryptMessage:
        return caducee_C_DecryptMessage(1, offered->data, sizeof offered->data, offered->data,
                                        sizeof offered->data, offered->data, sizeof offered->data,
                                        offered->room, &offered->room_size);
    case FUNCTION_C_DecryptMessageBegin:
        return caducee_C_DecryptMessageBegin(1, offered->data, sizeof offered->data, offered->data,
                                             sizeof offered->data);
    case FUNCTION_C_DecryptMessageNext:
        return caducee_C_DecryptMessageNext(1, offered->data, sizeof offered->data, offered->data,
                                            sizeof offered->data, offered->room,
                                            &offered->room_size, 1);
    case FUNCTION_C_MessageDecryptFinal:
        return caducee_C_MessageDecryptFinal(1);
    case FUNCTION_C_MessageSignInit:
        return caducee_C_MessageSignInit(1, &offered->mechanism, 1);
    case FUNCTION_C_SignMessage:
        return caducee_C_SignMessage(1, offered->data, sizeof offered->data, offered->data,
                                     sizeof offered->data, offered->room, &offered->room_size);
    case FUNCTION_C_SignMessageBegin:
        return caducee_C_SignMessageBegin(1, offered->data, sizeof offered->data);
    case FUNCTION_C_SignMessageNext:
        return caducee_C_SignMessageNext(1, offered->data, sizeof offered->data, offered->data,
                                         sizeof offered->data, offered->room, &offered->room_size);
    case FUNCTION_C_MessageSignFinal:
        return caducee_C_MessageSignFinal(1);
    case FUNCTION_C_MessageVerifyInit:
        return caducee_C_MessageVerifyInit(1, &offered->mechanism, 1);
    case FUNCTION_C_VerifyMessage:
        return caducee_C_VerifyMessage(1, offered->data, sizeof offered->data, offered->data,
                                       sizeof offered->data, offered->data, sizeof offered->data);
    case FUNCTION_C_VerifyMessageBegin:
        return caducee_C_VerifyMessageBegin(1, offered->data, sizeof offered->data);
    case FUNCTION_C_VerifyMessageNext:
        return caducee_C_VerifyMessageNext(1, offered->data, sizeof offered->data, offered->data,
                                           sizeof offered->data, offered->data,
                                           sizeof offered->data);
    case FUNCTION_C_MessageVerifyFinal:
        return caducee_C_MessageVerifyFinal(1);
    default:
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
}

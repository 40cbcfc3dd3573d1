/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The wire between façade and daemon.
 * Written by tools/pkcs11_c.py after src/caducee/spec/pkcs11/wire.py; do not edit.
 */

#include <stdint.h>

#define WIRE_VERSION 2u
#define WIRE_LENGTH 4u
#define WIRE_HEAD 5u
#define WIRE_MAX_FRAME 16777216u
#define WIRE_MAX_ATTRIBUTES 4096u
#define WIRE_MAX_PIN 255u
#define WIRE_MAX_TOKEN 64u
#define WIRE_MAX_CONNECTIONS 64u
#define WIRE_MAX_WAITING 16u
#define WIRE_APPLICATION_ID 16u
#define WIRE_LABEL 32u
#define WIRE_SILENCE 10u
#define WIRE_LONGEST 600u
#define WIRE_PARAMETER_WANTED 4294967295u
#define WIRE_START 10u
#define WIRE_RESTART 3u
#define WIRE_SUSPECT 30u
#define WIRE_SUSPECT_SILENCE 1u
#define WIRE_HELLO 1u
#define WIRE_WELCOME 2u
#define WIRE_CALL 3u
#define WIRE_REPLY 4u
#define WIRE_LEND 5u
#define WIRE_LENT 6u
#define WIRE_WORKING 7u
#define WIRE_MECHANISM_NONE 0u
#define WIRE_MECHANISM_UNREAD 1u
#define WIRE_MECHANISM_PSS 2u
#define WIRE_ROOM_QUERY 0u
#define WIRE_ROOM_CAPACITY 1u
#define WIRE_ROOM_NOTHING 2u

#define FUNCTION_C_Initialize 1u
#define FUNCTION_C_Finalize 2u
#define FUNCTION_C_GetInfo 3u
#define FUNCTION_C_GetFunctionList 4u
#define FUNCTION_C_GetSlotList 5u
#define FUNCTION_C_GetSlotInfo 6u
#define FUNCTION_C_GetTokenInfo 7u
#define FUNCTION_C_GetMechanismList 8u
#define FUNCTION_C_GetMechanismInfo 9u
#define FUNCTION_C_InitToken 10u
#define FUNCTION_C_InitPIN 11u
#define FUNCTION_C_SetPIN 12u
#define FUNCTION_C_OpenSession 13u
#define FUNCTION_C_CloseSession 14u
#define FUNCTION_C_CloseAllSessions 15u
#define FUNCTION_C_GetSessionInfo 16u
#define FUNCTION_C_GetOperationState 17u
#define FUNCTION_C_SetOperationState 18u
#define FUNCTION_C_Login 19u
#define FUNCTION_C_Logout 20u
#define FUNCTION_C_CreateObject 21u
#define FUNCTION_C_CopyObject 22u
#define FUNCTION_C_DestroyObject 23u
#define FUNCTION_C_GetObjectSize 24u
#define FUNCTION_C_GetAttributeValue 25u
#define FUNCTION_C_SetAttributeValue 26u
#define FUNCTION_C_FindObjectsInit 27u
#define FUNCTION_C_FindObjects 28u
#define FUNCTION_C_FindObjectsFinal 29u
#define FUNCTION_C_EncryptInit 30u
#define FUNCTION_C_Encrypt 31u
#define FUNCTION_C_EncryptUpdate 32u
#define FUNCTION_C_EncryptFinal 33u
#define FUNCTION_C_DecryptInit 34u
#define FUNCTION_C_Decrypt 35u
#define FUNCTION_C_DecryptUpdate 36u
#define FUNCTION_C_DecryptFinal 37u
#define FUNCTION_C_DigestInit 38u
#define FUNCTION_C_Digest 39u
#define FUNCTION_C_DigestUpdate 40u
#define FUNCTION_C_DigestKey 41u
#define FUNCTION_C_DigestFinal 42u
#define FUNCTION_C_SignInit 43u
#define FUNCTION_C_Sign 44u
#define FUNCTION_C_SignUpdate 45u
#define FUNCTION_C_SignFinal 46u
#define FUNCTION_C_SignRecoverInit 47u
#define FUNCTION_C_SignRecover 48u
#define FUNCTION_C_VerifyInit 49u
#define FUNCTION_C_Verify 50u
#define FUNCTION_C_VerifyUpdate 51u
#define FUNCTION_C_VerifyFinal 52u
#define FUNCTION_C_VerifyRecoverInit 53u
#define FUNCTION_C_VerifyRecover 54u
#define FUNCTION_C_DigestEncryptUpdate 55u
#define FUNCTION_C_DecryptDigestUpdate 56u
#define FUNCTION_C_SignEncryptUpdate 57u
#define FUNCTION_C_DecryptVerifyUpdate 58u
#define FUNCTION_C_GenerateKey 59u
#define FUNCTION_C_GenerateKeyPair 60u
#define FUNCTION_C_WrapKey 61u
#define FUNCTION_C_UnwrapKey 62u
#define FUNCTION_C_DeriveKey 63u
#define FUNCTION_C_SeedRandom 64u
#define FUNCTION_C_GenerateRandom 65u
#define FUNCTION_C_GetFunctionStatus 66u
#define FUNCTION_C_CancelFunction 67u
#define FUNCTION_C_WaitForSlotEvent 68u
#define FUNCTION_C_GetInterfaceList 69u
#define FUNCTION_C_GetInterface 70u
#define FUNCTION_C_LoginUser 71u
#define FUNCTION_C_SessionCancel 72u
#define FUNCTION_C_MessageEncryptInit 73u
#define FUNCTION_C_EncryptMessage 74u
#define FUNCTION_C_EncryptMessageBegin 75u
#define FUNCTION_C_EncryptMessageNext 76u
#define FUNCTION_C_MessageEncryptFinal 77u
#define FUNCTION_C_MessageDecryptInit 78u
#define FUNCTION_C_DecryptMessage 79u
#define FUNCTION_C_DecryptMessageBegin 80u
#define FUNCTION_C_DecryptMessageNext 81u
#define FUNCTION_C_MessageDecryptFinal 82u
#define FUNCTION_C_MessageSignInit 83u
#define FUNCTION_C_SignMessage 84u
#define FUNCTION_C_SignMessageBegin 85u
#define FUNCTION_C_SignMessageNext 86u
#define FUNCTION_C_MessageSignFinal 87u
#define FUNCTION_C_MessageVerifyInit 88u
#define FUNCTION_C_VerifyMessage 89u
#define FUNCTION_C_VerifyMessageBegin 90u
#define FUNCTION_C_VerifyMessageNext 91u
#define FUNCTION_C_MessageVerifyFinal 92u

#define MECHANISM_TAKES_PSS(type) \
    ((type) == CKM_RSA_PKCS_PSS || \
     (type) == CKM_SHA1_RSA_PKCS_PSS || \
     (type) == CKM_SHA256_RSA_PKCS_PSS || \
     (type) == CKM_SHA384_RSA_PKCS_PSS || \
     (type) == CKM_SHA512_RSA_PKCS_PSS || \
     (type) == CKM_SHA224_RSA_PKCS_PSS)

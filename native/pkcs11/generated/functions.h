/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Prototypes and function lists of PKCS#11 2.40 and 3.0.
 * Written by tools/pkcs11_c.py after src/caducee/spec/pkcs11/functions.py; do not edit.
 */

CK_RV CK_CALL caducee_C_Initialize(void *arguments);
CK_RV CK_CALL caducee_C_Finalize(void *reserved);
CK_RV CK_CALL caducee_C_GetInfo(CK_INFO *info);
CK_RV CK_CALL caducee_C_GetFunctionList(CK_FUNCTION_LIST **list);
CK_RV CK_CALL caducee_C_GetSlotList(CK_BBOOL token_present, CK_ULONG *slots, CK_ULONG *slots_count);
CK_RV CK_CALL caducee_C_GetSlotInfo(CK_ULONG slot, CK_SLOT_INFO *info);
CK_RV CK_CALL caducee_C_GetTokenInfo(CK_ULONG slot, CK_TOKEN_INFO *info);
CK_RV CK_CALL caducee_C_GetMechanismList(CK_ULONG slot, CK_ULONG *mechanisms,
                                         CK_ULONG *mechanisms_count);
CK_RV CK_CALL caducee_C_GetMechanismInfo(CK_ULONG slot, CK_ULONG mechanism,
                                         CK_MECHANISM_INFO *info);
CK_RV CK_CALL caducee_C_InitToken(CK_ULONG slot, CK_UTF8CHAR *pin, CK_ULONG pin_length,
                                  CK_UTF8CHAR *label);
CK_RV CK_CALL caducee_C_InitPIN(CK_ULONG session, CK_UTF8CHAR *pin, CK_ULONG pin_length);
CK_RV CK_CALL caducee_C_SetPIN(CK_ULONG session, CK_UTF8CHAR *old_pin, CK_ULONG old_pin_length,
                               CK_UTF8CHAR *new_pin, CK_ULONG new_pin_length);
CK_RV CK_CALL caducee_C_OpenSession(CK_ULONG slot, CK_ULONG flags, void *application,
                                    CK_NOTIFY notify, CK_ULONG *session);
CK_RV CK_CALL caducee_C_CloseSession(CK_ULONG session);
CK_RV CK_CALL caducee_C_CloseAllSessions(CK_ULONG slot);
CK_RV CK_CALL caducee_C_GetSessionInfo(CK_ULONG session, CK_SESSION_INFO *info);
CK_RV CK_CALL caducee_C_GetOperationState(CK_ULONG session, CK_BYTE *state, CK_ULONG *state_length);
CK_RV CK_CALL caducee_C_SetOperationState(CK_ULONG session, CK_BYTE *state, CK_ULONG state_length,
                                          CK_ULONG encryption_key, CK_ULONG authentication_key);
CK_RV CK_CALL caducee_C_Login(CK_ULONG session, CK_ULONG user, CK_UTF8CHAR *pin,
                              CK_ULONG pin_length);
CK_RV CK_CALL caducee_C_Logout(CK_ULONG session);
CK_RV CK_CALL caducee_C_CreateObject(CK_ULONG session, CK_ATTRIBUTE *template,
                                     CK_ULONG template_count, CK_ULONG *object);
CK_RV CK_CALL caducee_C_CopyObject(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                   CK_ULONG template_count, CK_ULONG *copy);
CK_RV CK_CALL caducee_C_DestroyObject(CK_ULONG session, CK_ULONG object);
CK_RV CK_CALL caducee_C_GetObjectSize(CK_ULONG session, CK_ULONG object, CK_ULONG *size);
CK_RV CK_CALL caducee_C_GetAttributeValue(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                          CK_ULONG template_count);
CK_RV CK_CALL caducee_C_SetAttributeValue(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                          CK_ULONG template_count);
CK_RV CK_CALL caducee_C_FindObjectsInit(CK_ULONG session, CK_ATTRIBUTE *template,
                                        CK_ULONG template_count);
CK_RV CK_CALL caducee_C_FindObjects(CK_ULONG session, CK_ULONG *objects, CK_ULONG objects_most,
                                    CK_ULONG *objects_count);
CK_RV CK_CALL caducee_C_FindObjectsFinal(CK_ULONG session);
CK_RV CK_CALL caducee_C_EncryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_Encrypt(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                                CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
CK_RV CK_CALL caducee_C_EncryptUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                      CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
CK_RV CK_CALL caducee_C_EncryptFinal(CK_ULONG session, CK_BYTE *ciphertext,
                                     CK_ULONG *ciphertext_length);
CK_RV CK_CALL caducee_C_DecryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_Decrypt(CK_ULONG session, CK_BYTE *ciphertext, CK_ULONG ciphertext_length,
                                CK_BYTE *data, CK_ULONG *data_length);
CK_RV CK_CALL caducee_C_DecryptUpdate(CK_ULONG session, CK_BYTE *ciphertext,
                                      CK_ULONG ciphertext_length, CK_BYTE *part,
                                      CK_ULONG *part_length);
CK_RV CK_CALL caducee_C_DecryptFinal(CK_ULONG session, CK_BYTE *part, CK_ULONG *part_length);
CK_RV CK_CALL caducee_C_DigestInit(CK_ULONG session, CK_MECHANISM *mechanism);
CK_RV CK_CALL caducee_C_Digest(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                               CK_BYTE *digest, CK_ULONG *digest_length);
CK_RV CK_CALL caducee_C_DigestUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
CK_RV CK_CALL caducee_C_DigestKey(CK_ULONG session, CK_ULONG key);
CK_RV CK_CALL caducee_C_DigestFinal(CK_ULONG session, CK_BYTE *digest, CK_ULONG *digest_length);
CK_RV CK_CALL caducee_C_SignInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_Sign(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                             CK_BYTE *signature, CK_ULONG *signature_length);
CK_RV CK_CALL caducee_C_SignUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
CK_RV CK_CALL caducee_C_SignFinal(CK_ULONG session, CK_BYTE *signature, CK_ULONG *signature_length);
CK_RV CK_CALL caducee_C_SignRecoverInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_SignRecover(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                                    CK_BYTE *signature, CK_ULONG *signature_length);
CK_RV CK_CALL caducee_C_VerifyInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_Verify(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                               CK_BYTE *signature, CK_ULONG signature_length);
CK_RV CK_CALL caducee_C_VerifyUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
CK_RV CK_CALL caducee_C_VerifyFinal(CK_ULONG session, CK_BYTE *signature,
                                    CK_ULONG signature_length);
CK_RV CK_CALL caducee_C_VerifyRecoverInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_VerifyRecover(CK_ULONG session, CK_BYTE *signature,
                                      CK_ULONG signature_length, CK_BYTE *data,
                                      CK_ULONG *data_length);
CK_RV CK_CALL caducee_C_DigestEncryptUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                            CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
CK_RV CK_CALL caducee_C_DecryptDigestUpdate(CK_ULONG session, CK_BYTE *ciphertext,
                                            CK_ULONG ciphertext_length, CK_BYTE *part,
                                            CK_ULONG *part_length);
CK_RV CK_CALL caducee_C_SignEncryptUpdate(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                          CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
CK_RV CK_CALL caducee_C_DecryptVerifyUpdate(CK_ULONG session, CK_BYTE *ciphertext,
                                            CK_ULONG ciphertext_length, CK_BYTE *part,
                                            CK_ULONG *part_length);
CK_RV CK_CALL caducee_C_GenerateKey(CK_ULONG session, CK_MECHANISM *mechanism,
                                    CK_ATTRIBUTE *template, CK_ULONG template_count, CK_ULONG *key);
CK_RV CK_CALL caducee_C_GenerateKeyPair(CK_ULONG session, CK_MECHANISM *mechanism,
                                        CK_ATTRIBUTE *public_template,
                                        CK_ULONG public_template_count,
                                        CK_ATTRIBUTE *private_template,
                                        CK_ULONG private_template_count, CK_ULONG *public_key,
                                        CK_ULONG *private_key);
CK_RV CK_CALL caducee_C_WrapKey(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG wrapping_key,
                                CK_ULONG key, CK_BYTE *wrapped, CK_ULONG *wrapped_length);
CK_RV CK_CALL caducee_C_UnwrapKey(CK_ULONG session, CK_MECHANISM *mechanism,
                                  CK_ULONG unwrapping_key, CK_BYTE *wrapped,
                                  CK_ULONG wrapped_length, CK_ATTRIBUTE *template,
                                  CK_ULONG template_count, CK_ULONG *key);
CK_RV CK_CALL caducee_C_DeriveKey(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG base_key,
                                  CK_ATTRIBUTE *template, CK_ULONG template_count, CK_ULONG *key);
CK_RV CK_CALL caducee_C_SeedRandom(CK_ULONG session, CK_BYTE *seed, CK_ULONG seed_length);
CK_RV CK_CALL caducee_C_GenerateRandom(CK_ULONG session, CK_BYTE *random, CK_ULONG random_length);
CK_RV CK_CALL caducee_C_GetFunctionStatus(CK_ULONG session);
CK_RV CK_CALL caducee_C_CancelFunction(CK_ULONG session);
CK_RV CK_CALL caducee_C_WaitForSlotEvent(CK_ULONG flags, CK_ULONG *slot, void *reserved);
CK_RV CK_CALL caducee_C_GetInterfaceList(CK_INTERFACE *interfaces, CK_ULONG *count);
CK_RV CK_CALL caducee_C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version,
                                     CK_INTERFACE **interface, CK_FLAGS flags);
CK_RV CK_CALL caducee_C_LoginUser(CK_ULONG session, CK_ULONG user, CK_UTF8CHAR *pin,
                                  CK_ULONG pin_length, CK_BYTE *username, CK_ULONG username_length);
CK_RV CK_CALL caducee_C_SessionCancel(CK_ULONG session, CK_ULONG flags);
CK_RV CK_CALL caducee_C_MessageEncryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_EncryptMessage(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                       CK_BYTE *associated_data, CK_ULONG associated_data_length,
                                       CK_BYTE *plaintext, CK_ULONG plaintext_length,
                                       CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
CK_RV CK_CALL caducee_C_EncryptMessageBegin(CK_ULONG session, void *parameter,
                                            CK_ULONG parameter_length, CK_BYTE *associated_data,
                                            CK_ULONG associated_data_length);
CK_RV CK_CALL caducee_C_EncryptMessageNext(CK_ULONG session, void *parameter,
                                           CK_ULONG parameter_length, CK_BYTE *plaintext,
                                           CK_ULONG plaintext_length, CK_BYTE *ciphertext,
                                           CK_ULONG *ciphertext_length, CK_ULONG flags);
CK_RV CK_CALL caducee_C_MessageEncryptFinal(CK_ULONG session);
CK_RV CK_CALL caducee_C_MessageDecryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_DecryptMessage(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                       CK_BYTE *associated_data, CK_ULONG associated_data_length,
                                       CK_BYTE *ciphertext, CK_ULONG ciphertext_length,
                                       CK_BYTE *plaintext, CK_ULONG *plaintext_length);
CK_RV CK_CALL caducee_C_DecryptMessageBegin(CK_ULONG session, void *parameter,
                                            CK_ULONG parameter_length, CK_BYTE *associated_data,
                                            CK_ULONG associated_data_length);
CK_RV CK_CALL caducee_C_DecryptMessageNext(CK_ULONG session, void *parameter,
                                           CK_ULONG parameter_length, CK_BYTE *ciphertext,
                                           CK_ULONG ciphertext_length, CK_BYTE *plaintext,
                                           CK_ULONG *plaintext_length, CK_ULONG flags);
CK_RV CK_CALL caducee_C_MessageDecryptFinal(CK_ULONG session);
CK_RV CK_CALL caducee_C_MessageSignInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_SignMessage(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                    CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
                                    CK_ULONG *signature_length);
CK_RV CK_CALL caducee_C_SignMessageBegin(CK_ULONG session, void *parameter,
                                         CK_ULONG parameter_length);
CK_RV CK_CALL caducee_C_SignMessageNext(CK_ULONG session, void *parameter,
                                        CK_ULONG parameter_length, CK_BYTE *data,
                                        CK_ULONG data_length, CK_BYTE *signature,
                                        CK_ULONG *signature_length);
CK_RV CK_CALL caducee_C_MessageSignFinal(CK_ULONG session);
CK_RV CK_CALL caducee_C_MessageVerifyInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
CK_RV CK_CALL caducee_C_VerifyMessage(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                      CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
                                      CK_ULONG signature_length);
CK_RV CK_CALL caducee_C_VerifyMessageBegin(CK_ULONG session, void *parameter,
                                           CK_ULONG parameter_length);
CK_RV CK_CALL caducee_C_VerifyMessageNext(CK_ULONG session, void *parameter,
                                          CK_ULONG parameter_length, CK_BYTE *data,
                                          CK_ULONG data_length, CK_BYTE *signature,
                                          CK_ULONG signature_length);
CK_RV CK_CALL caducee_C_MessageVerifyFinal(CK_ULONG session);

struct CK_FUNCTION_LIST {
    CK_VERSION version;
    CK_RV(CK_CALL *C_Initialize)(void *arguments);
    CK_RV(CK_CALL *C_Finalize)(void *reserved);
    CK_RV(CK_CALL *C_GetInfo)(CK_INFO *info);
    CK_RV(CK_CALL *C_GetFunctionList)(CK_FUNCTION_LIST **list);
    CK_RV(CK_CALL *C_GetSlotList)(CK_BBOOL token_present, CK_ULONG *slots, CK_ULONG *slots_count);
    CK_RV(CK_CALL *C_GetSlotInfo)(CK_ULONG slot, CK_SLOT_INFO *info);
    CK_RV(CK_CALL *C_GetTokenInfo)(CK_ULONG slot, CK_TOKEN_INFO *info);
    CK_RV(CK_CALL *C_GetMechanismList)(CK_ULONG slot, CK_ULONG *mechanisms,
                                       CK_ULONG *mechanisms_count);
    CK_RV(CK_CALL *C_GetMechanismInfo)(CK_ULONG slot, CK_ULONG mechanism, CK_MECHANISM_INFO *info);
    CK_RV(CK_CALL *C_InitToken)(CK_ULONG slot, CK_UTF8CHAR *pin, CK_ULONG pin_length,
                                CK_UTF8CHAR *label);
    CK_RV(CK_CALL *C_InitPIN)(CK_ULONG session, CK_UTF8CHAR *pin, CK_ULONG pin_length);
    CK_RV(CK_CALL *C_SetPIN)(CK_ULONG session, CK_UTF8CHAR *old_pin, CK_ULONG old_pin_length,
                             CK_UTF8CHAR *new_pin, CK_ULONG new_pin_length);
    CK_RV(CK_CALL *C_OpenSession)(CK_ULONG slot, CK_ULONG flags, void *application,
                                  CK_NOTIFY notify, CK_ULONG *session);
    CK_RV(CK_CALL *C_CloseSession)(CK_ULONG session);
    CK_RV(CK_CALL *C_CloseAllSessions)(CK_ULONG slot);
    CK_RV(CK_CALL *C_GetSessionInfo)(CK_ULONG session, CK_SESSION_INFO *info);
    CK_RV(CK_CALL *C_GetOperationState)(CK_ULONG session, CK_BYTE *state, CK_ULONG *state_length);
    CK_RV(CK_CALL *C_SetOperationState)(CK_ULONG session, CK_BYTE *state, CK_ULONG state_length,
                                        CK_ULONG encryption_key, CK_ULONG authentication_key);
    CK_RV(CK_CALL *C_Login)(CK_ULONG session, CK_ULONG user, CK_UTF8CHAR *pin, CK_ULONG pin_length);
    CK_RV(CK_CALL *C_Logout)(CK_ULONG session);
    CK_RV(CK_CALL *C_CreateObject)(CK_ULONG session, CK_ATTRIBUTE *template,
                                   CK_ULONG template_count, CK_ULONG *object);
    CK_RV(CK_CALL *C_CopyObject)(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                 CK_ULONG template_count, CK_ULONG *copy);
    CK_RV(CK_CALL *C_DestroyObject)(CK_ULONG session, CK_ULONG object);
    CK_RV(CK_CALL *C_GetObjectSize)(CK_ULONG session, CK_ULONG object, CK_ULONG *size);
    CK_RV(CK_CALL *C_GetAttributeValue)(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                        CK_ULONG template_count);
    CK_RV(CK_CALL *C_SetAttributeValue)(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                        CK_ULONG template_count);
    CK_RV(CK_CALL *C_FindObjectsInit)(CK_ULONG session, CK_ATTRIBUTE *template,
                                      CK_ULONG template_count);
    CK_RV(CK_CALL *C_FindObjects)(CK_ULONG session, CK_ULONG *objects, CK_ULONG objects_most,
                                  CK_ULONG *objects_count);
    CK_RV(CK_CALL *C_FindObjectsFinal)(CK_ULONG session);
    CK_RV(CK_CALL *C_EncryptInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_Encrypt)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                              CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_EncryptUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                    CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_EncryptFinal)(CK_ULONG session, CK_BYTE *ciphertext,
                                   CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_DecryptInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_Decrypt)(CK_ULONG session, CK_BYTE *ciphertext, CK_ULONG ciphertext_length,
                              CK_BYTE *data, CK_ULONG *data_length);
    CK_RV(CK_CALL *C_DecryptUpdate)(CK_ULONG session, CK_BYTE *ciphertext,
                                    CK_ULONG ciphertext_length, CK_BYTE *part,
                                    CK_ULONG *part_length);
    CK_RV(CK_CALL *C_DecryptFinal)(CK_ULONG session, CK_BYTE *part, CK_ULONG *part_length);
    CK_RV(CK_CALL *C_DigestInit)(CK_ULONG session, CK_MECHANISM *mechanism);
    CK_RV(CK_CALL *C_Digest)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *digest,
                             CK_ULONG *digest_length);
    CK_RV(CK_CALL *C_DigestUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
    CK_RV(CK_CALL *C_DigestKey)(CK_ULONG session, CK_ULONG key);
    CK_RV(CK_CALL *C_DigestFinal)(CK_ULONG session, CK_BYTE *digest, CK_ULONG *digest_length);
    CK_RV(CK_CALL *C_SignInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_Sign)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                           CK_BYTE *signature, CK_ULONG *signature_length);
    CK_RV(CK_CALL *C_SignUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
    CK_RV(CK_CALL *C_SignFinal)(CK_ULONG session, CK_BYTE *signature, CK_ULONG *signature_length);
    CK_RV(CK_CALL *C_SignRecoverInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_SignRecover)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                                  CK_BYTE *signature, CK_ULONG *signature_length);
    CK_RV(CK_CALL *C_VerifyInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_Verify)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                             CK_BYTE *signature, CK_ULONG signature_length);
    CK_RV(CK_CALL *C_VerifyUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
    CK_RV(CK_CALL *C_VerifyFinal)(CK_ULONG session, CK_BYTE *signature, CK_ULONG signature_length);
    CK_RV(CK_CALL *C_VerifyRecoverInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_VerifyRecover)(CK_ULONG session, CK_BYTE *signature, CK_ULONG signature_length,
                                    CK_BYTE *data, CK_ULONG *data_length);
    CK_RV(CK_CALL *C_DigestEncryptUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                          CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_DecryptDigestUpdate)(CK_ULONG session, CK_BYTE *ciphertext,
                                          CK_ULONG ciphertext_length, CK_BYTE *part,
                                          CK_ULONG *part_length);
    CK_RV(CK_CALL *C_SignEncryptUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                        CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_DecryptVerifyUpdate)(CK_ULONG session, CK_BYTE *ciphertext,
                                          CK_ULONG ciphertext_length, CK_BYTE *part,
                                          CK_ULONG *part_length);
    CK_RV(CK_CALL *C_GenerateKey)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template,
                                  CK_ULONG template_count, CK_ULONG *key);
    CK_RV(CK_CALL *C_GenerateKeyPair)(CK_ULONG session, CK_MECHANISM *mechanism,
                                      CK_ATTRIBUTE *public_template, CK_ULONG public_template_count,
                                      CK_ATTRIBUTE *private_template,
                                      CK_ULONG private_template_count, CK_ULONG *public_key,
                                      CK_ULONG *private_key);
    CK_RV(CK_CALL *C_WrapKey)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG wrapping_key,
                              CK_ULONG key, CK_BYTE *wrapped, CK_ULONG *wrapped_length);
    CK_RV(CK_CALL *C_UnwrapKey)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG unwrapping_key,
                                CK_BYTE *wrapped, CK_ULONG wrapped_length, CK_ATTRIBUTE *template,
                                CK_ULONG template_count, CK_ULONG *key);
    CK_RV(CK_CALL *C_DeriveKey)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG base_key,
                                CK_ATTRIBUTE *template, CK_ULONG template_count, CK_ULONG *key);
    CK_RV(CK_CALL *C_SeedRandom)(CK_ULONG session, CK_BYTE *seed, CK_ULONG seed_length);
    CK_RV(CK_CALL *C_GenerateRandom)(CK_ULONG session, CK_BYTE *random, CK_ULONG random_length);
    CK_RV(CK_CALL *C_GetFunctionStatus)(CK_ULONG session);
    CK_RV(CK_CALL *C_CancelFunction)(CK_ULONG session);
    CK_RV(CK_CALL *C_WaitForSlotEvent)(CK_ULONG flags, CK_ULONG *slot, void *reserved);
};

struct CK_FUNCTION_LIST_3_0 {
    CK_VERSION version;
    CK_RV(CK_CALL *C_Initialize)(void *arguments);
    CK_RV(CK_CALL *C_Finalize)(void *reserved);
    CK_RV(CK_CALL *C_GetInfo)(CK_INFO *info);
    CK_RV(CK_CALL *C_GetFunctionList)(CK_FUNCTION_LIST **list);
    CK_RV(CK_CALL *C_GetSlotList)(CK_BBOOL token_present, CK_ULONG *slots, CK_ULONG *slots_count);
    CK_RV(CK_CALL *C_GetSlotInfo)(CK_ULONG slot, CK_SLOT_INFO *info);
    CK_RV(CK_CALL *C_GetTokenInfo)(CK_ULONG slot, CK_TOKEN_INFO *info);
    CK_RV(CK_CALL *C_GetMechanismList)(CK_ULONG slot, CK_ULONG *mechanisms,
                                       CK_ULONG *mechanisms_count);
    CK_RV(CK_CALL *C_GetMechanismInfo)(CK_ULONG slot, CK_ULONG mechanism, CK_MECHANISM_INFO *info);
    CK_RV(CK_CALL *C_InitToken)(CK_ULONG slot, CK_UTF8CHAR *pin, CK_ULONG pin_length,
                                CK_UTF8CHAR *label);
    CK_RV(CK_CALL *C_InitPIN)(CK_ULONG session, CK_UTF8CHAR *pin, CK_ULONG pin_length);
    CK_RV(CK_CALL *C_SetPIN)(CK_ULONG session, CK_UTF8CHAR *old_pin, CK_ULONG old_pin_length,
                             CK_UTF8CHAR *new_pin, CK_ULONG new_pin_length);
    CK_RV(CK_CALL *C_OpenSession)(CK_ULONG slot, CK_ULONG flags, void *application,
                                  CK_NOTIFY notify, CK_ULONG *session);
    CK_RV(CK_CALL *C_CloseSession)(CK_ULONG session);
    CK_RV(CK_CALL *C_CloseAllSessions)(CK_ULONG slot);
    CK_RV(CK_CALL *C_GetSessionInfo)(CK_ULONG session, CK_SESSION_INFO *info);
    CK_RV(CK_CALL *C_GetOperationState)(CK_ULONG session, CK_BYTE *state, CK_ULONG *state_length);
    CK_RV(CK_CALL *C_SetOperationState)(CK_ULONG session, CK_BYTE *state, CK_ULONG state_length,
                                        CK_ULONG encryption_key, CK_ULONG authentication_key);
    CK_RV(CK_CALL *C_Login)(CK_ULONG session, CK_ULONG user, CK_UTF8CHAR *pin, CK_ULONG pin_length);
    CK_RV(CK_CALL *C_Logout)(CK_ULONG session);
    CK_RV(CK_CALL *C_CreateObject)(CK_ULONG session, CK_ATTRIBUTE *template,
                                   CK_ULONG template_count, CK_ULONG *object);
    CK_RV(CK_CALL *C_CopyObject)(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                 CK_ULONG template_count, CK_ULONG *copy);
    CK_RV(CK_CALL *C_DestroyObject)(CK_ULONG session, CK_ULONG object);
    CK_RV(CK_CALL *C_GetObjectSize)(CK_ULONG session, CK_ULONG object, CK_ULONG *size);
    CK_RV(CK_CALL *C_GetAttributeValue)(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                        CK_ULONG template_count);
    CK_RV(CK_CALL *C_SetAttributeValue)(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                        CK_ULONG template_count);
    CK_RV(CK_CALL *C_FindObjectsInit)(CK_ULONG session, CK_ATTRIBUTE *template,
                                      CK_ULONG template_count);
    CK_RV(CK_CALL *C_FindObjects)(CK_ULONG session, CK_ULONG *objects, CK_ULONG objects_most,
                                  CK_ULONG *objects_count);
    CK_RV(CK_CALL *C_FindObjectsFinal)(CK_ULONG session);
    CK_RV(CK_CALL *C_EncryptInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_Encrypt)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                              CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_EncryptUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                    CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_EncryptFinal)(CK_ULONG session, CK_BYTE *ciphertext,
                                   CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_DecryptInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_Decrypt)(CK_ULONG session, CK_BYTE *ciphertext, CK_ULONG ciphertext_length,
                              CK_BYTE *data, CK_ULONG *data_length);
    CK_RV(CK_CALL *C_DecryptUpdate)(CK_ULONG session, CK_BYTE *ciphertext,
                                    CK_ULONG ciphertext_length, CK_BYTE *part,
                                    CK_ULONG *part_length);
    CK_RV(CK_CALL *C_DecryptFinal)(CK_ULONG session, CK_BYTE *part, CK_ULONG *part_length);
    CK_RV(CK_CALL *C_DigestInit)(CK_ULONG session, CK_MECHANISM *mechanism);
    CK_RV(CK_CALL *C_Digest)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *digest,
                             CK_ULONG *digest_length);
    CK_RV(CK_CALL *C_DigestUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
    CK_RV(CK_CALL *C_DigestKey)(CK_ULONG session, CK_ULONG key);
    CK_RV(CK_CALL *C_DigestFinal)(CK_ULONG session, CK_BYTE *digest, CK_ULONG *digest_length);
    CK_RV(CK_CALL *C_SignInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_Sign)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                           CK_BYTE *signature, CK_ULONG *signature_length);
    CK_RV(CK_CALL *C_SignUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
    CK_RV(CK_CALL *C_SignFinal)(CK_ULONG session, CK_BYTE *signature, CK_ULONG *signature_length);
    CK_RV(CK_CALL *C_SignRecoverInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_SignRecover)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                                  CK_BYTE *signature, CK_ULONG *signature_length);
    CK_RV(CK_CALL *C_VerifyInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_Verify)(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length,
                             CK_BYTE *signature, CK_ULONG signature_length);
    CK_RV(CK_CALL *C_VerifyUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length);
    CK_RV(CK_CALL *C_VerifyFinal)(CK_ULONG session, CK_BYTE *signature, CK_ULONG signature_length);
    CK_RV(CK_CALL *C_VerifyRecoverInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_VerifyRecover)(CK_ULONG session, CK_BYTE *signature, CK_ULONG signature_length,
                                    CK_BYTE *data, CK_ULONG *data_length);
    CK_RV(CK_CALL *C_DigestEncryptUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                          CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_DecryptDigestUpdate)(CK_ULONG session, CK_BYTE *ciphertext,
                                          CK_ULONG ciphertext_length, CK_BYTE *part,
                                          CK_ULONG *part_length);
    CK_RV(CK_CALL *C_SignEncryptUpdate)(CK_ULONG session, CK_BYTE *part, CK_ULONG part_length,
                                        CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_DecryptVerifyUpdate)(CK_ULONG session, CK_BYTE *ciphertext,
                                          CK_ULONG ciphertext_length, CK_BYTE *part,
                                          CK_ULONG *part_length);
    CK_RV(CK_CALL *C_GenerateKey)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template,
                                  CK_ULONG template_count, CK_ULONG *key);
    CK_RV(CK_CALL *C_GenerateKeyPair)(CK_ULONG session, CK_MECHANISM *mechanism,
                                      CK_ATTRIBUTE *public_template, CK_ULONG public_template_count,
                                      CK_ATTRIBUTE *private_template,
                                      CK_ULONG private_template_count, CK_ULONG *public_key,
                                      CK_ULONG *private_key);
    CK_RV(CK_CALL *C_WrapKey)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG wrapping_key,
                              CK_ULONG key, CK_BYTE *wrapped, CK_ULONG *wrapped_length);
    CK_RV(CK_CALL *C_UnwrapKey)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG unwrapping_key,
                                CK_BYTE *wrapped, CK_ULONG wrapped_length, CK_ATTRIBUTE *template,
                                CK_ULONG template_count, CK_ULONG *key);
    CK_RV(CK_CALL *C_DeriveKey)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG base_key,
                                CK_ATTRIBUTE *template, CK_ULONG template_count, CK_ULONG *key);
    CK_RV(CK_CALL *C_SeedRandom)(CK_ULONG session, CK_BYTE *seed, CK_ULONG seed_length);
    CK_RV(CK_CALL *C_GenerateRandom)(CK_ULONG session, CK_BYTE *random, CK_ULONG random_length);
    CK_RV(CK_CALL *C_GetFunctionStatus)(CK_ULONG session);
    CK_RV(CK_CALL *C_CancelFunction)(CK_ULONG session);
    CK_RV(CK_CALL *C_WaitForSlotEvent)(CK_ULONG flags, CK_ULONG *slot, void *reserved);
    CK_RV(CK_CALL *C_GetInterfaceList)(CK_INTERFACE *interfaces, CK_ULONG *count);
    CK_RV(CK_CALL *C_GetInterface)(CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface,
                                   CK_FLAGS flags);
    CK_RV(CK_CALL *C_LoginUser)(CK_ULONG session, CK_ULONG user, CK_UTF8CHAR *pin,
                                CK_ULONG pin_length, CK_BYTE *username, CK_ULONG username_length);
    CK_RV(CK_CALL *C_SessionCancel)(CK_ULONG session, CK_ULONG flags);
    CK_RV(CK_CALL *C_MessageEncryptInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_EncryptMessage)(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                     CK_BYTE *associated_data, CK_ULONG associated_data_length,
                                     CK_BYTE *plaintext, CK_ULONG plaintext_length,
                                     CK_BYTE *ciphertext, CK_ULONG *ciphertext_length);
    CK_RV(CK_CALL *C_EncryptMessageBegin)(CK_ULONG session, void *parameter,
                                          CK_ULONG parameter_length, CK_BYTE *associated_data,
                                          CK_ULONG associated_data_length);
    CK_RV(CK_CALL *C_EncryptMessageNext)(CK_ULONG session, void *parameter,
                                         CK_ULONG parameter_length, CK_BYTE *plaintext,
                                         CK_ULONG plaintext_length, CK_BYTE *ciphertext,
                                         CK_ULONG *ciphertext_length, CK_ULONG flags);
    CK_RV(CK_CALL *C_MessageEncryptFinal)(CK_ULONG session);
    CK_RV(CK_CALL *C_MessageDecryptInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_DecryptMessage)(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                     CK_BYTE *associated_data, CK_ULONG associated_data_length,
                                     CK_BYTE *ciphertext, CK_ULONG ciphertext_length,
                                     CK_BYTE *plaintext, CK_ULONG *plaintext_length);
    CK_RV(CK_CALL *C_DecryptMessageBegin)(CK_ULONG session, void *parameter,
                                          CK_ULONG parameter_length, CK_BYTE *associated_data,
                                          CK_ULONG associated_data_length);
    CK_RV(CK_CALL *C_DecryptMessageNext)(CK_ULONG session, void *parameter,
                                         CK_ULONG parameter_length, CK_BYTE *ciphertext,
                                         CK_ULONG ciphertext_length, CK_BYTE *plaintext,
                                         CK_ULONG *plaintext_length, CK_ULONG flags);
    CK_RV(CK_CALL *C_MessageDecryptFinal)(CK_ULONG session);
    CK_RV(CK_CALL *C_MessageSignInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_SignMessage)(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                  CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
                                  CK_ULONG *signature_length);
    CK_RV(CK_CALL *C_SignMessageBegin)(CK_ULONG session, void *parameter,
                                       CK_ULONG parameter_length);
    CK_RV(CK_CALL *C_SignMessageNext)(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                      CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
                                      CK_ULONG *signature_length);
    CK_RV(CK_CALL *C_MessageSignFinal)(CK_ULONG session);
    CK_RV(CK_CALL *C_MessageVerifyInit)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV(CK_CALL *C_VerifyMessage)(CK_ULONG session, void *parameter, CK_ULONG parameter_length,
                                    CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
                                    CK_ULONG signature_length);
    CK_RV(CK_CALL *C_VerifyMessageBegin)(CK_ULONG session, void *parameter,
                                         CK_ULONG parameter_length);
    CK_RV(CK_CALL *C_VerifyMessageNext)(CK_ULONG session, void *parameter,
                                        CK_ULONG parameter_length, CK_BYTE *data,
                                        CK_ULONG data_length, CK_BYTE *signature,
                                        CK_ULONG signature_length);
    CK_RV(CK_CALL *C_MessageVerifyFinal)(CK_ULONG session);
};

#define FUNCTIONS_2_40 \
    caducee_C_Initialize, \
    caducee_C_Finalize, \
    caducee_C_GetInfo, \
    caducee_C_GetFunctionList, \
    caducee_C_GetSlotList, \
    caducee_C_GetSlotInfo, \
    caducee_C_GetTokenInfo, \
    caducee_C_GetMechanismList, \
    caducee_C_GetMechanismInfo, \
    caducee_C_InitToken, \
    caducee_C_InitPIN, \
    caducee_C_SetPIN, \
    caducee_C_OpenSession, \
    caducee_C_CloseSession, \
    caducee_C_CloseAllSessions, \
    caducee_C_GetSessionInfo, \
    caducee_C_GetOperationState, \
    caducee_C_SetOperationState, \
    caducee_C_Login, \
    caducee_C_Logout, \
    caducee_C_CreateObject, \
    caducee_C_CopyObject, \
    caducee_C_DestroyObject, \
    caducee_C_GetObjectSize, \
    caducee_C_GetAttributeValue, \
    caducee_C_SetAttributeValue, \
    caducee_C_FindObjectsInit, \
    caducee_C_FindObjects, \
    caducee_C_FindObjectsFinal, \
    caducee_C_EncryptInit, \
    caducee_C_Encrypt, \
    caducee_C_EncryptUpdate, \
    caducee_C_EncryptFinal, \
    caducee_C_DecryptInit, \
    caducee_C_Decrypt, \
    caducee_C_DecryptUpdate, \
    caducee_C_DecryptFinal, \
    caducee_C_DigestInit, \
    caducee_C_Digest, \
    caducee_C_DigestUpdate, \
    caducee_C_DigestKey, \
    caducee_C_DigestFinal, \
    caducee_C_SignInit, \
    caducee_C_Sign, \
    caducee_C_SignUpdate, \
    caducee_C_SignFinal, \
    caducee_C_SignRecoverInit, \
    caducee_C_SignRecover, \
    caducee_C_VerifyInit, \
    caducee_C_Verify, \
    caducee_C_VerifyUpdate, \
    caducee_C_VerifyFinal, \
    caducee_C_VerifyRecoverInit, \
    caducee_C_VerifyRecover, \
    caducee_C_DigestEncryptUpdate, \
    caducee_C_DecryptDigestUpdate, \
    caducee_C_SignEncryptUpdate, \
    caducee_C_DecryptVerifyUpdate, \
    caducee_C_GenerateKey, \
    caducee_C_GenerateKeyPair, \
    caducee_C_WrapKey, \
    caducee_C_UnwrapKey, \
    caducee_C_DeriveKey, \
    caducee_C_SeedRandom, \
    caducee_C_GenerateRandom, \
    caducee_C_GetFunctionStatus, \
    caducee_C_CancelFunction, \
    caducee_C_WaitForSlotEvent

#define FUNCTIONS_3_0 \
    caducee_C_GetInterfaceList, \
    caducee_C_GetInterface, \
    caducee_C_LoginUser, \
    caducee_C_SessionCancel, \
    caducee_C_MessageEncryptInit, \
    caducee_C_EncryptMessage, \
    caducee_C_EncryptMessageBegin, \
    caducee_C_EncryptMessageNext, \
    caducee_C_MessageEncryptFinal, \
    caducee_C_MessageDecryptInit, \
    caducee_C_DecryptMessage, \
    caducee_C_DecryptMessageBegin, \
    caducee_C_DecryptMessageNext, \
    caducee_C_MessageDecryptFinal, \
    caducee_C_MessageSignInit, \
    caducee_C_SignMessage, \
    caducee_C_SignMessageBegin, \
    caducee_C_SignMessageNext, \
    caducee_C_MessageSignFinal, \
    caducee_C_MessageVerifyInit, \
    caducee_C_VerifyMessage, \
    caducee_C_VerifyMessageBegin, \
    caducee_C_VerifyMessageNext, \
    caducee_C_MessageVerifyFinal

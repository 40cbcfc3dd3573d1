/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The types of PKCS#11 2.40 and 3.0, as far as the façade needs them, written after the standard's
 * text. Constants, structures that functions fill and the function lists are generated from
 * src/caducee/spec/pkcs11 into generated/. On Windows every structure is packed (2.40 section 2.1).
 */
#ifndef CADUCEE_CRYPTOKI_H
#define CADUCEE_CRYPTOKI_H

#include <stddef.h>

typedef unsigned char CK_BYTE;
typedef unsigned char CK_CHAR;
typedef unsigned char CK_UTF8CHAR;
typedef unsigned char CK_BBOOL;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_FLAGS;
typedef CK_ULONG CK_RV;

#define CK_UNAVAILABLE_INFORMATION (~(CK_ULONG)0)

#if defined(_WIN32)
#define CK_CALL __cdecl
#pragma pack(push, cryptoki, 1)
#else
#define CK_CALL
#endif

typedef struct CK_VERSION {
    CK_BYTE major;
    CK_BYTE minor;
} CK_VERSION;

typedef struct CK_ATTRIBUTE {
    CK_ULONG type;
    void *pValue;
    CK_ULONG ulValueLen;
} CK_ATTRIBUTE;

typedef struct CK_MECHANISM {
    CK_ULONG mechanism;
    void *pParameter;
    CK_ULONG ulParameterLen;
} CK_MECHANISM;

typedef struct CK_RSA_PKCS_PSS_PARAMS {
    CK_ULONG hashAlg;
    CK_ULONG mgf;
    CK_ULONG sLen;
} CK_RSA_PKCS_PSS_PARAMS;

typedef CK_RV(CK_CALL *CK_NOTIFY)(CK_ULONG session, CK_ULONG event, void *application);

typedef CK_RV(CK_CALL *CK_CREATEMUTEX)(void **mutex);
typedef CK_RV(CK_CALL *CK_MUTEX)(void *mutex);

/* The standard calls the first four CreateMutex and so on, which windows.h makes other words of. */
typedef struct CK_C_INITIALIZE_ARGS {
    CK_CREATEMUTEX createMutex;
    CK_MUTEX destroyMutex;
    CK_MUTEX lockMutex;
    CK_MUTEX unlockMutex;
    CK_FLAGS flags;
    void *pReserved;
} CK_C_INITIALIZE_ARGS;

typedef struct CK_INTERFACE {
    CK_CHAR *pInterfaceName;
    void *pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;

typedef struct CK_FUNCTION_LIST CK_FUNCTION_LIST;
typedef struct CK_FUNCTION_LIST_3_0 CK_FUNCTION_LIST_3_0;

#include "generated/constants.h"
#include "generated/structures.h"
#include "generated/functions.h"

#if defined(_WIN32)
#pragma pack(pop, cryptoki)
#endif

#endif

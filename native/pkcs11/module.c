/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the façade answers by itself: beginning and end, and the lists of functions. These three
 * are the only names that the library exports.
 */
#include <stdlib.h>
#include <string.h>

#include "facade.h"

/* --- beginning and end --- */

/* How many of the four functions for locks a caller brings. */
static unsigned count_locks(const CK_C_INITIALIZE_ARGS *arguments)
{
    return (arguments->createMutex != NULL) + (arguments->destroyMutex != NULL) +
           (arguments->lockMutex != NULL) + (arguments->unlockMutex != NULL);
}

CK_RV CK_CALL caducee_C_Initialize(void *arguments)
{
    int saved = system_errno();
    CK_C_INITIALIZE_ARGS given;
    memset(&given, 0, sizeof given);
    if (arguments != NULL)
        memcpy(&given, arguments, sizeof given);
    unsigned locks = count_locks(&given);
    /* Locks are the system's own. The daemon knows whether a caller that forbids these is let in. */
    bool own_locks = locks == 4 && !(given.flags & CKF_OS_LOCKING_OK);
    CK_RV rv = CKR_ARGUMENTS_BAD;
    if (pool_is_ready())
        rv = CKR_CRYPTOKI_ALREADY_INITIALIZED;
    else if (locks == 0 || locks == 4)
        rv = pool_open(given.flags, given.pReserved != NULL, own_locks);
    system_set_errno(saved);
    return rv;
}

CK_RV CK_CALL caducee_C_Finalize(void *reserved)
{
    int saved = system_errno();
    CK_RV rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    if (pool_is_ready())
        rv = reserved != NULL ? CKR_ARGUMENTS_BAD : pool_close();
    system_set_errno(saved);
    return rv;
}

/* --- the lists of functions --- */

static CK_FUNCTION_LIST list_2_40 = {{2, 40}, FUNCTIONS_2_40};
static CK_FUNCTION_LIST_3_0 list_3_0 = {{3, 0}, FUNCTIONS_2_40, FUNCTIONS_3_0};

static CK_UTF8CHAR interface_name[] = "PKCS 11";

/* The first is what a caller gets who asks for no version. */
static CK_INTERFACE interfaces[] = {
    {interface_name, &list_3_0, 0},
    {interface_name, &list_2_40, 0},
};
#define INTERFACES (sizeof interfaces / sizeof interfaces[0])

CADUCEE_EXPORT CK_RV CK_CALL C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    if (list == NULL)
        return CKR_ARGUMENTS_BAD;
    *list = &list_2_40;
    return CKR_OK;
}

CADUCEE_EXPORT CK_RV CK_CALL C_GetInterfaceList(CK_INTERFACE *found, CK_ULONG *count)
{
    if (count == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_ULONG room = *count;
    *count = INTERFACES;
    if (found == NULL)
        return CKR_OK;
    if (room < INTERFACES)
        return CKR_BUFFER_TOO_SMALL;
    memcpy(found, interfaces, sizeof interfaces);
    return CKR_OK;
}

static bool is_asked_for(const CK_INTERFACE *one, const CK_UTF8CHAR *name,
                         const CK_VERSION *version, CK_FLAGS flags)
{
    const CK_VERSION *own = one->pFunctionList;
    if (name != NULL && strcmp((const char *)name, (const char *)one->pInterfaceName) != 0)
        return false;
    if (version != NULL && (version->major != own->major || version->minor != own->minor))
        return false;
    return (flags & ~one->flags) == 0;
}

CADUCEE_EXPORT CK_RV CK_CALL C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version,
                                            CK_INTERFACE **found, CK_FLAGS flags)
{
    if (found == NULL)
        return CKR_ARGUMENTS_BAD;
    for (size_t at = 0; at < INTERFACES; at++)
        if (is_asked_for(&interfaces[at], name, version, flags)) {
            *found = &interfaces[at];
            return CKR_OK;
        }
    return CKR_ARGUMENTS_BAD;
}

CK_RV CK_CALL caducee_C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    return C_GetFunctionList(list);
}

CK_RV CK_CALL caducee_C_GetInterfaceList(CK_INTERFACE *found, CK_ULONG *count)
{
    return C_GetInterfaceList(found, count);
}

CK_RV CK_CALL caducee_C_GetInterface(CK_UTF8CHAR *name, CK_VERSION *version,
                                     CK_INTERFACE **found, CK_FLAGS flags)
{
    return C_GetInterface(name, version, found, flags);
}

/* --- leaving --- */

#if defined(_WIN32)
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID process_ends);
BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID process_ends)
{
    (void)module;
    if (reason == DLL_PROCESS_DETACH && process_ends == NULL)
        pool_unload();
    return TRUE;
}
#else
__attribute__((destructor)) static void unload(void)
{
    pool_unload();
}
#endif

/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Threads that call, while others begin and end the module: run under ThreadSanitizer or
 * AddressSanitizer with a daemon at CADUCEE_CRYPTOLIBD_SOCKET. Ends with 0 when every code that
 * came is one that may come.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "../pkcs11/facade.h"

#define CALLERS 8
#define OPEN_MS 15
#define CHANGES 25

static _Atomic int changers = 2;

static bool may_come(CK_RV rv)
{
    return rv == CKR_OK || rv == CKR_CRYPTOKI_NOT_INITIALIZED || rv == CKR_DEVICE_ERROR ||
           rv == CKR_CRYPTOKI_ALREADY_INITIALIZED;
}

static void check(CK_RV rv)
{
    if (!may_come(rv)) {
        fprintf(stderr, "unexpected: 0x%lx\n", rv);
        abort();
    }
}

static void *call(void *unused)
{
    while (changers > 0)
        check(caducee_C_Logout(1));
    return unused;
}

static void *wait_for_event(void *unused)
{
    CK_ULONG slot;
    while (changers > 0)
        check(caducee_C_WaitForSlotEvent(0, &slot, NULL));
    return unused;
}

static void *change(void *unused)
{
    for (int turn = 0; turn < CHANGES; turn++) {
        check(caducee_C_Initialize(NULL));
        system_sleep(OPEN_MS);
        check(caducee_C_Finalize(NULL));
    }
    changers--;
    return unused;
}

int main(void)
{
    pthread_t threads[CALLERS + 3];
    check(caducee_C_Initialize(NULL));
    for (int at = 0; at < CALLERS; at++)
        pthread_create(&threads[at], NULL, call, NULL);
    pthread_create(&threads[CALLERS], NULL, wait_for_event, NULL);
    pthread_create(&threads[CALLERS + 1], NULL, change, NULL);
    pthread_create(&threads[CALLERS + 2], NULL, change, NULL);
    for (int at = 0; at < CALLERS + 3; at++)
        pthread_join(threads[at], NULL);
    return 0;
}

/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Calls a PKCS#11 module many times, as a program in C does, and prints microseconds.
 *
 *     pkcs11_loop MODULE TOKEN CODE WHAT THREADS ROUNDS
 *
 * TOKEN is the beginning of a label, CODE may be empty. WHAT: `session` (C_GetSessionInfo), `find`
 * (a search for certificates), `attributes` (three attributes of one), `sign` (login, signature,
 * logout; one line for each of the three), `first` (C_Initialize to the list of slots), `letter`
 * (C_Initialize to the first signature), `hold` (logs in, prints a line, and waits for the end of its
 * input).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST *p11;
static CK_SLOT_ID slot;
static const char *code, *what;
static long rounds;
static pthread_barrier_t begin;

static void check(CK_RV rv, const char *function)
{
    if (rv != CKR_OK) {
        fprintf(stderr, "%s: 0x%lx\n", function, rv);
        exit(1);
    }
}

static double microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static CK_OBJECT_HANDLE find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const char *label)
{
    CK_ATTRIBUTE sought[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_LABEL, (void *)label, label ? strlen(label) : 0},
    };
    CK_OBJECT_HANDLE found[8];
    CK_ULONG count = 0;

    check(p11->C_FindObjectsInit(session, sought, label ? 2 : 1), "C_FindObjectsInit");
    check(p11->C_FindObjects(session, found, 8, &count), "C_FindObjects");
    check(p11->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    if (count == 0) {
        fprintf(stderr, "no such object\n");
        exit(1);
    }
    return found[0];
}

static CK_SESSION_HANDLE open_session(void)
{
    CK_SESSION_HANDLE session;

    check(p11->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), "C_OpenSession");
    return session;
}

static void *loop(void *unused)
{
    CK_SESSION_HANDLE session = open_session();
    CK_OBJECT_HANDLE object = find(session, CKO_CERTIFICATE, NULL);
    CK_SESSION_INFO info;
    CK_OBJECT_CLASS class;
    CK_BYTE id[256], label[256];

    pthread_barrier_wait(&begin);
    for (long i = 0; i < rounds; i++) {
        if (what[0] == 's') {
            check(p11->C_GetSessionInfo(session, &info), "C_GetSessionInfo");
        } else if (what[0] == 'f') {
            find(session, CKO_CERTIFICATE, NULL);
        } else {
            CK_ATTRIBUTE wanted[] = {
                {CKA_CLASS, &class, sizeof class},
                {CKA_ID, id, sizeof id},
                {CKA_LABEL, label, sizeof label},
            };
            check(p11->C_GetAttributeValue(session, object, wanted, 3), "C_GetAttributeValue");
        }
    }
    return unused;
}

static void log_in(CK_SESSION_HANDLE session)
{
    check(p11->C_Login(session, CKU_USER, (CK_BYTE *)code, strlen(code)), "C_Login");
}

static void sign_letter(CK_SESSION_HANDLE session)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_BYTE letter[] = "letter", made[512];
    CK_ULONG size = sizeof made;

    check(p11->C_SignInit(session, &mechanism, find(session, CKO_PRIVATE_KEY, "CPS_PRIV_SIG")),
          "C_SignInit");
    check(p11->C_Sign(session, letter, sizeof letter, made, &size), "C_Sign");
}

static void sign(void)
{
    CK_SESSION_HANDLE session = open_session();

    for (long i = 0; i < rounds; i++) {
        double start = microseconds();
        log_in(session);
        double in = microseconds();
        sign_letter(session);
        double made_at = microseconds();
        check(p11->C_Logout(session), "C_Logout");
        printf("%.1f %.1f %.1f\n", in - start, made_at - in, microseconds() - made_at);
    }
}

static bool choose(const char *token)
{
    CK_SLOT_ID slots[16];
    CK_ULONG count = 16;
    CK_TOKEN_INFO info;

    check(p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
    for (CK_ULONG i = 0; i < count; i++) {
        if (p11->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            memcmp(info.label, token, strlen(token)) == 0) {
            slot = slots[i];
            return true;
        }
    }
    return false;
}

static void run_threads(int threads)
{
    pthread_t started[64];

    pthread_barrier_init(&begin, NULL, threads + 1);
    for (int i = 0; i < threads; i++)
        pthread_create(&started[i], NULL, loop, NULL);
    pthread_barrier_wait(&begin);
    double start = microseconds();
    for (int i = 0; i < threads; i++)
        pthread_join(started[i], NULL);
    printf("%.3f\n", (microseconds() - start) / (rounds * threads));
}

int main(int argc, char **argv)
{
    CK_C_INITIALIZE_ARGS locking = {.flags = CKF_OS_LOCKING_OK};
    CK_RV (*list)(CK_FUNCTION_LIST **);
    void *library;
    double start;

    if (argc != 7 || (library = dlopen(argv[1], RTLD_NOW)) == NULL)
        return 2;
    code = argv[3], what = argv[4], rounds = atol(argv[6]);
    *(void **)&list = dlsym(library, "C_GetFunctionList");
    check(list(&p11), "C_GetFunctionList");
    start = microseconds();
    check(p11->C_Initialize(&locking), "C_Initialize");
    if (!choose(argv[2])) {
        fprintf(stderr, "no such token\n");
        return 1;
    }
    if (strcmp(what, "first") == 0) {
        printf("%.1f\n", microseconds() - start);
    } else if (strcmp(what, "letter") == 0) {
        CK_SESSION_HANDLE session = open_session();
        log_in(session);
        sign_letter(session);
        printf("%.1f\n", microseconds() - start);
    } else if (strcmp(what, "sign") == 0) {
        sign();
    } else if (strcmp(what, "hold") == 0) {
        CK_SESSION_HANDLE session = open_session();
        log_in(session);
        find(session, CKO_CERTIFICATE, NULL);
        puts("holds");
        fflush(stdout);
        getchar();
    } else {
        run_threads(atoi(argv[5]));
    }
    check(p11->C_Finalize(NULL), "C_Finalize");
    return 0;
}

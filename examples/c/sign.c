/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Tells whose card it is, signs a document with it, and verifies the signature.
 *
 *     apt install gcc libp11-kit-dev            (for the header of PKCS#11)
 *     cc -o sign sign.c $(pkg-config --cflags p11-kit-1)
 *     ./sign MODULE DOCUMENT SIGNATURE
 *
 * MODULE is what `caducee pkcs11 path` prints. The code is read from standard input.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <p11-kit/pkcs11.h>

static CK_FUNCTION_LIST *p11;
static CK_SESSION_HANDLE session;

static void check(CK_RV rv, const char *what)
{
    if (rv != CKR_OK) {
        fprintf(stderr, "%s: 0x%lx\n", what, rv);
        exit(1);
    }
}

/* Finds the one object of a class, by its label or by its id. */
static CK_OBJECT_HANDLE find(CK_OBJECT_CLASS class, CK_ATTRIBUTE_TYPE type, const void *value,
                             CK_ULONG size)
{
    CK_ATTRIBUTE sought[] = {
        {CKA_CLASS, &class, sizeof class},
        {type, (void *)value, size},
    };
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;

    check(p11->C_FindObjectsInit(session, sought, 2), "C_FindObjectsInit");
    check(p11->C_FindObjects(session, &found, 1, &count), "C_FindObjects");
    check(p11->C_FindObjectsFinal(session), "C_FindObjectsFinal");
    if (count == 0) {
        fprintf(stderr, "not on this card\n");
        exit(1);
    }
    return found;
}

/* Prints a part of the subject: the last value of that type, for the issuer comes first. */
static void print_part(const CK_BYTE *certificate, CK_ULONG size, CK_BYTE number)
{
    const CK_BYTE type[] = {0x06, 0x03, 0x55, 0x04, number};
    const CK_BYTE *found = NULL, *at = certificate, *end = certificate + size;

    while ((at = memmem(at, end - at, type, sizeof type)) != NULL)
        found = at, at += sizeof type;
    if (found != NULL && end - found > 7 && end - found - 7 >= found[6] && found[6] < 0x80)
        printf(" %.*s", found[6], (const char *)found + 7);
}

/* Prints family name, given name and number of the holder, from the certificate. */
static void print_holder(void)
{
    static const char label[] = "Certificat de Signature CPS";
    CK_BYTE value[4096];
    CK_ATTRIBUTE wanted = {CKA_VALUE, value, sizeof value};
    CK_OBJECT_HANDLE object = find(CKO_CERTIFICATE, CKA_LABEL, label, sizeof label - 1);

    check(p11->C_GetAttributeValue(session, object, &wanted, 1), "C_GetAttributeValue");
    printf("Holder:");
    print_part(value, wanted.ulValueLen, 4);
    print_part(value, wanted.ulValueLen, 42);
    print_part(value, wanted.ulValueLen, 3);
    putchar('\n');
}

static CK_SLOT_ID first_card(void)
{
    CK_SLOT_ID slots[16];
    CK_ULONG count = 16;
    CK_TOKEN_INFO token;

    check(p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
    if (count == 0) {
        fprintf(stderr, "no card\n");
        exit(3);
    }
    check(p11->C_GetTokenInfo(slots[0], &token), "C_GetTokenInfo");
    printf("Card: %.32s\n", (const char *)token.label); /* padded with spaces */
    return slots[0];
}

static void log_in(void)
{
    char code[16];

    if (fgets(code, sizeof code, stdin) == NULL)
        exit(2);
    code[strcspn(code, "\r\n")] = 0;
    check(p11->C_Login(session, CKU_USER, (CK_BYTE *)code, strlen(code)), "C_Login");
    explicit_bzero(code, sizeof code);
}

static CK_ULONG sign_and_verify(CK_BYTE *data, CK_ULONG size, CK_BYTE *made, CK_ULONG room)
{
    CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, NULL, 0};
    CK_OBJECT_HANDLE private = find(CKO_PRIVATE_KEY, CKA_LABEL, "CPS_PRIV_SIG", 12);
    CK_BYTE id[64];
    CK_ATTRIBUTE same = {CKA_ID, id, sizeof id};

    check(p11->C_SignInit(session, &mechanism, private), "C_SignInit");
    check(p11->C_Sign(session, data, size, made, &room), "C_Sign");
    check(p11->C_GetAttributeValue(session, private, &same, 1), "C_GetAttributeValue");
    check(p11->C_VerifyInit(session, &mechanism, find(CKO_PUBLIC_KEY, CKA_ID, id, same.ulValueLen)),
          "C_VerifyInit");
    check(p11->C_Verify(session, data, size, made, room), "C_Verify");
    return room;
}

int main(int argc, char **argv)
{
    static CK_BYTE data[1 << 20], made[512];
    CK_RV (*list)(CK_FUNCTION_LIST **);
    void *library;
    FILE *file;
    size_t size;

    if (argc != 4 || (library = dlopen(argv[1], RTLD_NOW)) == NULL)
        return 2;
    *(void **)&list = dlsym(library, "C_GetFunctionList");
    if (list == NULL || (file = fopen(argv[2], "rb")) == NULL)
        return 2;
    size = fread(data, 1, sizeof data, file);
    fclose(file);

    check(list(&p11), "C_GetFunctionList");
    check(p11->C_Initialize(NULL), "C_Initialize");
    check(p11->C_OpenSession(first_card(), CKF_SERIAL_SESSION, NULL, NULL, &session),
          "C_OpenSession");
    print_holder();
    log_in();
    CK_ULONG length = sign_and_verify(data, size, made, sizeof made);
    printf("Signed: %lu bytes, verified\n", length);
    check(p11->C_Finalize(NULL), "C_Finalize");

    if ((file = fopen(argv[3], "wb")) == NULL)
        return 2;
    fwrite(made, 1, length, file);
    return fclose(file) ? 2 : 0;
}

/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Windows. Built and linked by the tests here; run by nobody yet.
 */
#include "facade.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In every advapi32; the header that declares it differs between kits. */
BOOLEAN NTAPI SystemFunction036(PVOID data, ULONG size);

void lock_renew(system_lock *lock)
{
    InitializeSRWLock(lock);
}

void lock_take(system_lock *lock)
{
    AcquireSRWLockExclusive(lock);
}

void lock_release(system_lock *lock)
{
    ReleaseSRWLockExclusive(lock);
}

void condition_renew(system_condition *condition)
{
    InitializeConditionVariable(condition);
}

void condition_wait(system_condition *condition, system_lock *lock)
{
    SleepConditionVariableSRW(condition, lock, INFINITE, 0);
}

void condition_tell_one(system_condition *condition)
{
    WakeConditionVariable(condition);
}

void condition_tell_all(system_condition *condition)
{
    WakeAllConditionVariable(condition);
}

uint64_t system_now(void)
{
    return GetTickCount64();
}

void system_sleep(unsigned milliseconds)
{
    Sleep(milliseconds);
}

uint64_t system_process(void)
{
    return GetCurrentProcessId();
}

bool system_random(void *data, size_t size)
{
    return SystemFunction036(data, (ULONG)size) != 0;
}

void system_wipe(void *data, size_t size)
{
    volatile unsigned char *byte = data;
    while (size-- > 0)
        *byte++ = 0;
}

int system_errno(void)
{
    return (int)GetLastError();
}

void system_set_errno(int value)
{
    SetLastError((DWORD)value);
}

bool system_setting(const char *name, char *value, size_t size)
{
    DWORD length = GetEnvironmentVariableA(name, value, (DWORD)size);
    return length > 0 && length < size;
}

/* --- starting the daemon --- */

#define ARGV_FILE L"caducee-cryptolibd.argv"
#define ARGV_MOST 32

static bool name_argv_file(wchar_t path[SYSTEM_PATH])
{
    DWORD length = GetEnvironmentVariableW(L"CADUCEE_CRYPTOLIBD", path, SYSTEM_PATH);
    if (length > 0)
        return length < SYSTEM_PATH;
    HMODULE module;
    DWORD how = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    if (!GetModuleHandleExW(how, (LPCWSTR)(void *)name_argv_file, &module))
        return false;
    length = GetModuleFileNameW(module, path, SYSTEM_PATH);
    wchar_t *slash = length > 0 && length < SYSTEM_PATH ? wcsrchr(path, L'\\') : NULL;
    if (slash == NULL || (size_t)(slash + 1 - path) + sizeof ARGV_FILE / 2 > SYSTEM_PATH)
        return false;
    memcpy(slash + 1, ARGV_FILE, sizeof ARGV_FILE);
    return true;
}

/* Adds one argument to a command line, quoted as CommandLineToArgvW reads it. */
static bool add_argument(wchar_t *line, size_t *at, const wchar_t *argument)
{
    if (*at + 2 * wcslen(argument) + 4 > SYSTEM_PATH)
        return false;
    if (*at > 0)
        line[(*at)++] = L' ';
    line[(*at)++] = L'"';
    for (const wchar_t *one = argument;; one++) {
        size_t slashes = 0;
        while (*one == L'\\') {
            slashes++;
            one++;
        }
        bool doubled = *one == L'"' || *one == L'\0';
        for (size_t count = slashes * (doubled ? 2 : 1); count > 0; count--)
            line[(*at)++] = L'\\';
        if (*one == L'\0')
            break;
        if (*one == L'"')
            line[(*at)++] = L'\\';
        line[(*at)++] = *one;
    }
    line[(*at)++] = L'"';
    line[*at] = L'\0';
    return true;
}

static DWORD read_text(wchar_t path[SYSTEM_PATH], wchar_t text[SYSTEM_PATH])
{
    char bytes[SYSTEM_PATH];
    DWORD size = 0;
    if (!name_argv_file(path))
        return 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return 0;
    BOOL whole = ReadFile(file, bytes, sizeof bytes - 1, &size, NULL);
    CloseHandle(file);
    if (!whole || size == 0 || size == sizeof bytes - 1)
        return 0;
    int length = MultiByteToWideChar(CP_UTF8, 0, bytes, (int)size, text, SYSTEM_PATH - 1);
    text[length > 0 ? length : 0] = L'\0';
    return (DWORD)(length > 0 ? length : 0);
}

/* The program is absolute, or seen from the folder of the file, whose path it then replaces. */
static wchar_t *find_program(wchar_t path[SYSTEM_PATH], wchar_t *program)
{
    wchar_t *slash = wcsrchr(path, L'\\');
    if (program[0] == L'\\' || (program[0] != L'\0' && program[1] == L':'))
        return program;
    if (slash == NULL || (size_t)(slash + 2 - path) + wcslen(program) > SYSTEM_PATH)
        return NULL;
    memcpy(slash + 1, program, (wcslen(program) + 1) * sizeof *program);
    return path;
}

bool system_start_daemon(void)
{
    wchar_t path[SYSTEM_PATH];
    wchar_t text[SYSTEM_PATH];
    wchar_t line[SYSTEM_PATH];
    wchar_t *program = NULL;
    size_t at = 0;
    if (read_text(path, text) == 0)
        return false;
    wchar_t *rest = NULL;
    for (wchar_t *one = wcstok(text, L"\r\n", &rest); one; one = wcstok(NULL, L"\r\n", &rest)) {
        if (program == NULL)
            one = program = find_program(path, one);
        if (one == NULL || !add_argument(line, &at, one))
            return false;
    }
    STARTUPINFOW how = {.cb = sizeof how};
    PROCESS_INFORMATION made;
    DWORD flags = DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT;
    if (program == NULL ||
        !CreateProcessW(program, line, NULL, NULL, FALSE, flags, NULL, NULL, &how, &made))
        return false;
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    return true;
}

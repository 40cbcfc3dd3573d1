/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections over a named pipe of Windows, \\.\pipe\caducee-cryptolibd-<SID of the user>. The
 * server must be a process of the same user; it may learn who calls, not act in the caller's name
 * (SECURITY_IDENTIFICATION). Built and linked by the tests here; run by nobody yet.
 */
#include "facade.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_MOST 256

void link_clear(struct link *link)
{
    link->pipe = INVALID_HANDLE_VALUE;
    link->done = link->stop = NULL;
}

void link_close(struct link *link)
{
    struct link closed = *link;
    link_clear(link);
    if (closed.pipe != INVALID_HANDLE_VALUE)
        CloseHandle(closed.pipe);
    if (closed.done != NULL)
        CloseHandle(closed.done);
    if (closed.stop != NULL)
        CloseHandle(closed.stop);
}

void link_interrupt(struct link *link)
{
    if (link->stop != NULL)
        SetEvent(link->stop);
}

size_t link_token(uint8_t token[WIRE_MAX_TOKEN])
{
    (void)token;
    return 0;
}

/* --- whose the pipe is --- */

/* The user of a process, as TOKEN_USER in `place`. */
static bool find_user(HANDLE process, void *place, DWORD size)
{
    HANDLE token;
    DWORD needed;
    if (!OpenProcessToken(process, TOKEN_QUERY, &token))
        return false;
    BOOL found = GetTokenInformation(token, TokenUser, place, size, &needed);
    CloseHandle(token);
    return found != 0;
}

static bool peer_is_ours(HANDLE pipe)
{
    union {
        TOKEN_USER user;
        char room[USER_MOST];
    } own, other;
    ULONG number;
    if (!GetNamedPipeServerProcessId(pipe, &number))
        return false;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, number);
    if (process == NULL)
        return false;
    bool same = find_user(GetCurrentProcess(), &own, sizeof own) &&
                find_user(process, &other, sizeof other) &&
                EqualSid(own.user.User.Sid, other.user.User.Sid);
    CloseHandle(process);
    return same;
}

static bool name_pipe(char *path, size_t size)
{
    union {
        TOKEN_USER user;
        char room[USER_MOST];
    } own;
    char *text;
    if (system_setting("CADUCEE_CRYPTOLIBD_SOCKET", path, size))
        return true;
    if (!find_user(GetCurrentProcess(), &own, sizeof own) ||
        !ConvertSidToStringSidA(own.user.User.Sid, &text))
        return false;
    int length = snprintf(path, size, "\\\\.\\pipe\\caducee-cryptolibd-%s", text);
    LocalFree(text);
    return length > 0 && (size_t)length < size;
}

/* --- connecting --- */

static HANDLE open_pipe(const char *path, uint64_t deadline, enum outcome *outcome)
{
    DWORD how = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
    for (;;) {
        HANDLE pipe = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, how,
                                  NULL);
        if (pipe != INVALID_HANDLE_VALUE)
            return pipe;
        *outcome = GetLastError() == ERROR_PIPE_BUSY ? SILENT : ABSENT;
        uint64_t now = system_now();
        if (*outcome == ABSENT || now >= deadline)
            return INVALID_HANDLE_VALUE;
        WaitNamedPipeA(path, (DWORD)(deadline - now));
    }
}

enum outcome link_connect(struct link *link, uint64_t deadline)
{
    char path[512];
    enum outcome outcome = DONE;
    if (!name_pipe(path, sizeof path))
        return ABSENT;
    link->pipe = open_pipe(path, deadline, &outcome);
    if (link->pipe == INVALID_HANDLE_VALUE)
        return outcome;
    link->done = CreateEventA(NULL, TRUE, FALSE, NULL);
    link->stop = CreateEventA(NULL, TRUE, FALSE, NULL);
    if (link->done == NULL || link->stop == NULL)
        outcome = BROKEN;
    else if (!peer_is_ours(link->pipe))
        outcome = FOREIGN;
    if (outcome != DONE)
        link_close(link);
    return outcome;
}

/* --- sending and receiving --- */

/* Waits for an operation that was begun; one that does not end in time is called off. */
static enum outcome finish(struct link *link, OVERLAPPED *operation, BOOL begun, uint64_t deadline,
                           DWORD *count)
{
    HANDLE events[2] = {link->stop, link->done};
    enum outcome outcome = DONE;
    if (!begun && GetLastError() != ERROR_IO_PENDING)
        return CLOSED;
    if (!begun) {
        uint64_t now = system_now();
        DWORD patience = now < deadline ? (DWORD)(deadline - now) : 0;
        DWORD found = WaitForMultipleObjects(2, events, FALSE, patience);
        if (found != WAIT_OBJECT_0 + 1) {
            outcome = found == WAIT_OBJECT_0 ? CLOSED : SILENT;
            CancelIoEx(link->pipe, operation);
        }
    }
    if (!GetOverlappedResult(link->pipe, operation, count, TRUE) || *count == 0)
        return outcome == DONE ? CLOSED : outcome;
    return outcome;
}

enum outcome link_send(struct link *link, const uint8_t *data, size_t size, size_t *sent,
                       uint64_t deadline)
{
    *sent = 0;
    while (*sent < size) {
        OVERLAPPED operation = {.hEvent = link->done};
        DWORD count = 0;
        ResetEvent(link->done);
        BOOL begun = WriteFile(link->pipe, data + *sent, (DWORD)(size - *sent), NULL, &operation);
        enum outcome outcome = finish(link, &operation, begun, deadline, &count);
        *sent += count;
        if (outcome != DONE)
            return outcome;
    }
    return DONE;
}

enum outcome link_receive(struct link *link, uint8_t *data, size_t size, size_t *received,
                          uint64_t deadline)
{
    OVERLAPPED operation = {.hEvent = link->done};
    DWORD count = 0;
    ResetEvent(link->done);
    BOOL begun = ReadFile(link->pipe, data, (DWORD)size, NULL, &operation);
    enum outcome outcome = finish(link, &operation, begun, deadline, &count);
    *received = count;
    return outcome;
}

bool link_is_quiet(struct link *link)
{
    DWORD waiting = 0;
    return PeekNamedPipe(link->pipe, NULL, 0, NULL, &waiting, NULL) && waiting == 0;
}

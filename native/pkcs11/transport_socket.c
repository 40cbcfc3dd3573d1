/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections over sockets: AF_UNIX, or, in builds for tests only, TCP on loopback (the one way from
 * a Windows program under wine to a daemon on Linux).
 */
#include "facade.h"

#include <errno.h>
#include <string.h>

#if defined(_WIN32)

#include <ws2tcpip.h>
#define close closesocket
#define poll WSAPoll
#define SHUT_RDWR SD_BOTH
#define NO_SOCKET INVALID_SOCKET
typedef SOCKET socket_number;
typedef int socket_size;
static int last_error(void)
{
    int error = WSAGetLastError();
    return error == WSAEWOULDBLOCK ? EAGAIN : error;
}

#else

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#define NO_SOCKET (-1)
typedef int socket_number;
typedef size_t socket_size;
static int last_error(void)
{
    return errno;
}

#endif

#if defined(CADUCEE_TRANSPORT_TCP)
#if !defined(_WIN32)
#include <arpa/inet.h>
#include <netinet/in.h>
#endif
#define FAMILY AF_INET
#else
#define FAMILY AF_UNIX
#endif

#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0 /* SO_NOSIGPIPE is set, or there is no such signal */
#endif

void link_clear(struct link *link)
{
    link->socket = NO_SOCKET;
}

void link_close(struct link *link)
{
    socket_number socket = link->socket;
    link->socket = NO_SOCKET;
    if (socket != NO_SOCKET)
        close(socket);
}

void link_interrupt(struct link *link)
{
    if (link->socket != NO_SOCKET)
        shutdown(link->socket, SHUT_RDWR);
}

/* --- where the daemon is --- */

#if defined(CADUCEE_TRANSPORT_TCP)

typedef struct sockaddr_in address;

/* CADUCEE_CRYPTOLIBD_SOCKET is a port of 127.0.0.1 here. */
static enum outcome find_address(address *place)
{
    char text[16];
    unsigned long port = 0;
    if (!system_setting("CADUCEE_CRYPTOLIBD_SOCKET", text, sizeof text))
        return ABSENT;
    for (const char *at = text; *at >= '0' && *at <= '9'; at++)
        port = port * 10 + (unsigned long)(*at - '0');
    if (port == 0 || port > 65535)
        return ABSENT;
    memset(place, 0, sizeof *place);
    place->sin_family = AF_INET;
    place->sin_port = htons((unsigned short)port);
    place->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return DONE;
}

static bool peer_is_ours(socket_number socket)
{
    (void)socket; /* the token in HELLO stands for it */
    return true;
}

size_t link_token(uint8_t token[WIRE_MAX_TOKEN])
{
    char text[WIRE_MAX_TOKEN + 1];
    if (!system_setting("CADUCEE_CRYPTOLIBD_TOKEN", text, sizeof text))
        return 0;
    size_t size = strlen(text);
    memcpy(token, text, size);
    return size;
}

#else

typedef struct sockaddr_un address;

static bool is_ours(const char *path, bool folder)
{
    struct stat found;
    if (lstat(path, &found) != 0 || found.st_uid != geteuid())
        return false;
    if (!folder)
        return S_ISSOCK(found.st_mode);
    return S_ISDIR(found.st_mode) && (found.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

#if defined(__APPLE__)
#define ROOTS_FOLDER "/var/run"
#else
#define ROOTS_FOLDER "/run"
#endif

/* As caducee.base.runtime: for root, a folder of another user is none, for the variable may come
 * from the user who became root. */
static bool belongs_to_root(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == 0;
}

static bool name_socket(char *path, size_t size)
{
    char folder[SYSTEM_PATH];
    if (system_setting("CADUCEE_CRYPTOLIBD_SOCKET", path, size))
        return true;
    int length;
    if (system_setting("XDG_RUNTIME_DIR", folder, sizeof folder) && folder[0] == '/' &&
        (geteuid() != 0 || belongs_to_root(folder)))
        length = snprintf(path, size, "%s/caducee/cryptolibd.sock", folder);
    else if (geteuid() == 0)
        length = snprintf(path, size, ROOTS_FOLDER "/caducee/cryptolibd.sock");
    else
        length = snprintf(path, size, "/tmp/caducee-%lu/cryptolibd.sock", (unsigned long)geteuid());
    return length > 0 && (size_t)length < size;
}

/* The folder and the socket must be the user's own, and nobody else may write there. */
static enum outcome find_address(address *place)
{
    memset(place, 0, sizeof *place);
    place->sun_family = AF_UNIX;
    if (!name_socket(place->sun_path, sizeof place->sun_path) || place->sun_path[0] != '/')
        return ABSENT;
    struct stat found;
    if (lstat(place->sun_path, &found) != 0)
        return ABSENT;
    char folder[sizeof place->sun_path];
    memcpy(folder, place->sun_path, sizeof folder);
    char *slash = strrchr(folder, '/');
    slash[slash == folder] = '\0';
    return is_ours(folder, true) && is_ours(place->sun_path, false) ? DONE : FOREIGN;
}

static bool peer_is_ours(int socket)
{
#if defined(__APPLE__)
    uid_t user;
    gid_t group;
    return getpeereid(socket, &user, &group) == 0 && user == geteuid();
#else
    struct {
        int process;
        uid_t user;
        gid_t group;
    } peer; /* struct ucred, which strict C11 hides */
    socklen_t size = sizeof peer;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.user == geteuid();
#endif
}

size_t link_token(uint8_t token[WIRE_MAX_TOKEN])
{
    (void)token;
    return 0;
}

#endif

/* --- connecting --- */

/* A socket that never blocks, and is closed in programs that the host starts. */
static socket_number make_socket(void)
{
#if defined(_WIN32)
    WSADATA data;
    u_long yes = 1;
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return NO_SOCKET;
    SOCKET made = socket(FAMILY, SOCK_STREAM, 0);
    if (made != NO_SOCKET)
        ioctlsocket(made, FIONBIO, &yes);
    return made;
#elif defined(SOCK_CLOEXEC)
    return socket(FAMILY, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    int made = socket(FAMILY, SOCK_STREAM, 0);
    int yes = 1;
    if (made >= 0) {
        fcntl(made, F_SETFD, FD_CLOEXEC);
        fcntl(made, F_SETFL, O_NONBLOCK);
        setsockopt(made, SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
    }
    return made;
#endif
}

/* Waits until the socket can be read or written. */
static enum outcome wait_for(socket_number socket, short events, uint64_t deadline)
{
    for (;;) {
        uint64_t now = system_now();
        struct pollfd one = {.fd = socket, .events = events};
        int found = now >= deadline ? 0 : poll(&one, 1, (int)(deadline - now));
        if (found > 0)
            return DONE;
        if (found == 0 && system_now() >= deadline)
            return SILENT;
        if (found < 0 && last_error() != EINTR)
            return BROKEN;
    }
}

static enum outcome finish_connect(socket_number socket, uint64_t deadline)
{
    int error = 0;
    socklen_t size = sizeof error;
    enum outcome outcome = wait_for(socket, POLLOUT, deadline);
    if (outcome != DONE)
        return outcome;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, (void *)&error, &size) != 0 || error != 0)
        return ABSENT;
    return DONE;
}

static enum outcome connect_socket(socket_number socket, const address *place, uint64_t deadline)
{
    for (;;) {
        if (connect(socket, (const struct sockaddr *)place, sizeof *place) == 0)
            return DONE;
        int error = last_error();
        if (error == EINPROGRESS || (FAMILY != AF_UNIX && error == EAGAIN))
            return finish_connect(socket, deadline);
        if (error != EAGAIN && error != EINTR)
            return ABSENT;
        if (system_now() >= deadline) /* the daemon takes nobody in: its queue is full */
            return SILENT;
        system_sleep(5);
    }
}

enum outcome link_connect(struct link *link, uint64_t deadline)
{
    address place;
    enum outcome outcome = find_address(&place);
    if (outcome != DONE)
        return outcome;
    link->socket = make_socket();
    if (link->socket == NO_SOCKET)
        return BROKEN;
    outcome = connect_socket(link->socket, &place, deadline);
    if (outcome == DONE && !peer_is_ours(link->socket))
        outcome = FOREIGN;
    if (outcome != DONE)
        link_close(link);
    return outcome;
}

/* --- sending and receiving --- */

enum outcome link_send(struct link *link, const uint8_t *data, size_t size, size_t *sent,
                       uint64_t deadline)
{
    *sent = 0;
    while (*sent < size) {
        long count = (long)send(link->socket, (const void *)(data + *sent),
                                (socket_size)(size - *sent), MSG_NOSIGNAL);
        if (count >= 0) {
            *sent += (size_t)count;
            continue;
        }
        int error = last_error();
        if (error != EAGAIN && error != EINTR)
            return CLOSED;
        enum outcome outcome = wait_for(link->socket, POLLOUT, deadline);
        if (outcome != DONE)
            return outcome;
    }
    return DONE;
}

enum outcome link_receive(struct link *link, uint8_t *data, size_t size, size_t *received,
                          uint64_t deadline)
{
    for (;;) {
        enum outcome outcome = wait_for(link->socket, POLLIN, deadline);
        if (outcome != DONE)
            return outcome;
        long count = (long)recv(link->socket, (void *)data, (socket_size)size, 0);
        if (count > 0) {
            *received = (size_t)count;
            return DONE;
        }
        if (count == 0 || (last_error() != EAGAIN && last_error() != EINTR))
            return CLOSED;
    }
}

bool link_is_quiet(struct link *link)
{
    struct pollfd one = {.fd = link->socket, .events = POLLIN};
    return poll(&one, 1, 0) == 0;
}

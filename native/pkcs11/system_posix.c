/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Linux and macOS.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "facade.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#else
#include <sys/random.h>
#endif

/* --- locks, time, chance --- */

void lock_renew(system_lock *lock)
{
    pthread_mutex_init(lock, NULL);
}

void lock_take(system_lock *lock)
{
    pthread_mutex_lock(lock);
}

void lock_release(system_lock *lock)
{
    pthread_mutex_unlock(lock);
}

void condition_renew(system_condition *condition)
{
    pthread_cond_init(condition, NULL);
}

void condition_wait(system_condition *condition, system_lock *lock)
{
    pthread_cond_wait(condition, lock);
}

void condition_tell_one(system_condition *condition)
{
    pthread_cond_signal(condition);
}

void condition_tell_all(system_condition *condition)
{
    pthread_cond_broadcast(condition);
}

uint64_t system_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void system_sleep(unsigned milliseconds)
{
    struct timespec pause = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&pause, NULL);
}

uint64_t system_process(void)
{
    return (uint64_t)getpid();
}

static bool read_random(void *data, size_t size)
{
    int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool whole = file >= 0 && read(file, data, size) == (ssize_t)size;
    if (file >= 0)
        close(file);
    return whole;
}

bool system_random(void *data, size_t size)
{
#if defined(__linux__)
    if (syscall(SYS_getrandom, data, size, 0) == (long)size)
        return true;
#else
    if (getentropy(data, size) == 0)
        return true;
#endif
    return read_random(data, size);
}

void system_wipe(void *data, size_t size)
{
    volatile unsigned char *byte = data;
    while (size-- > 0)
        *byte++ = 0;
}

int system_errno(void)
{
    return errno;
}

void system_set_errno(int value)
{
    errno = value;
}

bool system_setting(const char *name, char *value, size_t size)
{
#if defined(__linux__)
    const char *found = secure_getenv(name);
#else
    const char *found = issetugid() ? NULL : getenv(name);
#endif
    if (found == NULL || found[0] == '\0' || strlen(found) >= size)
        return false;
    memcpy(value, found, strlen(found) + 1);
    return true;
}

/* --- starting the daemon --- */

#define ARGV_FILE "caducee-cryptolibd.argv"
#define ARGV_MOST 32

/* $CADUCEE_CRYPTOLIBD names the file; else it lies beside this library. */
static bool name_argv_file(char path[SYSTEM_PATH])
{
    if (system_setting("CADUCEE_CRYPTOLIBD", path, SYSTEM_PATH))
        return true;
    static const char here;
    Dl_info found;
    char whole[PATH_MAX];
    if (dladdr(&here, &found) == 0 || realpath(found.dli_fname, whole) == NULL)
        return false;
    char *slash = strrchr(whole, '/');
    if (slash == NULL || (size_t)(slash + 1 - whole) + sizeof ARGV_FILE > SYSTEM_PATH)
        return false;
    memcpy(path, whole, (size_t)(slash + 1 - whole));
    memcpy(path + (slash + 1 - whole), ARGV_FILE, sizeof ARGV_FILE);
    return true;
}

static bool read_text(const char *path, char *text, size_t room)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t size = read(file, text, room - 1);
    close(file);
    if (size <= 0 || (size_t)size == room - 1)
        return false;
    text[size] = '\0';
    return true;
}

/* Reads the file: one argument a line; the first is the path of a program, absolute, or seen from
 * the folder of the file. `text` has room for that folder and for the file. */
static bool read_argv(char text[2 * SYSTEM_PATH], char *argv[ARGV_MOST + 1])
{
    size_t folder = 0;
    if (!name_argv_file(text) || text[0] != '/')
        return false;
    folder = (size_t)(strrchr(text, '/') + 1 - text);
    char file[SYSTEM_PATH];
    memcpy(file, text, strlen(text) + 1);
    if (!read_text(file, text + folder, SYSTEM_PATH) || text[folder] == '\n')
        return false;
    if (text[folder] == '/')
        memmove(text, text + folder, strlen(text + folder) + 1);
    unsigned count = 0;
    char *rest = NULL;
    for (char *one = strtok_r(text, "\n", &rest); one != NULL; one = strtok_r(NULL, "\n", &rest)) {
        if (count == ARGV_MOST)
            return false;
        argv[count++] = one;
    }
    argv[count] = NULL;
    return count > 0;
}

static void close_inherited(void)
{
#if defined(__linux__) && defined(SYS_close_range)
    if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0)
        return;
#endif
    struct rlimit limit;
    long most = 65536;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)most)
        most = (long)limit.rlim_cur;
    for (int file = 3; file < most; file++)
        close(file);
}

/* In the child, where only async-signal-safe functions may be called. */
static void become_daemon(char *const argv[], char *const environment[])
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int nothing = open("/dev/null", O_RDWR);
    for (int file = 0; nothing >= 0 && file < 3; file++)
        dup2(nothing, file);
    close_inherited();
    umask(077);
    if (chdir("/") == 0)
        execve(argv[0], argv, environment);
    _exit(127);
}

/* A fork that runs no handler of the host, and whose end tells the host nothing (no SIGCHLD). */
static pid_t quiet_fork(void)
{
#if defined(__linux__)
    return (pid_t)syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);
#else
    return fork();
#endif
}

static void reap(pid_t child)
{
    int status;
#if defined(__linux__)
    int options = __WCLONE;
#else
    int options = 0;
#endif
    while (waitpid(child, &status, options) < 0 && errno == EINTR)
        continue;
}

extern char **environ;

bool system_start_daemon(void)
{
    char text[2 * SYSTEM_PATH];
    char *argv[ARGV_MOST + 1];
    if (!read_argv(text, argv))
        return false;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* no handler of the host runs in the child */
    pid_t child = quiet_fork();
    if (child == 0) {
        setsid();
        if (quiet_fork() == 0)
            become_daemon(argv, environ);
        _exit(0);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (child > 0)
        reap(child);
    return child > 0;
}

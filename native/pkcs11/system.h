/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What differs between systems: locks, time, chance, the environment, starting the daemon.
 */
#ifndef CADUCEE_SYSTEM_H
#define CADUCEE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(CADUCEE_TRANSPORT_TCP) && !defined(CADUCEE_TEST_BUILD)
#error "the loopback TCP transport is for tests only: no release build may contain it"
#endif

#if defined(_WIN32)

#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>
#include <windows.h>

typedef SRWLOCK system_lock;
typedef CONDITION_VARIABLE system_condition;
#define SYSTEM_LOCK_INIT SRWLOCK_INIT
#define SYSTEM_CONDITION_INIT CONDITION_VARIABLE_INIT
#define CADUCEE_EXPORT __declspec(dllexport)

#if defined(CADUCEE_TRANSPORT_TCP)
struct link {
    SOCKET socket;
};
#else
struct link {
    HANDLE pipe;
    HANDLE done; /* set when an operation on the pipe has ended */
    HANDLE stop; /* set by link_interrupt */
};
#endif

#else

#include <pthread.h>

typedef pthread_mutex_t system_lock;
typedef pthread_cond_t system_condition;
#define SYSTEM_LOCK_INIT PTHREAD_MUTEX_INITIALIZER
#define SYSTEM_CONDITION_INIT PTHREAD_COND_INITIALIZER
#define CADUCEE_EXPORT __attribute__((visibility("default")))

struct link {
    int socket;
};

#endif

#define SYSTEM_PATH 4096

void lock_renew(system_lock *lock);
void lock_take(system_lock *lock);
void lock_release(system_lock *lock);
void condition_renew(system_condition *condition);
/* Waits until the condition is told; the lock is held before and after. */
void condition_wait(system_condition *condition, system_lock *lock);
void condition_tell_one(system_condition *condition);
void condition_tell_all(system_condition *condition);

/* Milliseconds of a clock that never goes back. */
uint64_t system_now(void);
void system_sleep(unsigned milliseconds);
uint64_t system_process(void);
bool system_random(void *data, size_t size);
/* Overwrites memory, also where the compiler sees no use of it. */
void system_wipe(void *data, size_t size);
/* A variable of the environment; false if absent, empty of trust (set-user-id), or too long. */
bool system_setting(const char *name, char *value, size_t size);
/* Starts the daemon that the argv file names, detached; false if there is none to start. */
bool system_start_daemon(void);
int system_errno(void);
void system_set_errno(int value);

#endif

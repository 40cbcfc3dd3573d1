/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The connections of this process, and its state: not initialised, ready, being finalised.
 *
 * The state is one word that holds the process id too. After a fork the child finds another's id:
 * for it nothing is initialised, whatever the parent's threads were doing, and no lock of the
 * parent is touched before C_Initialize makes it new. No thread is ever started, no signal handler
 * set, nothing left behind for the end of the process.
 */
#include <stdatomic.h>
#include <string.h>

#include "facade.h"

#define SHARED WIRE_MAX_CONNECTIONS
/* 0.6 s with the pauses between them; the fuzzer, whose daemon mostly leaves, waits for none. */
#if !defined(HELLO_TRIES)
#define HELLO_TRIES 7
#endif
#define SLOTS (SHARED + WIRE_MAX_WAITING)

enum phase { CLOSED_DOWN, OPENING, READY, CLOSING };

static struct {
    system_lock lock;
    system_condition changed;
    struct connection connections[SLOTS];
    unsigned busy;
    uint8_t application[WIRE_APPLICATION_ID];
    CK_FLAGS flags;
    bool reserved;
    bool own_locks;
    uint64_t silence;
    _Atomic uint64_t suspect_until;
    _Atomic uint64_t hopeless_until;
    _Atomic uint64_t started_at;
} pool = {.lock = SYSTEM_LOCK_INIT, .changed = SYSTEM_CONDITION_INIT};

static _Atomic uint64_t state;
static _Atomic uint64_t changing; /* the process whose thread opens or closes, 0: none */

static uint64_t state_of(enum phase phase)
{
    return system_process() << 8 | phase;
}

static bool is_in(enum phase phase)
{
    return atomic_load(&state) == state_of(phase);
}

bool pool_is_ready(void)
{
    return is_in(READY);
}

uint64_t pool_silence(void)
{
    return pool.silence;
}

/* Whether the daemon was silent a while ago. */
static bool is_suspect(void)
{
    return system_now() < atomic_load(&pool.suspect_until);
}

/* HELLO is answered at once: after a silence, later ones are not waited for so long. */
static uint64_t hello_silence(void)
{
    uint64_t shorter = WIRE_SUSPECT_SILENCE * 1000u;
    return is_suspect() && shorter < pool.silence ? shorter : pool.silence;
}

/* --- connecting --- */

static CK_RV code_of(enum outcome outcome)
{
    return outcome == BROKEN ? CKR_HOST_MEMORY : CKR_DEVICE_ERROR;
}

static bool may_go_on(void)
{
    return is_in(READY) || is_in(OPENING);
}

/* Starts the daemon, unless a thread did so just now; false if there is none to start. */
static bool start_if_due(void)
{
    uint64_t now = system_now();
    uint64_t last = atomic_load(&pool.started_at);
    if (last != 0 && now - last < WIRE_RESTART * 1000u)
        return true;
    return !atomic_compare_exchange_strong(&pool.started_at, &last, now) || system_start_daemon();
}

/* Connects, where nobody listens after starting the daemon. */
static enum outcome reach(struct link *link)
{
    enum outcome outcome = link_connect(link, system_now() + hello_silence());
    if (outcome != ABSENT || system_now() < atomic_load(&pool.hopeless_until))
        return outcome;
    uint64_t deadline = system_now() + WIRE_START * 1000u;
    unsigned pause = 5;
    while (outcome == ABSENT && start_if_due() && may_go_on() && system_now() < deadline) {
        system_sleep(pause);
        pause = pause < 10 ? pause * 2 : 10;
        outcome = link_connect(link, deadline);
    }
    if (outcome == ABSENT && system_now() >= deadline)
        atomic_store(&pool.hopeless_until, system_now() + WIRE_SUSPECT * 1000u);
    return outcome;
}

static void check_version(struct call *welcome)
{
    bool right = welcome->end - welcome->at == 4 &&
                 read_u32(welcome->reply.data + welcome->at) == WIRE_VERSION;
    if (welcome->rv == CKR_OK && !right)
        welcome->lies = true;
    welcome->at = welcome->end;
}

static CK_RV say_hello(struct link *link, enum outcome *how)
{
    struct call hello;
    uint8_t token[WIRE_MAX_TOKEN];
    size_t token_size = link_token(token);
    call_frame(&hello, WIRE_HELLO, WIRE_VERSION);
    put_number(&hello, sizeof(CK_ULONG), 1);
    put_raw(&hello, pool.application, sizeof pool.application);
    put_number(&hello, system_process(), 8);
    put_ulong(&hello, pool.flags);
    put_number(&hello, pool.reserved, 1);
    put_number(&hello, pool.own_locks, 1);
    put_number(&hello, token_size, 4);
    put_raw(&hello, token, token_size);
    size_t sent = 0;
    enum outcome outcome = call_exchange(&hello, link, hello_silence(), &sent);
    *how = outcome;
    if (outcome == SILENT)
        pool_suspect();
    if (outcome != DONE)
        hello.rv = code_of(outcome);
    else if (!hello.lies)
        check_version(&hello);
    return call_end(&hello);
}

/* Connects and says HELLO. The connection is the thread's own, but closing the module may interrupt
 * it as soon as it stands here; so it comes here, and goes (pool_give_back), under the lock only. */
static CK_RV connect_once(struct connection *connection, enum outcome *how)
{
    struct link link;
    link_clear(&link);
    *how = reach(&link);
    if (*how != DONE)
        return code_of(*how);
    lock_take(&pool.lock);
    bool wanted = may_go_on();
    if (wanted)
        connection->link = link;
    else
        link_close(&link);
    lock_release(&pool.lock);
    return wanted ? say_hello(&connection->link, how) : CKR_CRYPTOKI_NOT_INITIALIZED;
}

/* The socket of a daemon that was killed takes connections for a moment longer and then closes them
 * unheard, and so does a daemon that has too many: HELLO may be said again. */
static CK_RV connect_one(struct connection *connection)
{
    unsigned pause = 10;
    for (unsigned left = HELLO_TRIES;; left--) {
        enum outcome how = DONE;
        CK_RV rv = connect_once(connection, &how);
        if (how != CLOSED || left <= 1 || !may_go_on())
            return rv;
        lock_take(&pool.lock);
        link_close(&connection->link);
        lock_release(&pool.lock);
        system_sleep(pause);
        pause *= 2;
    }
}

/* --- the pool --- */

/* Closes what is idle; the lock is held. */
static void close_idle(void)
{
    for (unsigned at = 0; at < SLOTS; at++)
        if (pool.connections[at].use == IDLE) {
            link_close(&pool.connections[at].link);
            pool.connections[at].use = FREE;
        }
}

void pool_suspect(void)
{
    atomic_store(&pool.suspect_until, system_now() + WIRE_SUSPECT * 1000u);
    lock_take(&pool.lock);
    close_idle();
    lock_release(&pool.lock);
}

static struct connection *find(unsigned from, unsigned to, int use)
{
    for (unsigned at = from; at < to; at++)
        if ((int)pool.connections[at].use == use)
            return &pool.connections[at];
    return NULL;
}

/* Finds a connection that is quiet, else a place for a new one; waits for one of both, but for no
 * longer than for a daemon that is silent, if this one is: others may be quicker each time. A call
 * that blocks for long takes none that others share. The lock is held. */
static struct connection *choose(bool waits, bool want_fresh)
{
    uint64_t begun = system_now();
    if (waits)
        return find(SHARED, SLOTS, FREE);
    for (;;) {
        struct connection *found = NULL;
        if (want_fresh)
            close_idle();
        while ((found = find(0, SHARED, IDLE)) != NULL && !link_is_quiet(&found->link)) {
            link_close(&found->link);
            found->use = FREE;
        }
        if (found == NULL)
            found = find(0, SHARED, FREE);
        if (found != NULL || !is_in(READY))
            return found;
        if (is_suspect() && system_now() - begun > pool.silence)
            return NULL;
        condition_wait(&pool.changed, &pool.lock);
    }
}

CK_RV pool_take(bool waits, bool want_fresh, struct connection **taken, bool *fresh)
{
    lock_take(&pool.lock);
    struct connection *found = is_in(READY) ? choose(waits, want_fresh) : NULL;
    bool ready = is_in(READY);
    if (!ready || found == NULL) {
        lock_release(&pool.lock);
        if (!ready)
            return CKR_CRYPTOKI_NOT_INITIALIZED;
        return waits ? CKR_HOST_MEMORY : CKR_DEVICE_ERROR;
    }
    *fresh = found->use == FREE;
    *taken = found;
    found->use = BUSY;
    pool.busy++;
    lock_release(&pool.lock);
    CK_RV rv = *fresh ? connect_one(found) : CKR_OK;
    if (rv != CKR_OK) {
        pool_give_back(found, false);
        return is_in(READY) ? rv : CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    return CKR_OK;
}

void pool_give_back(struct connection *connection, bool healthy)
{
    lock_take(&pool.lock);
    bool shared = connection < &pool.connections[SHARED];
    bool kept = healthy && shared && is_in(READY);
    if (!kept)
        link_close(&connection->link);
    connection->use = kept ? IDLE : FREE;
    pool.busy--;
    if (is_in(READY))
        condition_tell_one(&pool.changed);
    else
        condition_tell_all(&pool.changed);
    lock_release(&pool.lock);
}

/* --- the life of the module --- */

/* Only one thread opens or closes. What a parent held at a fork, its child takes over. */
static void begin_change(void)
{
    uint64_t me = system_process();
    for (;;) {
        uint64_t holder = 0;
        if (atomic_compare_exchange_strong(&changing, &holder, me))
            return;
        if (holder != me && atomic_compare_exchange_strong(&changing, &holder, me))
            return;
        system_sleep(1);
    }
}

static void end_change(void)
{
    atomic_store(&changing, 0);
}

/* In the child of a fork: the parent's connections are closed here and left alone there. */
static void forget_parent(void)
{
    for (unsigned at = 0; at < SLOTS; at++) {
        link_close(&pool.connections[at].link);
        pool.connections[at].use = FREE;
    }
    lock_renew(&pool.lock);
    condition_renew(&pool.changed);
    pool.busy = 0;
}

/* A number of milliseconds that tests and slow machines set in place of WIRE_SILENCE. */
static uint64_t chosen_silence(void)
{
    char text[16];
    uint64_t value = 0;
    if (system_setting("CADUCEE_PKCS11_SILENCE_MS", text, sizeof text))
        for (const char *at = text; *at >= '0' && *at <= '9'; at++)
            value = value * 10 + (uint64_t)(*at - '0');
    return value > 0 && value <= 600000 ? value : WIRE_SILENCE * 1000u;
}

static CK_RV open_changed(CK_FLAGS flags, bool reserved, bool own_locks)
{
    uint64_t before = atomic_load(&state);
    if (before == state_of(READY))
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    if (before == 0)
        for (unsigned at = 0; at < SLOTS; at++)
            link_clear(&pool.connections[at].link);
    else if (before >> 8 != system_process())
        forget_parent();
    if (!system_random(pool.application, sizeof pool.application))
        return CKR_GENERAL_ERROR;
    pool.flags = flags;
    pool.reserved = reserved;
    pool.own_locks = own_locks;
    pool.silence = chosen_silence();
    atomic_store(&pool.suspect_until, 0);
    atomic_store(&pool.hopeless_until, 0);
    atomic_store(&pool.started_at, 0);
    atomic_store(&state, state_of(OPENING));
    struct connection *first = &pool.connections[0];
    CK_RV rv = connect_one(first);
    if (rv != CKR_OK)
        link_close(&first->link);
    first->use = rv == CKR_OK ? IDLE : FREE;
    atomic_store(&state, state_of(rv == CKR_OK ? READY : CLOSED_DOWN));
    return rv;
}

CK_RV pool_open(CK_FLAGS flags, bool reserved, bool own_locks)
{
    begin_change();
    CK_RV rv = open_changed(flags, reserved, own_locks);
    end_change();
    return rv;
}

/* Ends the calls that run in other threads: each finds its connection closed. The lock is held. */
static void end_calls(void)
{
    for (unsigned at = 0; at < SLOTS; at++)
        if (pool.connections[at].use == BUSY)
            link_interrupt(&pool.connections[at].link);
    condition_tell_all(&pool.changed);
}

/* Tells the daemon that the application is over, so that its sessions are closed on return. */
static void say_goodbye(struct connection *connection)
{
    struct call call;
    size_t sent;
    call_frame(&call, WIRE_CALL, FUNCTION_C_Finalize);
    put_number(&call, 0, 8);
    uint64_t patience = WIRE_SUSPECT_SILENCE * 1000u;
    call_exchange(&call, &connection->link, patience < pool.silence ? patience : pool.silence,
                  &sent);
    call_end(&call);
}

static void close_changed(void)
{
    lock_take(&pool.lock);
    atomic_store(&state, state_of(CLOSING));
    while (pool.busy > 0) {
        end_calls();
        condition_wait(&pool.changed, &pool.lock);
    }
    struct connection *last = find(0, SHARED, IDLE);
    if (last != NULL && link_is_quiet(&last->link))
        say_goodbye(last);
    close_idle();
    atomic_store(&state, state_of(CLOSED_DOWN));
    lock_release(&pool.lock);
}

CK_RV pool_close(void)
{
    begin_change();
    CK_RV rv = is_in(READY) ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
    if (rv == CKR_OK)
        close_changed();
    end_change();
    return rv;
}

/* At dlclose, or at the end of the process, where other threads may still be within a call. */
void pool_unload(void)
{
    uint64_t before = atomic_load(&state);
    if (before == 0)
        return;
    bool mine = before >> 8 == system_process();
    for (unsigned at = 0; at < SLOTS; at++)
        if (!mine || pool.connections[at].use == IDLE)
            link_close(&pool.connections[at].link);
    atomic_store(&state, state_of(CLOSED_DOWN));
}

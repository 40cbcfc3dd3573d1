/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Asks an LDAP server of this machine, as fast as it answers.
 *
 *     ldap_load PORT CLIENTS SECONDS FILE
 *
 * FILE holds whole LDAP messages, each behind its length (4 bytes, big-endian). Every client is a
 * thread with a connection of its own, that waits for the end of an answer (searchResDone) before
 * it asks again. After SECONDS it prints one line: searches, seconds, entries found, results other
 * than success, and the median and 99th percentile of one search in microseconds.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_SAMPLES (1 << 20)
#define BUFFER (1 << 20)

static unsigned char *requests;
static long *places, count;
static atomic_long next_request, entries, refused;
static int port;
static double until;

struct client {
    pthread_t thread;
    float *samples;
    long done;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static long big_endian(const unsigned char *bytes, int size)
{
    long value = 0;

    while (size--)
        value = value << 8 | *bytes++;
    return value;
}

/* Return the size of the element that begins here, 0 when its head is not whole; *head is that of
 * its head. */
static long element(const unsigned char *bytes, long left, long *head)
{
    if (left < 2)
        return 0;
    if (bytes[1] < 0x80) {
        *head = 2;
        return 2 + bytes[1];
    }
    *head = 2 + (bytes[1] & 0x7F);
    return left < *head ? 0 : *head + big_endian(bytes + 2, *head - 2);
}

/* Read one whole answer; the server sends nothing after it before it is asked again. */
static void answer(int peer, unsigned char *buffer)
{
    long filled = 0, place = 0, head, size, inner;

    for (;;) {
        while ((size = element(buffer + place, filled - place, &head)) && place + size <= filled) {
            const unsigned char *at = buffer + place + head;
            const unsigned char *operation = at + element(at, size - head, &inner);

            place += size;
            if (operation[0] == 0x64) {
                atomic_fetch_add(&entries, 1);
            } else if (operation[0] == 0x65) {
                element(operation, 6, &inner);
                if (operation[inner + 2])
                    atomic_fetch_add(&refused, 1);
                return;
            } else {
                fprintf(stderr, "an answer of another kind: %02x\n", operation[0]);
                exit(1);
            }
        }
        if (place) {
            memmove(buffer, buffer + place, filled - place);
            filled -= place;
            place = 0;
        }
        long got = recv(peer, buffer + filled, BUFFER - filled, 0);
        if (got <= 0)
            fail("recv");
        filled += got;
    }
}

static void *ask(void *argument)
{
    struct client *self = argument;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    unsigned char *buffer = malloc(BUFFER);
    int peer = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(peer, (struct sockaddr *)&address, sizeof address))
        fail("connect");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (double begin = now(), end; begin < until; begin = end) {
        const unsigned char *request = requests + places[atomic_fetch_add(&next_request, 1) % count];
        long size = big_endian(request, 4);

        if (send(peer, request + 4, size, 0) != size)
            fail("send");
        answer(peer, buffer);
        end = now();
        if (self->done < MOST_SAMPLES)
            self->samples[self->done] = (end - begin) * 1e6;
        self->done++;
    }
    close(peer);
    free(buffer);
    return NULL;
}

static int ascending(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;

    return (a > b) - (a < b);
}

static void read_requests(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size;

    if (!file)
        fail(path);
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    requests = malloc(size);
    places = malloc(sizeof *places * (size / 4 + 1));
    if (fread(requests, 1, size, file) != (size_t)size)
        fail(path);
    for (long place = 0; place < size; place += 4 + big_endian(requests + place, 4))
        places[count++] = place;
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: ldap_load PORT CLIENTS SECONDS FILE\n");
        return 2;
    }
    int clients = atoi(argv[2]);
    struct client *all = calloc(clients, sizeof *all);
    float *samples;
    long done = 0, kept = 0;

    port = atoi(argv[1]);
    read_requests(argv[4]);
    double begin = now();
    until = begin + atof(argv[3]);
    for (int i = 0; i < clients; i++) {
        all[i].samples = malloc(sizeof *samples * MOST_SAMPLES);
        if (pthread_create(&all[i].thread, NULL, ask, &all[i]))
            fail("pthread_create");
    }
    samples = malloc(sizeof *samples * MOST_SAMPLES * clients);
    for (int i = 0; i < clients; i++) {
        pthread_join(all[i].thread, NULL);
        long some = all[i].done < MOST_SAMPLES ? all[i].done : MOST_SAMPLES;

        memcpy(samples + kept, all[i].samples, sizeof *samples * some);
        kept += some;
        done += all[i].done;
    }
    double seconds = now() - begin;
    qsort(samples, kept, sizeof *samples, ascending);
    printf("%ld %f %ld %ld %f %f\n", done, seconds, atomic_load(&entries), atomic_load(&refused),
           samples[kept / 2], samples[kept * 99 / 100]);
    return 0;
}

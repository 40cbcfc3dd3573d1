/* SPDX-FileCopyrightText: The caducee contributors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Bytes that grow, and are wiped before they go: a request may hold a PIN, a reply a decrypted text.
 */
#include <stdlib.h>
#include <string.h>

#include "facade.h"

/* A length and the head stand outside what WIRE_MAX_FRAME counts; the rest is slack. */
#define BUFFER_MOST (WIRE_MAX_FRAME + 64)

void buffer_open(struct buffer *buffer)
{
    buffer->data = buffer->small;
    buffer->size = 0;
    buffer->capacity = sizeof buffer->small;
}

bool buffer_reserve(struct buffer *buffer, size_t more)
{
    if (more <= buffer->capacity - buffer->size)
        return true;
    if (more > BUFFER_MOST || buffer->size > BUFFER_MOST - more)
        return false;
    size_t capacity = buffer->size + more;
    capacity += BUFFER_SLACK(capacity);
    uint8_t *grown = malloc(capacity);
    if (grown == NULL)
        return false;
    memcpy(grown, buffer->data, buffer->size);
    size_t size = buffer->size;
    buffer_close(buffer);
    buffer->data = grown;
    buffer->size = size;
    buffer->capacity = capacity;
    return true;
}

void buffer_close(struct buffer *buffer)
{
    system_wipe(buffer->data, buffer->size);
    if (buffer->data != buffer->small)
        free(buffer->data);
    buffer_open(buffer);
}

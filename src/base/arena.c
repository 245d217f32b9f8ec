#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

/* A block is a sixteenth of what there is already, from 512 bytes to 1 MiB: little of the last one stays
 * empty, of which each of thousands of scripts has one, and a dump of a million needs few blocks. A
 * request larger than a block gets a block of its own. */
enum { SMALLEST_BLOCK = 512, LARGEST_BLOCK = 1 << 20, ALIGNMENT = 8 };

struct arena_block {
    struct arena_block *earlier;
    size_t size, used;
    uint64_t bytes[];
};

static struct arena_block *block_new(struct arena *arena, size_t wanted)
{
    size_t size = CLAMP(MAX(arena->total / 16, arena->expected), (size_t)SMALLEST_BLOCK,
                        (size_t)LARGEST_BLOCK);

    size = MAX(size, wanted);
    struct arena_block *block = g_malloc(sizeof *block + size);
    block->earlier = arena->block;
    block->size = size;
    block->used = 0;
    arena->total += size;
    arena->expected = 0;
    return block;
}

static void free_last(struct arena *arena)
{
    struct arena_block *block = arena->block;

    arena->block = block->earlier;
    arena->total -= block->size;
    g_free(block);
}

void arena_expect(struct arena *arena, size_t size)
{
    arena->expected = size;
}

void arena_finish(struct arena *arena)
{
    while (arena->block)
        free_last(arena);
    arena->roomy = NULL;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->block, arena->block ? arena->block->used : 0};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while (arena->block != mark.block)
        free_last(arena);
    if (arena->block)
        arena->block->used = mark.used;
    arena->roomy = NULL;
}

static size_t room(const struct arena_block *block)
{
    return block ? block->size - block->used : 0;
}

/* So much of the block, from a multiple of the alignment on; NULL when it has no room. */
static inline void *take_from(struct arena_block *block, size_t size, size_t alignment)
{
    size_t start = block ? (block->used + alignment - 1) & ~(alignment - 1) : 0;

    if (!block || start > block->size || block->size - start < size)
        return NULL;
    block->used = start + size;
    return (char *)block->bytes + start;
}

/* Where the block that is being filled has no room. */
static __attribute__((noinline)) void *take_elsewhere(struct arena *arena, size_t size,
                                                      size_t alignment)
{
    void *taken = take_from(arena->roomy, size, alignment);

    if (taken)
        return taken;
    if (room(arena->block) > room(arena->roomy))
        arena->roomy = arena->block;
    arena->block = block_new(arena, size);
    return take_from(arena->block, size, alignment);
}

static inline void *take(struct arena *arena, size_t size, size_t alignment)
{
    void *taken = take_from(arena->block, size, alignment);

    return taken ? taken : take_elsewhere(arena, size, alignment);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(take(arena, size, ALIGNMENT), 0, size);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = take(arena, length + 1, 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    char most[256]; /* longer ones are formatted twice */
    va_list again;

    va_copy(again, args);
    int length = vsnprintf(most, sizeof most, format, args);
    g_assert(length >= 0);
    char *text = take(arena, (size_t)length + 1, 1);
    if ((size_t)length < sizeof most)
        memcpy(text, most, (size_t)length + 1);
    else
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

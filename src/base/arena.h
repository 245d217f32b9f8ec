#pragma once
/* Memory that lives exactly as long as its owner: facts of a script, the catalog, a report.
 * Allocation bumps a pointer, everything is freed in one call, nothing is freed alone.
 * Memory is zeroed and aligned for pointers and 64-bit integers; strings take no more than
 * their bytes. */

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *block; /* the block being filled; it links to the earlier ones */
    struct arena_block *roomy; /* the earlier one with most room, for what does not fit any more */
    size_t total;              /* of the blocks */
    size_t expected;           /* of the next block; 0: it goes by what there is */
};

/* A zeroed struct arena is ready for use. Frees all that came from it; it is ready for use again. */
void arena_finish(struct arena *arena);

/* So much, about, will be asked for soon: it is given one block, of which what is not used stays free for
 * the rest. */
void arena_expect(struct arena *arena, size_t size);

/* A place in an arena. */
struct arena_mark {
    struct arena_block *block;
    size_t used;
};

/* Where it ends now; and frees all that has been allocated since a mark. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* What these return is the arena's; never NULL, the program ends when there is no memory. `text` is
 * not NULL. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#define arena_new(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

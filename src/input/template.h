#pragma once
/* What a preprocessor reads and no server sees: {% if x %}, {{ range .Tables }}, {# a comment #},
 * <% if x %>, {{> partial}}, and the lines of the C preprocessor. */

#include <stdint.h>

#include "facts/script.h"

enum block {
    BLOCK_NONE,
    BLOCK_OPEN,  /* what follows may be put in, or not, or several times … */
    BLOCK_ELSE,  /* … or this instead … */
    BLOCK_CLOSE, /* … up to here */
    BLOCK_OTHER, /* an inclusion, a comment, a setting */
};

/* What begins at `offset`, and its length; BLOCK_NONE when that is SQL or a placeholder. */
enum block template_block(const struct script *script, uint32_t offset, uint32_t *length);

/* The end of the block that an ELSE at `offset` belongs to, behind its CLOSE; `offset` when there
 * is none. */
uint32_t template_end(const struct script *script, uint32_t offset);

#pragma once
/* Parsing of text with placeholders. What a placeholder stands for, only the script that sets it
 * knows; where the grammar refuses a value, a name, a number, a string or nothing may do. */

#include "facts/script.h"
#include "grammar/tree.h"

/* A text that stands in a script, or is made of one that does. */
struct filled {
    struct script *script;
    char *text; /* in which placeholders are filled */
    uint32_t base;
    uint32_t length;
};

/* The tree of a text; its placeholders stay as the grammar takes them, or as they were when it
 * takes none. Within a memory context. */
PgQueryInternalParsetreeAndError filled_parse(const struct filled *filled);

/* The offset in the text at which the grammar stopped, its length for the end: the error counts
 * characters from 1, and takes the length of each from its first byte. */
uint32_t filled_stopped(const struct filled *filled, const PgQueryError *error);

/* Whether a template may put in something at the token that the grammar stopped at, or directly
 * before it: then the text is no mistake. */
bool filled_excuses(const struct filled *filled, uint32_t stopped);

/* Whether a name at this place would be read as an alias, where a clause is much more likely:
 * FROM t {{ lock }}. */
bool filling_is_alias(const char *text, size_t at);

/* Whether a part of the text is put in or not, or is a query or clause that is not known. */
bool filled_is_partial(const struct filled *filled);

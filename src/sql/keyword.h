#pragma once
/* Names that newer grammars took for keywords. */

#include <stdint.h>

#include "base/arena.h"

/* The word at which, or behind which, the grammar stopped at `stopped` of a statement's text, when it is
 * a keyword since PostgreSQL 16 or 17 (manual, appendix C) and the statement is taken with the word in
 * quotes; else NULL. Owned by the arena. Parses in the memory context of the caller. */
const char *keyword_to_quote(const char *text, uint32_t stopped, struct arena *arena);

#pragma once
/* Framing: where statements begin and end in a file that psql, pgbench, a migration tool or an
 * application would run, and what in it is no SQL. */

#include "facts/script.h"

/* Fills `statements` (kind STATEMENT_UNREAD, or STATEMENT_PSQL with its command), `parseable`,
 * `placeholders` and `directives` of a script from its bytes. Never fails: what is not understood
 * stays part of a statement, and the grammar will say so. */
void frame_script(struct script *script);

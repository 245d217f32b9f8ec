#pragma once
/* A script through PostgreSQL's grammar. Who includes this sees no libpg_query. */

#include "facts/script.h"

/* Parses each statement that src/input found and replaces STATEMENT_UNREAD by what it says.
 * A statement that the grammar refuses becomes STATEMENT_REFUSED and adds one syntax error; empty
 * ones are removed. Safe to call from several threads, each with its own script. */
void parse_script(struct script *script);

/* "PostgreSQL 15": whose grammar this program was built with. Static. */
const char *parse_grammar(void);

/* The major version of that grammar, for instance 17. */
int parse_grammar_major(void);

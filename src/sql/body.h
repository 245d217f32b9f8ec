#pragma once
/* Bodies of functions, procedures and DO: SQL through the grammar, PL/pgSQL through libpg_query's
 * reader for it. Internal to the sql floor. */

#include "model/body.h"
#include "model/script.h"
#include "sql/lower.h"

/* Reads the body of a statement that defines a routine or is a DO, when it is in a language that is
 * understood. What cannot be read stays NULL and adds one error to `*errors`. Must be called
 * outside of libpg_query's memory context, because the PL/pgSQL reader makes its own. */
void body_parse(struct script *script, struct statement *statement, struct syntax_error ***errors);

/* Appends a statement to a body and advances `*end`. */
struct body_statement *body_add(struct script *script, struct body_statement ***end,
                                enum body_kind kind, struct body_statement *parent);

/* Parses and lowers one piece of text that stands at `base` of the script; names in `variables` (a
 * set) are variables. Returns NULL when the grammar refuses it. */
struct statement *body_piece(struct script *script, const char *text, uint32_t base,
                             GHashTable *variables);

/* The PL/pgSQL part: `source` is the whole CREATE FUNCTION or DO, `text` the body in the script,
 * `parameters` its named arguments (NULL-terminated, or NULL). Returns NULL and sets `*message`
 * (g_free) when it cannot be read. */
struct body *plpgsql_parse(struct script *script, const char *source, struct span text,
                           const char *const *parameters, bool trigger, char **message);

/* pg_query_parse_plpgsql, made to read what needs a catalog. Freed by
 * pg_query_free_plpgsql_parse_result. */
PgQueryPlpgsqlParseResult plpgsql_read(const char *source);

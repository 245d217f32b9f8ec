#pragma once
/* Bodies of functions, procedures and DO: SQL through the grammar, PL/pgSQL through a reader of its
 * own. */

#include "facts/body.h"
#include "facts/script.h"
#include "lowering/lower.h"

/* Reads the body of a statement that defines a routine or is a DO, when it is in a language that is
 * understood. What cannot be read stays NULL and adds one error to `*errors`. */
void body_parse(struct script *script, struct statement *statement, struct syntax_error ***errors);

/* A piece of SQL in a body. */
struct piece {
    struct script *script;
    char *text;            /* its placeholders are filled as the grammar takes them */
    uint32_t base;         /* where the text stands in the script */
    GHashTable *variables; /* see lowering.variables */
    const struct operand_item *arguments;
    bool first;          /* of what a SELECT … ORDER BY returns, the first row alone is taken */
    const char *message; /* why the grammar refuses it, or NULL; in the script's arena */
    struct span refused;
    bool excused; /* a template may put in what is missing */
};

/* Parses and lowers a piece. Returns NULL when it is empty or refused. */
struct statement *body_piece(struct piece *piece);

/* The text of a PL/pgSQL body, and what it is part of. */
struct body_source {
    struct script *script;
    const char *text;
    uint32_t base;                 /* where the text stands in the script */
    const char *name;              /* of the routine, or NULL */
    const char *const *parameters; /* names, NULL-terminated, or NULL */
    const char *const *results;    /* OUT parameters and columns of RETURNS TABLE, likewise */
    bool trigger;
};

/* Returns NULL and sets message and span of `*error` when it cannot be read. */
struct body *plpgsql_parse(const struct body_source *source, struct syntax_error *error);

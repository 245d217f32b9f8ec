#pragma once
/* The tokens of a PL/pgSQL body. Its scanner is that of SQL (manual, 4.1) with ":=", ".." and
 * "<<"; only what matters for the structure is told apart. */

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

enum token_kind {
    TOKEN_END, /* of the text, or of what can be read of it */
    TOKEN_WORD,
    TOKEN_QUOTED, /* "Name" */
    TOKEN_STRING, /* with its prefix and quotes, dollar quotes too */
    TOKEN_NUMBER,
    TOKEN_PARAMETER, /* $1 */
    TOKEN_OPERATOR,  /* "=", ":=", ".." or any other, or one byte that is none */
};

struct token {
    enum token_kind kind;
    uint32_t start, end; /* offsets in the text */
};

/* The tokens of a text in order, the last one of kind TOKEN_END. Owned by the caller. */
GArray *scan_tokens(const char *text);

/* Whether the token is this word, in any case, or these bytes. */
bool token_is(const char *text, const struct token *token, const char *word);

/* A copy of a body's text of the same length. In a body between single quotes the doubled ones
 * become single, with a blank beside each that keeps every offset: ''a'' becomes " 'a' ". */
char *scan_undouble(const char *text, size_t length, bool quoted);

#pragma once
/* The tokens of a statement as PostgreSQL's scanner cuts them, as far as it takes to tell values
 * from the rest: what a server's log repeats millions of times is recognised by them, and parsed
 * once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/span.h"

enum token_kind {
    TOKEN_WORD,   /* a name or a key word */
    TOKEN_QUOTED, /* "name" */
    TOKEN_STRING, /* 'text', E'text', $$text$$, B'1' */
    TOKEN_NUMBER,
    TOKEN_PARAMETER, /* $1 */
    TOKEN_KEYWORD,   /* TRUE, FALSE, NULL: words that may stand for values */
    TOKEN_OTHER,     /* one character of an operator or a separator */
};

struct token {
    struct span span;
    enum token_kind kind : 8;
    bool spaced; /* a blank or a comment stands before it */
};

/* Whether it may be a value. */
static inline bool token_is_value(const struct token *token)
{
    return token->kind == TOKEN_STRING || token->kind == TOKEN_NUMBER ||
           token->kind == TOKEN_PARAMETER || token->kind == TOKEN_KEYWORD;
}

struct tokens {
    GArray *all;       /* struct token */
    GArray *values;    /* guint: which of them may be values */
    GArray *comments;  /* struct span, with their marks */
    uint64_t skeleton; /* of all that is no value and no comment */
};

/* Of no text. Freed by tokens_finish. */
void tokens_init(struct tokens *tokens);
void tokens_finish(struct tokens *tokens);

/* Cuts a text, which may hold anything. What was there before is forgotten. Texts that differ in
 * values and comments alone have one skeleton, and their tokens correspond; so do savepoints,
 * cursors and prepared statements with other names. */
void tokens_read(struct tokens *tokens, const char *text, size_t length);

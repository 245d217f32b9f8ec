#pragma once
/* What the two files of the normal form share. */

#include "sql/normal.h"
#include "grammar/tree.h"

/* What is to be done with a token. */
enum fate {
    FATE_KEPT,
    FATE_SLOT,
    FATE_MASKED, /* a text that no parameter can stand for: DATE '2026-01-01' */
    FATE_FIXED,  /* a constant that is part of the statement */
    FATE_DROPPED,
};

struct reading {
    const char *text;
    const struct tokens *tokens;
    enum fate *fates;   /* by token */
    struct slot *slots; /* by token */
    guint first, end;   /* the tokens of the statement */
    GPtrArray *ranges;  /* const RangeVar */
    GPtrArray *with;    /* const char *: names of WITH queries */
    const RangeVar *target;
};

/* A token of the statement by its index among all; and whether it is this one character. */
const struct token *reading_token(const struct reading *reading, guint index);
bool reading_is_char(const struct reading *reading, guint index, char c);

/* Marks the values of an expression or a statement; `context` is a struct reading. */
bool normal_mark(Node *node, void *context);

#pragma once
/* What an entry says of a statement: that it began, that it is done, or that it failed. */

#include "log/entry.h"

enum execution_kind {
    EXECUTION_NONE,
    EXECUTION_BEGUN,  /* "statement: …" before it runs */
    EXECUTION_DONE,   /* "duration: N ms  statement: …" */
    EXECUTION_BOUND,  /* "bind …": only its parameters count */
    EXECUTION_TIMED,  /* "duration: N ms": the last one is done */
    EXECUTION_FAILED, /* an error */
};

struct execution {
    enum execution_kind kind;
    bool extended; /* sent by itself, with parameters apart: what is in its text is the program's */
    bool prepared; /* sent as EXECUTE: its text is what was prepared */
    bool known;    /* its text is complete */
    struct piece text;
    struct piece parameters; /* "$1 = '5', $2 = NULL", or none */
    struct piece arguments;  /* of EXECUTE, "5, NULL", or none */
    int64_t duration;        /* in microseconds; 0 when it is not known */
};

/* Reads an entry, whose texts those of the execution are a part of; EXECUTION_NONE when it says
 * nothing of a statement. */
void execution_read(const struct entry *entry, struct execution *execution);

/* Reads the next of the parameters; `*number` is 1 for $1, `*text` its value with doubled quotes,
 * none for NULL. False at the end. */
bool parameter_next(struct piece *parameters, unsigned *number, struct piece *text);

#pragma once
/* The state of framing one script, shared by the files frame*.c and by nothing else. */

#include <string.h>

#include "facts/script.h"
#include "input/filler.h"
#include "input/outline.h"

struct framer {
    struct script *script;
    const char *at, *end;
    struct statement **last; /* where the next statement is linked */
    struct filler filler;
    struct outline outline;
    struct statement **group; /* where the first statement of one message is linked, or NULL */

    /* The statement being read. */
    const char *start; /* its first token, NULL between statements */
    const char *stop;  /* after its last token */
    unsigned words;    /* read so far */
    unsigned parentheses;
    unsigned atomic; /* depth of BEGIN ATOMIC and the CASEs in it */
    bool create;     /* begins with CREATE */
    bool routine;    /* CREATE [OR REPLACE] FUNCTION or PROCEDURE */
    bool block;      /* begins with DO */
    bool rule;       /* CREATE [OR REPLACE] RULE: may have ";" in parentheses */
    bool copy;       /* begins with COPY */
    bool from;       /* the last word was FROM */
    bool copy_data;  /* COPY … FROM STDIN */
    unsigned copies; /* on this line, whose data begins behind it */
    bool no_data;    /* no line "\." follows */

    unsigned conditional; /* depth of \if */
    bool psql;            /* a command has been read */
};

static inline uint32_t offset_of(const struct framer *framer, const char *at)
{
    return (uint32_t)(at - framer->script->bytes);
}

/* The end of the line that `at` is in. */
static inline const char *line_end(const struct framer *framer, const char *at)
{
    const char *found = memchr(at, '\n', (size_t)(framer->end - at));

    return found ? found : framer->end;
}

/* ---- frame.c */

/* Adds a statement to the script; it lives in the script's arena. */
struct statement *append(struct framer *framer, enum statement_kind kind, const char *start,
                         const char *stop);

/* Returns the statement that ends here, or NULL when there is none. */
struct statement *end_statement(struct framer *framer);

/* The same, by a command of psql that sends it; there is one. */
void end_statement_with(struct framer *framer, const struct psql *ending);

/* Leaves blanks for the grammar. */
void blank(struct framer *framer, const char *from, const char *to);

/* Data runs from the next line to a line "\.". Returns its end; NULL when there is no such line: an
 * application sends the data by other means. */
const char *skip_copy_data(struct framer *framer, const char *at);

/* ---- frame-psql.c */

/* Reads the command whose backslash framer->at is at. */
void read_backslash(struct framer *framer);

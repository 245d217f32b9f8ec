#pragma once
/* The outline of a script: the parts that a migration tool runs as one, or the queries that a
 * program calls by name. The scan reports each comment; docs/migrations.md has the tools. */

#include "facts/script.h"
#include "input/tool.h"

struct outline {
    struct script *script;
    enum tool tool;
    struct part *part; /* the last one */
    bool fixed;        /* `framing` holds for all parts, wherever the comment stood */
    enum framing framing;
    bool nested; /* the comment stands in parentheses: set by the scan */

    /* Liquibase */
    const char *delimiter; /* beside ";", NULL for none */
    uint32_t text_end;     /* where the SQL of a rollback comment ends; 0 outside of one */
};

/* What a comment is to the scan. */
enum marker {
    MARKER_NONE,
    MARKER_END,         /* the statement before it ends here */
    MARKER_GROUP_BEGIN, /* the same, and what follows … */
    MARKER_GROUP_END,   /* … up to here is sent as one message */
    MARKER_TEXT,        /* SQL stands in the comment, and begins a part */
    MARKER_MORE_TEXT,   /* SQL stands in it that goes on where the last comment ended */
};

/* Begins the outline of a script with one part, by its path. What it makes is the script's. */
void outline_begin(struct outline *outline, struct script *script);

/* Reads a comment. With MARKER_TEXT and MARKER_MORE_TEXT `*text` is where its SQL begins; it ends
 * at `text_end`. */
enum marker outline_comment(struct outline *outline, struct span comment, uint32_t *text);

/* SQL stands at `offset` behind a rollback comment: it belongs to the changeset again. */
void outline_resume(struct outline *outline, uint32_t offset);

/* Marks the statements of parts that take a migration back, and drops those of parts that are for
 * another database system. */
void outline_end(struct outline *outline);

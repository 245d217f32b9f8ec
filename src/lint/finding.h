#pragma once
/* Findings: what a run reports. A finding is data; it lives in the arena of the script it is about.
 */

#include <stdbool.h>

#include "base/span.h"
#include "facts/script.h"

struct access;
struct observed;
struct rule;
struct side_effect;
struct transaction;

enum severity {
    SEVERITY_NOTE,
    SEVERITY_WARNING,
    SEVERITY_ERROR,
};

/* "note", "warning", "error". */
const char *severity_name(enum severity severity);

/* Another place that the finding speaks of. */
struct related {
    struct related *next;
    const struct script *script;
    struct span span;
    const char *label;
};

/* A line of advice. */
struct help {
    struct help *next;
    const char *text;
    bool last; /* after those that are added later */
};

/* A change of the script. A safe one changes no result and may be applied without asking. */
struct edit {
    struct edit *next;
    struct span span;
    const char *replacement;
    bool safe;
};

/* One statement of a run in an interleaving that shows the failure. */
struct witness_step {
    struct witness_step *next;
    unsigned run; /* 0 is the pivot */
    const struct script *script;
    struct span span; /* the statement */
    const char *note; /* what comes of it, or NULL */
};

/* The interleaving, statement by statement. */
struct witness {
    unsigned runs;
    const char *names[4]; /* of the programs that run */
    const char *start;    /* the rows that it needs; NULL: that is not known */
    struct witness_step *steps;
    const char *outcome; /* "all commit, and no serial order gives this result" */
};

struct finding {
    struct finding *next;
    const struct rule *rule;
    enum severity severity : 8;
    bool beyond_machine; /* as of a rule, of this finding alone: rule.h */
    struct span span;
    const struct script *script;
    const char *message;
    const char *label;
    struct related *related;
    struct help *help;
    struct edit *edits;
    const struct witness *witness;         /* NULL without */
    const struct transaction *transaction; /* that it is about, when it is about one access */
    const struct access *access;           /* that it is about, or NULL */
    const struct access *read;             /* of a pair, what comes before it, or NULL */
    const struct side_effect *effect;      /* likewise a call */
    struct finding *joined; /* other findings about the same cause; see lint/settle.h */
    const char *predicts;   /* which of the rule's predictions it makes; NULL: all of them */
    const struct directive *allowed; /* the comment that allows it, or NULL */
    const struct observed *observed; /* in a log; NULL: no log was read */
    const char *fingerprint;         /* see lint/fingerprint.h; NULL before it is given */
};

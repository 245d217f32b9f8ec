#pragma once
/* What a server's log shows of a finding: how often its program ran and failed, and with whom. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct observed_partner {
    const char *program;
    uint64_t count;
    bool certain; /* the log names it; else it touched the same rows or tables at the same time */
};

struct observed_failure {
    const char *sqlstate;
    uint64_t count;
    bool here;  /* at the statement of the finding */
    bool final; /* a run ended with it: no savepoint caught it */
    const struct observed_partner *partners;
    size_t partner_count;
};

/* A lost update that happened. */
struct observed_loss {
    const char *read, *between, *written; /* times */
    const char *other;                    /* the program that wrote between */
    const char *path;
    uint32_t read_line, between_line, written_line;
};

struct observed {
    const char *program;
    uint64_t runs;
    const char *first, *last; /* times, "2026-11-27 21:06:15"; NULL when the log has none */
    uint64_t failed;          /* runs that ended with 40001 or 40P01 */
    uint64_t retried;         /* of them, those that the session repeated at once */
    const struct observed_failure *failures;
    size_t failure_count;
    bool leaked;  /* another application has left its level in the session */
    bool crossed; /* two runs have locked the same two rows in opposite orders */
    uint64_t lost_updates;
    const struct observed_loss *loss; /* the first of them, or NULL */
    const char *path;                 /* of the log, and where its first run stands */
    uint32_t line;
    const char *sentence; /* all of it for a person */
};

/* A failure that no finding foretold. */
struct unforeseen {
    const char *program, *sqlstate, *statement, *path;
    uint32_t line;
    uint64_t count;
};
